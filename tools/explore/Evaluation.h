//===- Evaluation.h - What one architecture makes of the models --------------------------===//

#pragma once

#include "Models.h"
#include "softdpu/isa/Area.h"

#include <span>
#include <string>
#include <vector>

namespace softdpu::tools {

/// A model and how long its sequences are.
struct Workload {
  std::string name; ///< For tables: the file's without directory and extension.
  ModelSource model;
  uint64_t steps = 0;
};

/// An architecture with its cycles and its area.
struct Evaluation {
  Arch arch; ///< `mrfTiles` is what the largest of the models needs.
  bool isBase = false;
  std::vector<uint64_t> cycles; ///< Of each workload: all its regions, loading not counted.
  Area area;
  std::string error; ///< Why there are no cycles; empty if there are.

  double milliseconds(size_t workload) const { return double(cycles[workload]) / (arch.clockMhz * 1e3); }
  /// Geometric mean over the workloads, in milliseconds.
  double latency() const;
  double share() const { return deviceShare(area, stratix10Gx2800()); }
  bool fits() const { return share() <= 1; }
};

/// Compiles each workload for `arch` and runs it on the timing-only cycle model with zeros as inputs.
/// \param format as CompileOptions::format.
Evaluation evaluate(const Arch &arch, std::span<const Workload> workloads, const std::string &format);

/// What an architecture is that cannot be evaluated.
Evaluation failedEvaluation(const Arch &arch, std::string error);

/// For the way between processes: `error`, `mrf_tiles` and `cycles`; the rest follows from the architecture. One that says nothing of
/// packed lanes has as many as use the device best: they change the area alone, and depend on the MRF.
std::string packEvaluation(const Evaluation &evaluation);
Evaluation unpackEvaluation(const Arch &arch, const std::string &text);

} // namespace softdpu::tools
