//===- RegionStream.h - Sequences as the DPU's queues carry them -------------------------===//
//
// NetIn and NetOut of one region, as DpuRegion in Program.h defines them: states, then time steps in the order in which the program takes
// them, each padded to whole native vectors.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"
#include "softdpu/simulator/Engine.h"

#include <functional>

namespace softdpu {

/// The input tensors of a region, in the order of stateInputs, then sequenceInputs.
using RegionInputs = std::vector<const Tensor *>;

/// Checks what can be checked without tensors: features and lags in range, T defined.
Expected<void> checkRegion(const DpuRegion &region);

class RegionStream {
public:
  /// \param region has passed checkRegion().
  /// \returns an error that names the tensor and its shape if steps and batch do not fit.
  static Expected<RegionStream> create(const DpuRegion &region, const Arch &arch, const RegionInputs &inputs);

  uint64_t steps() const { return stepCount; }
  uint64_t batch() const { return batchCount; }
  /// Values beyond float16's range so far.
  uint64_t saturated() const { return saturatedCount; }

  /// What sequence `b` of the batch sends. \returns an error that names the tensor and index of the first value that is not finite.
  Expected<HalfBuffer> pack(uint64_t b);
  /// Stores what sequence `b` of the batch has returned. An empty `netOut` (timing only) stores nothing.
  Expected<void> unpack(uint64_t b, std::span<const Half> netOut);

  /// sequenceOutputs [T, B, F], then finalOutputs [B, F].
  std::vector<Tensor> takeOutputs() { return std::move(outputs); }

private:
  RegionStream(const DpuRegion &region, const Arch &arch, const RegionInputs &inputs) : region(region), arch(arch), inputs(inputs) {}

  /// Calls `move(port index, time step)` in the order of the stream.
  void forEachStep(std::span<const RegionPort> ports, const std::function<void(size_t, uint64_t)> &move) const;
  uint64_t paddedFeatures(const RegionPort &port) const;
  Expected<void> appendRow(const RegionPort &port, const Tensor &tensor, uint64_t row, HalfBuffer &to);
  uint64_t outputValues() const;

  const DpuRegion &region;
  const Arch &arch;
  RegionInputs inputs;
  uint64_t stepCount = 0, batchCount = 0, saturatedCount = 0;
  std::vector<Tensor> outputs;
};

} // namespace softdpu
