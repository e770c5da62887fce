//===- CounterTable.h - Hardware counters by name ----------------------------------------===//

#pragma once

#include "CommandLine.h"
#include "softdpu/simulator/Engine.h"

namespace softdpu::tools {

/// One member per counter: "cycles", "loader_busy", "loader_stall_buffer", ...
Json countersJson(const Counters &counters);

/// The name of one counter there.
/// \param counter not `cycles`.
std::string counterKey(uint64_t Counters::*counter);

/// One line per unit: busy and stalled cycles by cause, as shares of all cycles.
std::string countersText(const Counters &counters);

} // namespace softdpu::tools
