//===- EngineComparison.h - The same runs on several engines -----------------------------===//

#pragma once

#include "Progress.h"
#include "softdpu/host_runtime/Device.h"
#include "softdpu/host_runtime/Session.h"
#include "softdpu/simulator/RandomProgram.h"
#include "softdpu/simulator/Trace.h"

#include <functional>
#include <optional>

namespace softdpu::tools {

/// One call of Engine::run.
struct ComparedRun {
  uint32_t entryPoint = 0;
  std::span<const Half> netIn;
  std::span<const std::byte> weights;
  RunOptions options;
  bool isLoad = false; ///< Fills memories; its cycles are reported apart.
};

/// What every engine is to do, one run after another on one fresh device.
struct Stimulus {
  const Arch &arch;
  std::span<const uint64_t> words;
  std::span<const DebugRange> debug = {};
  std::vector<ComparedRun> runs;
};

/// The load sequence of `program`, then `calls`. Both must outlive the result.
Stimulus stimulusOf(const Program &program, std::span<const DeviceCall> calls);
Stimulus stimulusOf(const Arch &arch, const RandomProgram &program);

struct EngineTotals {
  EngineKind kind;
  Counters load, run; ///< Sums over the runs of either sort.
  double loadSeconds = 0, runSeconds = 0;
};

struct EngineComparison {
  std::vector<EngineTotals> engines;
  uint64_t valuesCompared = 0; ///< NetOut values of each engine against the one before it.
  uint64_t mismatchedValues = 0;
  uint64_t cycleDifference = 0;         ///< Between systemc and rtl, summed over runs; 0 unless both took part.
  std::optional<Divergence> divergence; ///< The first, if values, cycles, counters or events differ, or an engine failed.

  bool agrees() const { return mismatchedValues == 0 && cycleDifference == 0 && !divergence; }
};

using EngineFactory = std::function<Expected<std::unique_ptr<Engine>>(EngineKind, const Arch &)>;

/// Runs `stimulus` on each of `kinds` and compares each engine with the one before it, up to the first run that differs.
///
/// \param recordAll compare every event of every run, not only NetOut and counters; without it, events are looked at only once something
/// differs. \param factory makes the engines. \returns an error if an engine cannot be had, or if the first of them fails.
Expected<EngineComparison> compareEngines(const Stimulus &stimulus, std::span<const EngineKind> kinds, bool recordAll, Progress &progress,
                                          const EngineFactory &factory = createEngine);

} // namespace softdpu::tools
