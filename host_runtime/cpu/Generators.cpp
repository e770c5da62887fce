//===- Generators.cpp - Tensors made from positions --------------------------------------===//

#include "ElementTypes.h"
#include "Operators.h"
#include "Strided.h"

#include <cmath>
#include <cstring>

namespace softdpu::cpu {
namespace {

/// ceil((limit - start) / delta), at least 0; nullopt if no tensor has so many elements. \param delta not 0.
template <typename T> std::optional<int64_t> steps(T start, T limit, T delta) {
  if constexpr (std::floating_point<T>) {
    const double count = std::ceil((double(limit) - double(start)) / double(delta));
    return count <= double(maxTensorBytes) ? std::optional(int64_t(std::max(count, 0.0))) : std::nullopt;
  } else {
    if (delta > 0 ? limit <= start : limit >= start)
      return 0;
    const uint64_t distance = delta > 0 ? uint64_t(limit) - uint64_t(start) : uint64_t(start) - uint64_t(limit);
    const uint64_t count = (distance - 1) / (delta > 0 ? uint64_t(delta) : -uint64_t(delta)) + 1;
    return count <= maxTensorBytes ? std::optional(int64_t(count)) : std::nullopt;
  }
}

} // namespace

Results range(const Call &call) {
  for (size_t i = 0; i < 3; ++i)
    if (elements(call.input(i)) != 1)
      return fail("input {} is {}; a scalar is expected", i, describe(call.input(i)));
  return ElementTypes<float, int64_t, int32_t>::of(call, [&]<typename T>(T) -> Results {
    const T start = values<T>(call.input(0))[0], limit = values<T>(call.input(1))[0], delta = values<T>(call.input(2))[0];
    if (delta == 0)
      return fail("the step is 0");
    const std::optional<int64_t> count = steps(start, limit, delta);
    if (!count)
      return fail("{} to {} by {} has too many elements", start, limit, delta);
    auto result = makeTensor(elementTypeOf<T>(), {*count});
    using Wide = std::conditional_t<std::floating_point<T>, T, uint64_t>; // What wraps on the way ends inside the range.
    if (result)
      for (int64_t i = 0; T & value : values<T>(*result))
        value = T(Wide(start) + Wide(i++) * Wide(delta));
    return one(std::move(result));
  });
}

Results oneHot(const Call &call) {
  const Tensor &indices = call.input(0), &depthTensor = call.input(1), &pair = call.input(2);
  const auto whole = [](const Tensor &tensor) -> Expected<std::vector<int64_t>> {
    if (tensor.type != ElementType::Float32)
      return integersOf(tensor);
    std::vector<int64_t> result;
    for (const float value : values<float>(tensor)) {
      if (!(std::abs(value) < 0x1p62f))
        return fail("{} with {}", describe(tensor), value);
      result.push_back(int64_t(value));
    }
    return result;
  };
  const auto positions = whole(indices), depths = whole(depthTensor);
  if (!positions)
    return fail("indices are {}", positions.error().message);
  if (!depths || depths->size() != 1 || (*depths)[0] < 0)
    return fail("the depth is {}; one number, 0 or more, is expected", depths ? describe(depthTensor) : depths.error().message);
  if (pair.shape != std::vector<int64_t>{2})
    return fail("values are {}; the off value and the on value are expected", describe(pair));
  const int64_t depth = (*depths)[0];
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", -1), indices.shape.size() + 1);
  if (!axis)
    return tl::unexpected(axis.error());

  std::vector<int64_t> shape = indices.shape;
  shape.insert(shape.begin() + int64_t(*axis), depth);
  auto result = makeTensor(pair.type, shape);
  if (!result || result->data.empty())
    return one(std::move(result));
  const size_t size = elementSize(pair.type);
  size_t inner = 1; // Elements behind the new axis.
  for (size_t d = *axis; d < indices.shape.size(); ++d)
    inner *= size_t(indices.shape[d]);
  for (size_t i = 0; i < elements(*result); ++i) {
    const auto at = int64_t(i / inner % size_t(depth));
    const int64_t index = (*positions)[i / inner / size_t(depth) * inner + i % inner];
    std::memcpy(&result->data[i * size], &pair.data[at == (index < 0 ? index + depth : index) ? size : 0], size);
  }
  return one(std::move(result));
}

Results nonZero(const Call &call) {
  const Tensor &data = call.input(0);
  const size_t rank = data.shape.size(), size = elementSize(data.type);
  std::vector<int64_t> found; // Positions in row-major order.
  for (size_t i = 0; i < elements(data); ++i) {
    bool zero = std::ranges::all_of(std::span(data.data).subspan(i * size, size), [](std::byte b) { return b == std::byte(0); });
    if (data.type == ElementType::Float32)
      zero = values<float>(data)[i] == 0; // -0 is zero.
    else if (data.type == ElementType::Float16)
      zero = (values<Half>(data)[i].bits & 0x7FFF) == 0;
    if (!zero)
      found.push_back(int64_t(i));
  }
  auto result = makeTensor(ElementType::Int64, {int64_t(rank), int64_t(found.size())});
  if (!result)
    return one(std::move(result));
  const auto strides = rowMajorStrides(data.shape);
  int64_t *to = values<int64_t>(*result).data();
  for (size_t d = 0; d < rank; ++d)
    for (const int64_t position : found)
      *to++ = position / strides[d] % data.shape[d];
  return one(std::move(result));
}

Results triangle(const Call &call) {
  Tensor result = call.input(0);
  const size_t rank = result.shape.size(), size = elementSize(result.type);
  if (rank < 2)
    return fail("input is {}; a matrix, or a batch of them, is expected", describe(result));
  int64_t diagonal = 0;
  if (const Tensor *given = call.optional(1)) {
    const auto list = integersOf(*given);
    if (!list || list->size() != 1)
      return fail("k is {}; one int64 is expected", describe(*given));
    diagonal = (*list)[0];
  }
  const bool upper = call.attribute<int64_t>("upper", 1) != 0;
  const int64_t rows = result.shape[rank - 2], cols = result.shape[rank - 1];
  if (result.data.empty())
    return one(std::move(result));
  diagonal = std::clamp(diagonal, -rows - 1, cols + 1); // Beyond that nothing changes.
  for (size_t i = 0; i < elements(result); ++i) {
    const int64_t col = int64_t(i) % cols, row = int64_t(i) / cols % rows;
    if (upper ? col < row + diagonal : col > row + diagonal)
      std::memset(&result.data[i * size], 0, size);
  }
  return one(std::move(result));
}

Results size(const Call &call) { return one(tensorOf<int64_t>({}, {int64_t(elements(call.input(0)))})); }

} // namespace softdpu::cpu
