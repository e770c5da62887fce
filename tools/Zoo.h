//===- Zoo.h - Runs a model of the zoo on DPU and CPU, and takes the time ----------------===//

#pragma once

#include "Models.h"
#include "Progress.h"
#include "softdpu/host_runtime/Session.h"
#include "zoo/Entries.h"

#include <optional>
#include <string>

namespace softdpu::tools {

struct ZooSettings {
  CompileSettings compile;
  EngineKind engine = EngineKind::SystemC; ///< One that counts cycles.
  bool timingOnly = false;                 ///< Move no data through it, compare nothing.
  uint32_t scale = 1;                      ///< Widths and vocabulary of the models are divided by it.
  std::optional<uint32_t> maxSteps;        ///< No sequence is longer.
  uint64_t seed = 1;                       ///< Of weights and inputs.
  unsigned repeat = 5;                     ///< Runs to take the time of the CPU by, with one thread and with all: the fastest counts.
};

/// A region: what it computes, and how long it took.
struct ZooRegion {
  std::vector<std::string> nodes; ///< ONNX nodes of its chains, in the order of the program; those of the first region that has the chains.
  RegionStatistics statistics;    ///< Counters of the engine that counts cycles; packing as measured beside the functional engine.
};

/// All host steps of one operator.
struct ZooHostOperator {
  std::string op;
  unsigned count = 0;
  double seconds = 0;
};

struct ZooResult {
  std::vector<ZooRegion> regions;             ///< In order of execution.
  std::vector<ZooHostOperator> hostOperators; ///< The slowest first.
  uint64_t loadCycles = 0;
  double hostSeconds = 0; ///< Host steps, and conversion of what goes to the DPU and comes back. Of the fastest run.
  double cpuSeconds = 0;  ///< The whole model in float32 on the CPU. Of the fastest run.
  double maxError = 0;    ///< Of all float32 outputs, DPU against CPU.
  uint64_t valuesCompared = 0, mismatchedValues = 0; ///< NetOut against the functional engine.
  double compileSeconds = 0, engineSeconds = 0;      ///< Wall time.

  uint64_t cycles() const; ///< Of all regions.
};

struct ZooRun {
  std::optional<ZooResult> result;
  std::string refusal; ///< Without a result: why the model cannot be compiled for the architecture.
};

/// Runs `entry` on the functional engine, on the engine of `settings`, and in float32 on the CPU, with the same random inputs.
/// \returns an error if an engine cannot be had or fails.
Expected<ZooRun> runZoo(const zoo::Entry &entry, const ZooSettings &settings, Progress &progress);

} // namespace softdpu::tools
