//===- DeepBench.h - Runs one recurrent layer and checks its outputs ---------------------===//

#pragma once

#include "EngineComparison.h"
#include "Models.h"
#include "Progress.h"
#include "SdmBound.h"
#include "softdpu/host_runtime/Session.h"

#include <optional>
#include <string>

namespace softdpu::tools {

struct LayerSettings {
  CompileSettings compile;
  EngineKind engine = EngineKind::SystemC; ///< One that counts cycles.
  bool timingOnly = false;                 ///< Move no data, compare nothing.
  uint64_t seed = 1;                       ///< Of weights and inputs.
  EngineFactory makeEngine = createEngine;
};

/// What came out of a layer that fits the architecture.
struct LayerResult {
  /// From start to halt, weights and constants already loaded, batch 1: inputs come from NetIn, one native vector a cycle if the device
  /// takes it, and the state of every step leaves through NetOut.
  Counters counters;
  uint64_t loadCycles = 0;
  DataflowBounds bounds;
  uint64_t valuesCompared = 0, mismatchedValues = 0; ///< NetOut against the functional engine.
  std::string firstMismatch;                         ///< "step 3, element 17: expected 0.5, found 0.25"; empty if there is none.
  std::optional<Divergence> divergence;              ///< The first event that differs, if values do.
  double compileSeconds = 0, engineSeconds = 0;      ///< Wall time.
};

struct LayerRun {
  std::optional<LayerResult> result;
  std::string refusal; ///< Without a result: why the layer cannot be compiled for the architecture.
};

/// Compiles `layer`, runs it for `steps`, and meanwhile runs the functional engine in a second thread to compare.
/// If values differ, both run once more, with all events.
/// \returns an error if an engine cannot be had or fails.
Expected<LayerRun> runLayer(const deepbench::Layer &layer, uint32_t steps, const LayerSettings &settings, Progress &progress);

} // namespace softdpu::tools
