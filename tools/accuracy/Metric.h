//===- Metric.h - What the outputs of a model are worth, by labels -----------------------===//

#pragma once

#include "softdpu/host_runtime/Session.h"

#include <optional>
#include <string>
#include <vector>

namespace softdpu::tools {

/// The output that labels speak about, and what they say.
struct Task {
  std::string output;
  bool classes = false;       ///< Integer labels: the class at each place. Otherwise floats: the values that should come out.
  bool probabilities = false; ///< The output is a probability of each class; otherwise a logit (or the logarithm of a probability).

  /// "cross-entropy (bits)" or "mean squared error"
  std::string metric() const { return classes ? "cross-entropy (bits)" : "mean squared error"; }
};

/// Finds the first float32 output that `labels` fit: those of `outputs` in the order of `ports`. Integer labels have its shape without the
/// last dimension, or as many elements; float labels as many elements as the output.
/// \param output the only one to look at; "" for any. \param reference a program with every node on the CPU, to see whether a Softmax makes
/// the output. \returns an error that names shapes.
Expected<Task> taskOf(const Program &reference, const Tensors &outputs, const Tensor &labels, const std::string &output);

/// Sums over samples.
class Score {
public:
  explicit Score(Task task) : task(std::move(task)) {}

  /// Labels below zero count as no label. \returns an error if they do not fit the output, or a class is not there.
  Expected<void> add(const Tensors &outputs, const Tensor &labels);

  uint64_t labels() const { return count; }
  /// Mean of -log2 p of the right class, or of the squared error. Smaller is better.
  double loss() const { return sum / double(count); }
  /// Share of labels whose class has the largest output. Only for classes.
  std::optional<double> accuracy() const { return task.classes ? std::optional(double(right) / double(count)) : std::nullopt; }

private:
  Task task;
  double sum = 0;
  uint64_t right = 0, count = 0;

  Expected<void> addClasses(std::span<const float> output, std::span<const int64_t> labels);
};

} // namespace softdpu::tools
