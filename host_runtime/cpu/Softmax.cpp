//===- Softmax.cpp - Softmax and LogSoftmax over one axis --------------------------------===//

#include "Operators.h"
#include "Strided.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

/// Calls `f(first, stride, size)` for each line of `tensor` along `axis`.
template <typename F> void forEachLine(Tensor &tensor, size_t axis, F f) {
  const size_t size = size_t(tensor.shape[axis]), stride = size_t(rowMajorStrides(tensor.shape)[axis]);
  const std::span<float> data = values<float>(tensor);
  for (size_t block = 0; block < data.size(); block += size * stride)
    for (size_t i = 0; i < stride; ++i)
      f(&data[block + i], stride, size);
}

/// Subtracting the maximum keeps exp() in range; it cancels in the quotient.
struct Line {
  float maximum;
  double sum; ///< Of exp(x - maximum).
};
Line measure(const float *first, size_t stride, size_t size) {
  Line line{-std::numeric_limits<float>::infinity(), 0};
  for (size_t i = 0; i < size; ++i)
    line.maximum = std::max(line.maximum, first[i * stride]);
  for (size_t i = 0; i < size; ++i)
    line.sum += std::exp(first[i * stride] - line.maximum);
  return line;
}

template <typename F> Results overLines(const Call &call, F f) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  Tensor result = call.input(0);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", -1), result.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  forEachLine(result, *axis, [f](float *first, size_t stride, size_t size) {
    const Line line = measure(first, stride, size);
    for (size_t i = 0; i < size; ++i)
      first[i * stride] = f(first[i * stride] - line.maximum, line.sum);
  });
  return one(std::move(result));
}

} // namespace

Results softmax(const Call &call) {
  return overLines(call, [](float x, double sum) { return float(std::exp(x) / sum); });
}

Results logSoftmax(const Call &call) {
  return overLines(call, [](float x, double sum) { return float(x - std::log(sum)); });
}

} // namespace softdpu::cpu
