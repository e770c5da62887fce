//===- Movement.cpp - Data in another order ----------------------------------------------===//

#include "Operators.h"
#include "Strided.h"

#include <cstring>
#include <numeric>

namespace softdpu::cpu {
namespace {

/// Product of dimensions [begin, end).
uint64_t product(std::span<const int64_t> shape, size_t begin, size_t end) {
  uint64_t result = 1;
  for (size_t d = begin; d < end; ++d)
    result *= uint64_t(shape[d]);
  return result;
}

} // namespace

Results concat(const Call &call) {
  const Tensor &first = call.input(0);
  const int64_t *given = call.attribute<int64_t>("axis");
  if (!given)
    return fail("attribute \"axis\" is missing");
  const auto axis = normaliseAxis(*given, first.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());

  std::vector<int64_t> shape = first.shape;
  shape[*axis] = 0;
  for (size_t i = 0; i < call.inputCount(); ++i) {
    const Tensor &part = call.input(i);
    std::vector<int64_t> rest = part.shape;
    if (rest.size() == shape.size())
      rest[*axis] = shape[*axis];
    if (part.type != first.type || rest != shape)
      return fail("input {} is {}, which does not continue {} along axis {}", i, describe(part), describe(first), *axis);
    shape[*axis] += part.shape[*axis];
  }
  auto result = makeTensor(first.type, shape);
  if (!result)
    return one(std::move(result));
  const size_t outer = product(shape, 0, *axis);
  const size_t rowBytes = outer ? result->data.size() / outer : 0;
  size_t begin = 0;
  for (size_t i = 0; i < call.inputCount(); ++i) {
    const std::vector<std::byte> &part = call.input(i).data;
    const size_t bytes = outer ? part.size() / outer : 0;
    for (size_t o = 0; bytes && o < outer; ++o)
      std::memcpy(&result->data[o * rowBytes + begin], &part[o * bytes], bytes);
    begin += bytes;
  }
  return one(std::move(result));
}

Results expand(const Call &call) {
  const Tensor &data = call.input(0);
  const auto wanted = integersOf(call.input(1));
  if (!wanted)
    return fail("shape is {}", wanted.error().message);
  auto shape = broadcastShape(data.shape, *wanted);
  if (!shape)
    return tl::unexpected(shape.error());
  const auto strides = broadcastStrides(data.shape, *shape);
  return one(copyStrided(data, std::move(*shape), strides));
}

Results gather(const Call &call) {
  const Tensor &data = call.input(0), &positions = call.input(1);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  auto indices = integersOf(positions);
  if (!indices)
    return fail("indices are {}", indices.error().message);
  const int64_t size = data.shape[*axis];
  for (size_t i = 0; i < indices->size(); ++i) {
    int64_t &index = (*indices)[i];
    if (index < -size || index >= size)
      return fail("index {} at position {} is out of range: dimension {} has size {}", index, i, *axis, size);
    if (index < 0)
      index += size;
  }

  std::vector<int64_t> shape(data.shape.begin(), data.shape.begin() + int64_t(*axis));
  shape.insert(shape.end(), positions.shape.begin(), positions.shape.end());
  shape.insert(shape.end(), data.shape.begin() + int64_t(*axis) + 1, data.shape.end());
  auto result = makeTensor(data.type, std::move(shape));
  if (!result || result->data.empty())
    return one(std::move(result));
  const size_t outer = product(data.shape, 0, *axis);
  const size_t bytes = product(data.shape, *axis + 1, data.shape.size()) * elementSize(data.type);
  std::byte *to = result->data.data();
  for (size_t o = 0; o < outer; ++o)
    for (const int64_t index : *indices) {
      std::memcpy(to, &data.data[(o * size_t(size) + size_t(index)) * bytes], bytes);
      to += bytes;
    }
  return one(std::move(result));
}

Results slice(const Call &call) {
  const Tensor &data = call.input(0);
  const auto starts = call.integers(1, "starts"), ends = call.integers(2, "ends"), axes = call.integers(3, "axes"),
             steps = call.integers(4, "steps");
  for (const auto *list : {&starts, &ends, &axes, &steps})
    if (!*list)
      return tl::unexpected(list->error());
  if (!*starts || !*ends)
    return fail("starts or ends are missing");
  const size_t count = (*starts)->size();
  for (const auto *list : {&ends, &axes, &steps})
    if (**list && (**list)->size() != count)
      return fail("starts, ends, axes and steps differ in length");

  std::vector<int64_t> shape = data.shape, strides = rowMajorStrides(data.shape);
  std::vector<bool> sliced(shape.size(), false);
  int64_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto axis = normaliseAxis(*axes ? (**axes)[i] : int64_t(i), shape.size());
    if (!axis)
      return tl::unexpected(axis.error());
    if (sliced[*axis])
      return fail("axis {} is sliced twice", *axis);
    sliced[*axis] = true;
    const int64_t step = *steps ? (**steps)[i] : 1, size = data.shape[*axis];
    // |step| beyond the dimension takes one element, whatever its value.
    if (step == 0)
      return fail("the step of axis {} is 0", *axis);
    const int64_t stride = std::clamp(step, -size - 1, size + 1);
    const auto position = [size](int64_t value, int64_t low, int64_t high) {
      return std::clamp(value < 0 ? (value < -size ? int64_t(-1) : value + size) : value, low, high);
    };
    const int64_t start = step > 0 ? position((**starts)[i], 0, size) : position((**starts)[i], -1, size - 1);
    const int64_t end = step > 0 ? position((**ends)[i], 0, size) : position((**ends)[i], -1, size - 1);
    const int64_t length = step > 0 ? (end - start + stride - 1) / stride : (start - end - stride - 1) / -stride;
    shape[*axis] = std::max<int64_t>(length, 0);
    if (shape[*axis] > 0)
      offset += start * strides[*axis];
    strides[*axis] *= stride;
  }
  return one(copyStrided(data, std::move(shape), strides, offset));
}

Results split(const Call &call) {
  const Tensor &data = call.input(0);
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", 0), data.shape.size());
  auto lengths = call.integers(1, "split");
  if (!axis || !lengths)
    return tl::unexpected(axis ? lengths.error() : axis.error());
  const int64_t size = data.shape[*axis], parts = int64_t(call.outputCount());
  if (*lengths) {
    if (int64_t((*lengths)->size()) != parts)
      return fail("{} lengths for {} outputs", (*lengths)->size(), parts);
    int64_t left = size;
    for (const int64_t length : **lengths)
      left = length < 0 || left < length ? -1 : left - length;
    if (left != 0)
      return fail("lengths {} do not divide dimension {} of {}", shapeText(**lengths), *axis, describe(data));
  } else {
    // With num_outputs (opset 18) the last part may be shorter, before that all are equal.
    const auto *count = call.attribute<int64_t>("num_outputs");
    if (count && *count != parts)
      return fail("attribute \"num_outputs\" is {} for {} outputs", *count, parts);
    if (!count && size % parts != 0)
      return fail("dimension {} of {} does not divide into {} equal parts; give their lengths", *axis, describe(data), parts);
    const int64_t length = (size + parts - 1) / parts;
    lengths->emplace();
    for (int64_t begin = 0, i = 0; i < parts; begin += length, ++i)
      (*lengths)->push_back(std::clamp<int64_t>(size - begin, 0, length));
  }
  const auto strides = rowMajorStrides(data.shape);
  std::vector<Tensor> results;
  int64_t offset = 0;
  for (const int64_t length : **lengths) {
    std::vector<int64_t> shape = data.shape;
    shape[*axis] = length;
    auto part = copyStrided(data, std::move(shape), strides, offset);
    if (!part)
      return tl::unexpected(part.error());
    results.push_back(std::move(*part));
    offset += length * strides[*axis];
  }
  return results;
}

Results transpose(const Call &call) {
  const Tensor &data = call.input(0);
  const size_t rank = data.shape.size();
  std::vector<int64_t> permutation(rank);
  std::iota(permutation.rbegin(), permutation.rend(), 0);
  if (const auto *given = call.attribute<std::vector<int64_t>>("perm")) {
    std::vector<int64_t> sorted = *given;
    std::ranges::sort(sorted);
    std::ranges::sort(permutation);
    if (sorted != permutation)
      return fail("perm {} is no permutation of the {} dimensions of the input", shapeText(*given), rank);
    permutation = *given;
  }
  const auto strides = rowMajorStrides(data.shape);
  std::vector<int64_t> shape, moved;
  for (const int64_t axis : permutation) {
    shape.push_back(data.shape[size_t(axis)]);
    moved.push_back(strides[size_t(axis)]);
  }
  return one(copyStrided(data, std::move(shape), moved));
}

} // namespace softdpu::cpu
