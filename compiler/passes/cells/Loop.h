//===- Loop.h - Recurrences in Scan and Loop ------------------------------------------------===//

#pragma once

#include "passes/cells/Layer.h"

namespace softdpu::cells {

/// If `loop` is a Scan or Loop whose body is exactly one cell: its states are h (and c), everything else that the cell multiplies is the
/// present step of a sequence from outside, what it gives is h, and it runs through the whole sequence, or a known number of its steps.
std::optional<Recurrence> recurrenceIn(rnn::NodeOp loop);

} // namespace softdpu::cells
