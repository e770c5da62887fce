//===- Selection.cpp - The largest and smallest along an axis, and where they are --------===//
//
// NaN counts as larger than every number for TopK, and is what ArgMax and ArgMin find first, as in numpy.
//
//===-------------------------------------------------------------------------------------===//

#include "ElementTypes.h"
#include "Extremes.h"
#include "Operators.h"
#include "Strided.h"

#include <numeric>

namespace softdpu::cpu {
namespace {

/// One line along an axis: `size` elements, `stride` apart.
struct Lines {
  size_t size, stride, count;
  /// The first element of line `i`.
  size_t begin(size_t i) const { return i / stride * size * stride + i % stride; }
};
Lines linesOf(const Tensor &data, size_t axis) {
  const auto size = size_t(data.shape[axis]);
  size_t stride = 1;
  for (size_t d = axis + 1; d < data.shape.size(); ++d)
    stride *= size_t(data.shape[d]);
  return {size, stride, size ? size_t(elements(data)) / size : 0};
}

/// \param better whether its first argument is found rather than its second.
template <typename T, typename F> size_t find(std::span<const T> data, const Lines &lines, size_t line, bool last, F better) {
  size_t found = 0;
  for (size_t i = 1; i < lines.size; ++i) {
    const T x = data[lines.begin(line) + i * lines.stride], best = data[lines.begin(line) + found * lines.stride];
    const bool same = x == best || (isNan(x) && isNan(best));
    if (same ? last : isNan(x) || (!isNan(best) && better(x, best)))
      found = i;
  }
  return found;
}

template <typename F> Results argument(const Call &call, F better) {
  const Tensor &data = call.input(0);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  if (data.shape[*axis] == 0)
    return fail("input is {}, which has nothing along axis {}", describe(data), *axis);
  std::vector<int64_t> shape = data.shape;
  shape[*axis] = 1;
  if (call.attribute<int64_t>("keepdims", 1) == 0)
    shape.erase(shape.begin() + int64_t(*axis));
  const bool last = call.attribute<int64_t>("select_last_index", 0) != 0;
  return Numbers::of(call, [&]<typename T>(T) {
    auto result = makeTensor(ElementType::Int64, shape);
    const Lines lines = linesOf(data, *axis);
    if (result)
      for (size_t line = 0; line < lines.count; ++line)
        values<int64_t>(*result)[line] = int64_t(find(values<T>(data), lines, line, last, better));
    return one(std::move(result));
  });
}

} // namespace

Results argMax(const Call &call) { return argument(call, std::greater<>()); }
Results argMin(const Call &call) { return argument(call, std::less<>()); }

Results topK(const Call &call) {
  const Tensor &data = call.input(0);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", -1), data.shape.size());
  const auto given = integersOf(call.input(1));
  if (!axis)
    return tl::unexpected(axis.error());
  if (!given || given->size() != 1)
    return fail("K is {}; one int64 is expected", describe(call.input(1)));
  const int64_t k = (*given)[0];
  if (k < 0 || k > data.shape[*axis])
    return fail("K is {} for dimension {} of {}; at most its size is expected", k, *axis, describe(data));
  if (!Numbers::contain(data.type))
    return fail("input is {}; it must be {}", describe(data), Numbers::text());
  const bool largest = call.attribute<int64_t>("largest", 1) != 0;
  std::vector<int64_t> shape = data.shape;
  shape[*axis] = k;
  auto found = makeTensor(data.type, shape), places = makeTensor(ElementType::Int64, shape);
  if (!found || !places)
    return tl::unexpected((found ? places : found).error());
  return Numbers::run(data.type, [&]<typename T>(T) -> Results {
    const Lines lines = linesOf(data, *axis), results = linesOf(*found, *axis);
    std::vector<size_t> order(lines.size);
    for (size_t line = 0; line < results.count; ++line) {
      const T *first = &values<T>(data)[lines.begin(line)];
      const auto below = [](T a, T b) { return isNan(b) ? !isNan(a) : a < b; };
      std::iota(order.begin(), order.end(), 0); // Of equal ones the first wins.
      std::ranges::partial_sort(order, order.begin() + k, [&](size_t a, size_t b) {
        const T x = first[a * lines.stride], y = first[b * lines.stride];
        return largest ? below(y, x) || (!below(x, y) && a < b) : below(x, y) || (!below(y, x) && a < b);
      });
      for (size_t i = 0; i < size_t(k); ++i) {
        values<T>(*found)[results.begin(line) + i * results.stride] = first[order[i] * lines.stride];
        values<int64_t>(*places)[results.begin(line) + i * results.stride] = int64_t(order[i]);
      }
    }
    return std::vector<Tensor>{std::move(*found), std::move(*places)};
  });
}

Results hardmax(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &data = call.input(0);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", -1), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  auto result = makeTensor(data.type, data.shape);
  const Lines lines = linesOf(data, *axis);
  if (result)
    for (size_t line = 0; line < lines.count; ++line)
      values<float>(*result)[lines.begin(line) + find(values<float>(data), lines, line, false, std::greater<>()) * lines.stride] = 1;
  return one(std::move(result));
}

} // namespace softdpu::cpu
