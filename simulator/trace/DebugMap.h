//===- DebugMap.h - From a word index to text and ONNX node ------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <span>
#include <string>

namespace softdpu::trace {

/// \returns null if no range holds `pc`.
const DebugRange *findRange(std::span<const DebugRange> debug, uint32_t pc);

/// The assembly text of one word; empty if there is no such word.
std::string instructionText(std::span<const uint64_t> words, uint32_t pc);

} // namespace softdpu::trace
