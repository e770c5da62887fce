//===- TimingComparison.h - The first event in another cycle -----------------------------===//

#pragma once

#include "softdpu/simulator/Trace.h"

namespace softdpu::trace {

/// Compares cycles and order of all events of two runs on `arch`. \returns the first difference; cycle, pc, index, unit and text are set.
std::optional<Divergence> compareEvents(const Arch &arch, const RecordedRun &expected, const RecordedRun &found);

/// Compares counters. \returns the first that differs, in the order of pipeline units.
std::optional<Divergence> compareCounters(const RecordedRun &expected, const RecordedRun &found);

} // namespace softdpu::trace
