//===- Pooling.cpp - Extremes and means of windows, and of whole planes ------------------===//

#include "ElementTypes.h"
#include "Extremes.h"
#include "Operators.h"
#include "Window.h"

#include <numeric>

namespace softdpu::cpu {
namespace {

Expected<Window> windowOf(const Call &call) {
  const Tensor &x = call.input(0);
  if (x.shape.size() < 3)
    return fail("X is {}; rank 3 or more is expected", describe(x));
  if (!call.attribute<std::vector<int64_t>>("kernel_shape"))
    return fail("attribute \"kernel_shape\" is missing");
  return Window::of(call, std::span(x.shape).subspan(2), {}, call.attribute<int64_t>("ceil_mode", 0) != 0);
}

std::vector<int64_t> resultShape(const Tensor &x, const Window &window) {
  std::vector<int64_t> shape{x.shape[0], x.shape[1]};
  for (const WindowAxis &axis : window.present())
    shape.push_back(axis.positions);
  return shape;
}

/// How many elements each position averages: those of the data, or with the padding; never what lies beyond it.
std::vector<int64_t> countsOf(const Window &window, bool withPadding) {
  Window counted = window;
  if (withPadding)
    for (WindowAxis &axis : counted.axes) {
      axis.size += axis.before + axis.after;
      axis.before = axis.after = 0;
    }
  std::vector<int64_t> counts(size_t(window.positions()), 0);
  for (int64_t tap = 0; tap < window.taps(); ++tap)
    counted.forEach(tap, [&](int64_t position, int64_t) { ++counts[size_t(position)]; });
  return counts;
}

/// The elements of one channel of one image, and the numbers of those channels.
struct Planes {
  size_t count = 1, size = 1;
};
Expected<Planes> planesOf(const Call &call) {
  const Tensor &x = call.input(0);
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  if (x.shape.size() < 3)
    return fail("X is {}; rank 3 or more is expected", describe(x));
  Planes planes;
  for (size_t d = 0; d < x.shape.size(); ++d)
    (d < 2 ? planes.count : planes.size) *= size_t(x.shape[d]);
  if (planes.size == 0)
    return fail("X is {}, which has no elements to pool", describe(x));
  return planes;
}

template <typename F> Results overPlanes(const Call &call, F f) {
  const auto planes = planesOf(call);
  if (!planes)
    return tl::unexpected(planes.error());
  const Tensor &x = call.input(0);
  std::vector<int64_t> shape(x.shape.size(), 1);
  std::copy_n(x.shape.begin(), 2, shape.begin());
  auto result = makeTensor(ElementType::Float32, std::move(shape));
  if (result)
    for (size_t i = 0; i < planes->count; ++i)
      values<float>(*result)[i] = f(values<float>(x).subspan(i * planes->size, planes->size));
  return one(std::move(result));
}

} // namespace

Results maxPool(const Call &call) {
  const Tensor &x = call.input(0);
  using Types = ElementTypes<float, int8_t, uint8_t>;
  if (!Types::contain(x.type))
    return fail("X is {}; it must be {}", describe(x), Types::text());
  const auto window = windowOf(call);
  if (!window)
    return tl::unexpected(window.error());
  auto result = makeTensor(x.type, resultShape(x, *window));
  auto indices = makeTensor(ElementType::Int64, call.outputCount() > 1 && result ? result->shape : std::vector<int64_t>{0});
  if (!result || !indices)
    return tl::unexpected((result ? indices : result).error());
  const int64_t planes = x.shape[0] * x.shape[1], sizes = window->sizes(), positions = window->positions();
  const auto counts = countsOf(*window, false);
  if (std::ranges::find(counts, 0) != counts.end())
    return fail("a window over {} lies wholly in the padding; smaller pads are supported", describe(x));
  return Types::run(x.type, [&]<typename T>(T) -> Results {
    std::vector<int64_t> best(size_t(positions), 0); // An element of the plane for each position.
    for (int64_t plane = 0; plane < planes; ++plane) {
      const T *data = values<T>(x).data() + plane * sizes;
      std::ranges::fill(best, -1);
      for (int64_t tap = 0; tap < window->taps(); ++tap)
        window->forEach(tap, [&](int64_t position, int64_t element) {
          int64_t &found = best[size_t(position)];
          if (found < 0 || (!isNan(data[found]) && !(data[element] <= data[found])))
            found = element;
        });
      std::ranges::transform(best, values<T>(*result).begin() + plane * positions, [&](int64_t element) { return data[element]; });
      if (call.outputCount() < 2)
        continue;
      // storage_order 1 counts the spatial dimensions of each plane with the first one fastest.
      const bool columns = call.attribute<int64_t>("storage_order", 0) != 0;
      const auto &axes = window->axes;
      std::ranges::transform(best, values<int64_t>(*indices).begin() + plane * positions, [&](int64_t element) {
        if (columns) {
          const int64_t i2 = element % axes[2].size, i1 = element / axes[2].size % axes[1].size, i0 = element / axes[2].size / axes[1].size;
          element = i0 + axes[0].size * (i1 + axes[1].size * i2);
        }
        return plane * sizes + element;
      });
    }
    return std::vector<Tensor>{std::move(*result), std::move(*indices)};
  });
}

Results averagePool(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const auto window = windowOf(call);
  if (!window)
    return tl::unexpected(window.error());
  const Tensor &x = call.input(0);
  auto result = makeTensor(ElementType::Float32, resultShape(x, *window));
  if (!result)
    return one(std::move(result));
  const int64_t planes = x.shape[0] * x.shape[1], sizes = window->sizes(), positions = window->positions();
  const auto counts = countsOf(*window, call.attribute<int64_t>("count_include_pad", 0) != 0);
  if (std::ranges::find(counts, 0) != counts.end())
    return fail("a window over {} lies wholly in the padding; smaller pads are supported", describe(x));
  for (int64_t plane = 0; plane < planes; ++plane) {
    const float *data = values<float>(x).data() + plane * sizes;
    float *sums = values<float>(*result).data() + plane * positions;
    for (int64_t tap = 0; tap < window->taps(); ++tap)
      window->forEach(tap, [&](int64_t position, int64_t element) { sums[position] += data[element]; });
    for (int64_t i = 0; i < positions; ++i)
      sums[i] /= float(counts[size_t(i)]);
  }
  return one(std::move(result));
}

Results globalAveragePool(const Call &call) {
  return overPlanes(
      call, [](std::span<const float> plane) { return float(std::accumulate(plane.begin(), plane.end(), 0.0) / double(plane.size())); });
}

Results globalMaxPool(const Call &call) {
  return overPlanes(call,
                    [](std::span<const float> plane) { return std::accumulate(plane.begin(), plane.end(), plane[0], larger<float>); });
}

} // namespace softdpu::cpu
