//===- ValueComparison.h - The first beat whose values differ ----------------------------===//

#pragma once

#include "softdpu/simulator/Trace.h"

namespace softdpu::trace {

/// Compares the write-backs of two runs in order. \returns the first difference; pc, index, lane, values, unit and text are set.
std::optional<Divergence> compareValues(const RunContext &context, const DecodedProgram &program, const RecordedRun &expected,
                                        const RecordedRun &found);

/// Compares NetOut. \returns the first difference.
std::optional<Divergence> compareNetOut(const RunContext &context, const RecordedRun &expected, const RecordedRun &found);

} // namespace softdpu::trace
