//===- Strided.cpp - Axes, strides and broadcasting --------------------------------------===//

#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {

namespace {

/// copyStrided() where neighbours in the result are not neighbours in `from`, by elements of type T.
template <typename T>
void copyElements(const std::byte *from, std::span<const int64_t> shape, std::span<const int64_t> strides, std::span<std::byte> result) {
  const size_t outer = shape.size() - 1;
  const int64_t count = shape[outer], stride = strides[outer];
  Odometer<1> position(shape.first(outer), {strides.first(outer)});
  T *to = reinterpret_cast<T *>(result.data());
  for (T *end = to + result.size() / sizeof(T); to != end; to += count, position.advance()) {
    const T *source = reinterpret_cast<const T *>(from) + position.offsets[0];
    for (int64_t i = 0; i < count; ++i)
      to[i] = source[i * stride];
  }
}

} // namespace

Expected<size_t> normaliseAxis(int64_t axis, size_t rank) {
  const auto signedRank = int64_t(rank);
  if (axis < -signedRank || axis >= signedRank)
    return fail("axis {} of a tensor with {} dimensions", axis, rank);
  return size_t(axis < 0 ? axis + signedRank : axis);
}

std::vector<int64_t> rowMajorStrides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t d = shape.size(); d-- > 0; stride *= shape[d])
    strides[d] = stride;
  return strides;
}

Expected<std::vector<int64_t>> broadcastShape(std::span<const int64_t> a, std::span<const int64_t> b) {
  std::vector<int64_t> result(std::max(a.size(), b.size()));
  for (size_t d = 0; d < result.size(); ++d) { // d counts from the last dimension.
    const int64_t sizeA = d < a.size() ? a[a.size() - 1 - d] : 1, sizeB = d < b.size() ? b[b.size() - 1 - d] : 1;
    if (sizeA != sizeB && sizeA != 1 && sizeB != 1)
      return fail("shapes {} and {} do not broadcast", shapeText(a), shapeText(b));
    result[result.size() - 1 - d] = sizeA == 1 ? sizeB : sizeA;
  }
  return result;
}

std::vector<int64_t> broadcastStrides(std::span<const int64_t> from, std::span<const int64_t> to) {
  std::vector<int64_t> strides(to.size(), 0);
  const auto own = rowMajorStrides(from);
  const size_t added = to.size() - from.size();
  for (size_t d = 0; d < from.size(); ++d)
    strides[added + d] = from[d] == 1 ? 0 : own[d];
  return strides;
}

Expected<Tensor> copyStrided(const Tensor &from, std::vector<int64_t> shape, std::span<const int64_t> strides, int64_t offset) {
  auto result = makeTensor(from.type, shape);
  if (!result || result->data.empty())
    return result;
  const size_t size = elementSize(from.type);
  // Trailing dimensions that lie contiguously are copied at once.
  size_t outer = shape.size();
  uint64_t run = 1;
  while (outer > 0 && strides[outer - 1] == int64_t(run))
    run *= uint64_t(shape[--outer]);

  const std::byte *source = from.data.data() + offset * int64_t(size);
  if (outer == shape.size() && outer > 0) {
    const auto copy = size == 8   ? copyElements<uint64_t>
                      : size == 4 ? copyElements<uint32_t>
                      : size == 2 ? copyElements<uint16_t>
                                  : copyElements<uint8_t>;
    copy(source, shape, strides, result->data);
    return result;
  }
  Odometer<1> position(std::span<const int64_t>(shape).first(outer), {strides.first(outer)});
  for (std::byte *to = result->data.data(), *end = to + result->data.size(); to != end; to += run * size, position.advance())
    std::memcpy(to, source + position.offsets[0] * int64_t(size), run * size);
  return result;
}

} // namespace softdpu::cpu
