//===- Normalisation.cpp - Batch, instance and layer normalisation -----------------------===//

#include "Operators.h"
#include "Strided.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

/// Mean and 1 / sqrt(variance + epsilon), in double.
struct Moments {
  double mean, scale;
};
Moments momentsOf(std::span<const float> data, float epsilon) {
  double sum = 0, squares = 0;
  for (const float x : data)
    sum += x;
  const double mean = sum / double(data.size());
  for (const float x : data)
    squares += (x - mean) * (x - mean);
  return {mean, 1 / std::sqrt(squares / double(data.size()) + double(epsilon))};
}

/// out = (in - mean) * scale * weight + bias
void normalise(std::span<float> data, const Moments &moments, float weight, float bias) {
  for (float &x : data)
    x = float((x - moments.mean) * moments.scale * weight + bias);
}

/// X has channels in dimension 1; inputs 1 .. `count` - 1 are one number for each.
Expected<void> checkChannels(const Call &call, size_t count) {
  if (const auto checked = call.requireFloat(); !checked)
    return checked;
  const Tensor &x = call.input(0);
  if (x.shape.size() < 2)
    return fail("X is {}; rank 2 or more is expected", describe(x));
  for (size_t i = 1; i < count; ++i)
    if (call.input(i).shape != std::vector<int64_t>{x.shape[1]})
      return fail("input {} is {}; float32 [{}] is expected", i, describe(call.input(i)), x.shape[1]);
  return {};
}

/// Elements of one channel of one image.
size_t planeOf(const Tensor &x) {
  size_t size = 1;
  for (size_t d = 2; d < x.shape.size(); ++d)
    size *= size_t(x.shape[d]);
  return size;
}

} // namespace

Results batchNormalisation(const Call &call) {
  if (const auto checked = checkChannels(call, 5); !checked)
    return tl::unexpected(checked.error());
  if (call.attribute<int64_t>("training_mode", 0) != 0 || call.outputCount() > 1)
    return fail("training_mode is 1, or there is more than one output; only inference (training_mode 0, one output) is supported");
  const float epsilon = call.attribute<float>("epsilon", 1e-5f);
  Tensor result = call.input(0);
  const size_t plane = planeOf(result), channels = size_t(result.shape[1]);
  for (size_t i = 0; i < size_t(result.shape[0]) * channels; ++i) {
    const auto number = [&](size_t input) { return values<float>(call.input(input))[i % channels]; };
    normalise(values<float>(result).subspan(i * plane, plane), {number(3), 1 / std::sqrt(double(number(4)) + double(epsilon))}, number(1),
              number(2));
  }
  return one(std::move(result));
}

Results instanceNormalisation(const Call &call) {
  if (const auto checked = checkChannels(call, 3); !checked)
    return tl::unexpected(checked.error());
  const float epsilon = call.attribute<float>("epsilon", 1e-5f);
  Tensor result = call.input(0);
  const size_t plane = planeOf(result), channels = size_t(result.shape[1]);
  for (size_t i = 0; i < size_t(result.shape[0]) * channels; ++i) {
    const auto data = values<float>(result).subspan(i * plane, plane);
    normalise(data, momentsOf(data, epsilon), values<float>(call.input(1))[i % channels], values<float>(call.input(2))[i % channels]);
  }
  return one(std::move(result));
}

Results layerNormalisation(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  Tensor result = call.input(0);
  const Tensor &weight = call.input(1), *bias = call.optional(2);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", -1), result.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  const auto inner = std::span(result.shape).subspan(*axis);
  for (const Tensor *each : {&weight, bias})
    if (const auto shape =
            each ? broadcastShape(inner, each->shape) : Expected<std::vector<int64_t>>(std::vector(inner.begin(), inner.end()));
        !shape || !std::ranges::equal(*shape, inner))
      return fail("the {} is {}, which does not broadcast to {}", each == bias ? "bias" : "scale", describe(*each), shapeText(inner));
  const auto expand = [&](const Tensor &tensor) {
    return copyStrided(tensor, {inner.begin(), inner.end()}, broadcastStrides(tensor.shape, inner));
  };
  const auto scales = expand(weight), biases = bias ? expand(*bias) : makeTensor(ElementType::Float32, {inner.begin(), inner.end()});
  std::vector<int64_t> shape = result.shape; // Of the moments.
  std::fill(shape.begin() + int64_t(*axis), shape.end(), 1);
  auto means = makeTensor(ElementType::Float32, shape), deviations = makeTensor(ElementType::Float32, shape);
  for (const auto *each : {&scales, &biases})
    if (!*each)
      return tl::unexpected(each->error());
  if (!means || !deviations)
    return tl::unexpected((means ? deviations : means).error());

  const size_t size = elements(*scales);
  const float epsilon = call.attribute<float>("epsilon", 1e-5f);
  for (size_t row = 0; size > 0 && row < elements(result) / size; ++row) {
    const auto data = values<float>(result).subspan(row * size, size);
    const Moments moments = momentsOf(data, epsilon);
    for (size_t i = 0; i < size; ++i)
      normalise(data.subspan(i, 1), moments, values<float>(*scales)[i], values<float>(*biases)[i]);
    values<float>(*means)[row] = float(moments.mean);
    values<float>(*deviations)[row] = float(moments.scale);
  }
  return std::vector<Tensor>{std::move(result), std::move(*means), std::move(*deviations)};
}

} // namespace softdpu::cpu
