//===- Metric.cpp - What the outputs of a model are worth, by labels ---------------------===//

#include "accuracy/Metric.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace softdpu::tools {
namespace {

bool isInteger(ElementType type) { return type == ElementType::Int64 || type == ElementType::Int32; }

bool fits(const Tensor &labels, const Tensor &output) {
  if (output.type != ElementType::Float32 || elements(labels) == 0)
    return false;
  if (labels.type == ElementType::Float32)
    return elements(labels) == elements(output);
  return !output.shape.empty() && output.shape.back() > 1 && elements(labels) * uint64_t(output.shape.back()) == elements(output);
}

/// -log2 of the probability of class `target`.
double bits(std::span<const float> output, size_t target, bool probabilities) {
  if (probabilities) {
    constexpr double least = 0x1p-149; // Of float32, so that one wrong zero does not make the mean infinite.
    return -std::log2(std::max(double(output[target]), least));
  }
  const double maximum = *std::ranges::max_element(output);
  double sum = 0;
  for (const float x : output)
    sum += std::exp(double(x) - maximum);
  return (std::log(sum) - (double(output[target]) - maximum)) / std::log(2.0);
}

} // namespace

Expected<Task> taskOf(const Program &reference, const Tensors &outputs, const Tensor &labels, const std::string &output) {
  if (labels.type != ElementType::Float32 && !isInteger(labels.type))
    return fail("labels are {}; expected int64 or int32 classes, or float32 values", describe(labels));
  std::string found;
  for (const Port &port : reference.outputs) {
    const auto tensor = outputs.find(port.name);
    if (tensor == outputs.end() || (!output.empty() && port.name != output))
      continue;
    found += fmt::format("{}{} {}", found.empty() ? "" : ", ", port.name, describe(tensor->second));
    if (!fits(labels, tensor->second))
      continue;
    Task task{.output = port.name, .classes = isInteger(labels.type), .probabilities = false};
    for (const Step &step : reference.steps)
      if (const auto *host = std::get_if<HostStep>(&step); host && std::ranges::count(host->outputs, port.name))
        task.probabilities = host->op == "Softmax";
    return task;
  }
  if (!output.empty() && found.empty())
    return fail("--output {}: the model has no such output", output);
  return fail("labels are {}, and fit no output: found {}; expected {}", describe(labels), found,
              isInteger(labels.type) ? "a float32 output with one more dimension, that of the classes" : "a float32 output of that shape");
}

Expected<void> Score::add(const Tensors &outputs, const Tensor &labels) {
  const Tensor &output = outputs.at(task.output);
  if (isInteger(labels.type) != task.classes || !fits(labels, output))
    return fail("labels are {}, and do not fit output \"{}\", {}", describe(labels), task.output, describe(output));
  if (task.classes) {
    const auto integers = integersOf(labels);
    if (!integers)
      return tl::unexpected(integers.error());
    return addClasses(values<float>(output), *integers);
  }
  const auto found = values<float>(output), expected = values<float>(labels);
  for (size_t i = 0; i < found.size(); ++i)
    sum += std::pow(double(found[i]) - double(expected[i]), 2);
  count += found.size();
  return {};
}

Expected<void> Score::addClasses(std::span<const float> output, std::span<const int64_t> labels) {
  const size_t classes = output.size() / labels.size();
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0)
      continue;
    if (labels[i] >= int64_t(classes))
      return fail("label {} is {}; output \"{}\" has {} classes", i, labels[i], task.output, classes);
    const auto own = output.subspan(i * classes, classes);
    sum += bits(own, size_t(labels[i]), task.probabilities);
    right += std::ranges::max_element(own) - own.begin() == labels[i];
    ++count;
  }
  return {};
}

} // namespace softdpu::tools
