//===- ExplanationText.h - Where the cycles of a step go, for people and programs --------===//

#pragma once

#include "CommandLine.h"
#include "softdpu/simulator/Explain.h"

namespace softdpu::tools {

Json explanationJson(const Explanation &explanation);
std::string explanationText(const Explanation &explanation);

} // namespace softdpu::tools
