//===- SdmBound.h - How fast a region could be on these functional units -----------------===//

#pragma once

#include "softdpu/isa/Program.h"

namespace softdpu::tools {

/// A steady-state lower bound on cycles per time step, after the structurally constrained dataflow model (SDM) of the Brainwave paper: the
/// same multipliers and the same functional units, everything else free.
///
/// Counted: the multiply-accumulates of a step, padded to native tiles, divided by the multipliers of the device; and along loop-carried
/// paths the latencies of the units that a value really passes (conversion, dot product, alignment, sums, rounding, and of the MFUs only
/// the operations that a tail uses). Free: issue, queues, broadcast, memories, write-back, and any number of vectors per cycle.
///
/// The region is interpreted as dataflow, every vector having a time at which it is ready; the bound is by how much the end moves per
/// step once the pipeline is full, or the time of the multiplications alone if that is longer.
/// \returns an error if the region's instructions do not decode.
Expected<double> sdmCyclesPerStep(const Program &program, const DpuRegion &region);

/// Lower bounds on the cycles of a whole run.
struct DataflowBounds {
  double sdm; ///< As sdmCyclesPerStep(), for the run from its beginning to its last vector.
  double udm; ///< Unconstrained dataflow: unlimited multipliers as well, so only the longest path of latencies remains.
};

/// \param steps time steps of the run. \returns an error if the region's instructions do not decode.
Expected<DataflowBounds> dataflowBounds(const Program &program, const DpuRegion &region, uint32_t steps);

} // namespace softdpu::tools
