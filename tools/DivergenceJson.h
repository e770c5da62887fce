//===- DivergenceJson.h - Where two engines first disagree, as JSON ----------------------===//

#pragma once

#include "CommandLine.h"
#include "softdpu/simulator/Trace.h"

namespace softdpu::tools {

/// One member for each of a Divergence; null if there is none.
Json divergenceJson(const std::optional<Divergence> &divergence);

} // namespace softdpu::tools
