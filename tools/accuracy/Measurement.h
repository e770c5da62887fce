//===- Measurement.h - A model in float32 and in formats, on the same data ---------------===//

#pragma once

#include "Models.h"
#include "Progress.h"
#include "accuracy/Dataset.h"
#include "accuracy/Layers.h"
#include "accuracy/Metric.h"

#include <optional>
#include <string>
#include <vector>

namespace softdpu::tools {

struct AccuracySettings {
  std::string model;
  CompileSettings compile;
  std::string output;                         ///< The output that labels speak about; "" for the first that they fit.
  bool zeros = false;                         ///< Inputs that samples lack are zeros.
  EngineKind engine = EngineKind::Functional; ///< What computes in a format.
};

/// A format for each layer.
struct Assignment {
  std::string format;              ///< Of all layers.
  std::vector<std::string> layers; ///< Of each layer; empty if all have `format`.

  const std::string &of(size_t layer) const { return layers.empty() ? format : layers[layer]; }
};

/// The worth of one assignment.
struct Measured {
  Assignment assignment;
  std::vector<LayerError> layers;       ///< Of each layer.
  std::vector<uint64_t> weightBytes;    ///< Of each layer, packed as narrow as its format.
  uint64_t programBytes = 0;            ///< Of all weights as the program for the architecture has them.
  std::optional<double> loss, accuracy; ///< With labels.
  std::optional<uint64_t> cycles;       ///< Of the first sample, if this build has the engine that counts them.
  uint64_t saturated = 0;               ///< Values that did not fit float16.

  uint64_t totalWeightBytes() const;
};

/// Compiles a model again and again and runs it on the same samples.
class Bench {
public:
  /// Runs the float32 reference. \returns an error if it cannot run, samples lack inputs, labels fit no output, or only some samples have
  /// labels.
  static Expected<Bench> create(AccuracySettings settings, std::vector<Sample> samples, Progress &progress);

  const std::vector<Layer> &layers() const { return dpuLayers; }
  const std::optional<Task> &task() const { return labelled; }
  /// Of float32. Only with labels.
  const Score &reference() const { return *referenceScore; }
  double clockMhz() const { return arch.clockMhz; }
  size_t samples() const { return inputs.size(); }

  /// \param withCycles counts cycles too. \returns an error if the model does not compile for the assignment, or does not run.
  Expected<Measured> measure(const Assignment &assignment, bool withCycles, Progress &progress) const;

private:
  Bench(AccuracySettings settings, std::vector<Sample> samples) : settings(std::move(settings)), data(std::move(samples)) {}

  Expected<void> runReference(Progress &progress);
  Expected<void> checkLabels();
  CompileSettings compileSettings(const Assignment &assignment) const;
  Expected<uint64_t> countCycles(const Assignment &assignment) const;

  AccuracySettings settings;
  std::vector<Sample> data;
  Arch arch;
  std::vector<Tensors> inputs, outputs; ///< Of each sample; outputs in float32, those of layers among them.
  std::vector<Layer> dpuLayers;
  std::vector<std::string> tensors; ///< Outputs of layers.
  std::optional<Task> labelled;
  std::optional<Score> referenceScore;
};

} // namespace softdpu::tools
