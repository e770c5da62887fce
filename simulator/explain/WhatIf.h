//===- WhatIf.h - The same program on a slightly different machine -----------------------===//

#pragma once

#include "softdpu/simulator/Explain.h"

namespace softdpu::explain {

/// Schedules the run on machines that differ in one thing: those for which the program is still valid, and which steady state shows.
/// \param decisions how much of the run to schedule. \returns the fastest first.
std::vector<WhatIf> askWhatIf(const ScheduledRun &run, const Arch &arch, size_t decisions);

} // namespace softdpu::explain
