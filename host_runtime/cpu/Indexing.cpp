//===- Indexing.cpp - Elements and slices picked and placed by tensors of indices --------===//

#include "Combination.h"

#include "ElementTypes.h"
#include "Operators.h"
#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {
namespace {

/// Index `value` into a dimension of `size`, counted from the end if negative.
Expected<int64_t> wrapIndex(int64_t value, int64_t size) {
  if (value < -size || value >= size)
    return fail("index {} is out of range for a dimension of {}", value, size);
  return value < 0 ? value + size : value;
}

/// Where in `data` each index of GatherElements and ScatterElements points, in elements.
Expected<std::vector<int64_t>> elementOffsets(const Call &call, const Tensor &data, const Tensor &indices) {
  const auto axis = normaliseAxis(call.attribute<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  auto offsets = integersOf(indices);
  if (!offsets)
    return fail("indices are {}", offsets.error().message);
  bool fits = indices.shape.size() == data.shape.size();
  for (size_t d = 0; fits && d < data.shape.size(); ++d)
    fits = d == *axis || indices.shape[d] <= data.shape[d];
  if (!fits)
    return fail("indices are {}, which is more than {} has outside axis {}", describe(indices), describe(data), *axis);
  std::vector<int64_t> strides = rowMajorStrides(data.shape);
  const int64_t along = std::exchange(strides[*axis], 0);
  Odometer<1> position(indices.shape, {strides});
  for (int64_t &offset : *offsets) {
    const auto index = wrapIndex(offset, data.shape[*axis]);
    if (!index)
      return tl::unexpected(index.error());
    offset = position.offsets[0] + *index * along;
    position.advance();
  }
  return offsets;
}

/// Slices of `data` that GatherND and ScatterND address: one for each vector in the last dimension of the indices.
struct Slices {
  std::vector<int64_t> offsets; ///< In elements.
  std::vector<int64_t> outer;   ///< The shape of the indices without their last dimension.
  std::vector<int64_t> shape;   ///< Of each slice.
  size_t size = 1;              ///< Elements of each slice.
};

Expected<Slices> slicesOf(const Tensor &data, const Tensor &indices, size_t batchDims) {
  const size_t rank = data.shape.size();
  if (indices.shape.size() <= batchDims || rank < batchDims || indices.shape.back() < 0 || size_t(indices.shape.back()) > rank - batchDims)
    return fail("indices are {}, which do not address {} with {} batch dimensions", describe(indices), describe(data), batchDims);
  for (size_t d = 0; d < batchDims; ++d)
    if (indices.shape[d] != data.shape[d])
      return fail("indices are {} and the data {}; the first {} dimensions must be equal", describe(indices), describe(data), batchDims);
  const auto positions = integersOf(indices);
  if (!positions)
    return fail("indices are {}", positions.error().message);

  const size_t depth = size_t(indices.shape.back());
  Slices slices;
  slices.outer.assign(indices.shape.begin(), indices.shape.end() - 1);
  slices.shape.assign(data.shape.begin() + int64_t(batchDims + depth), data.shape.end());
  for (const int64_t size : slices.shape)
    slices.size *= size_t(size);
  const auto strides = rowMajorStrides(data.shape);
  const auto count = elementCount(slices.outer);
  if (!count)
    return tl::unexpected(count.error());
  uint64_t batches = 1;
  for (size_t d = 0; d < batchDims; ++d)
    batches *= uint64_t(data.shape[d]);
  for (uint64_t i = 0; i < *count; ++i) {
    int64_t offset = batchDims ? int64_t(i / (*count / batches)) * strides[batchDims - 1] : 0;
    for (size_t k = 0; k < depth; ++k) {
      const auto index = wrapIndex((*positions)[i * depth + k], data.shape[batchDims + k]);
      if (!index)
        return tl::unexpected(index.error());
      offset += *index * strides[batchDims + k];
    }
    slices.offsets.push_back(offset);
  }
  return slices;
}

} // namespace

Results gatherElements(const Call &call) {
  const Tensor &data = call.input(0), &indices = call.input(1);
  const auto offsets = elementOffsets(call, data, indices);
  if (!offsets)
    return tl::unexpected(offsets.error());
  auto result = makeTensor(data.type, indices.shape);
  if (!result)
    return one(std::move(result));
  const size_t size = elementSize(data.type);
  for (size_t i = 0; i < offsets->size(); ++i)
    std::memcpy(&result->data[i * size], &data.data[size_t((*offsets)[i]) * size], size);
  return one(std::move(result));
}

Results gatherNd(const Call &call) {
  const Tensor &data = call.input(0), &indices = call.input(1);
  const int64_t batchDims = call.attribute<int64_t>("batch_dims", 0);
  if (batchDims < 0)
    return fail("attribute \"batch_dims\" is {}; 0 or more is supported", batchDims);
  const auto slices = slicesOf(data, indices, size_t(batchDims));
  if (!slices)
    return tl::unexpected(slices.error());
  std::vector<int64_t> shape = slices->outer;
  shape.insert(shape.end(), slices->shape.begin(), slices->shape.end());
  auto result = makeTensor(data.type, std::move(shape));
  if (!result || result->data.empty())
    return one(std::move(result));
  const size_t size = elementSize(data.type);
  std::byte *to = result->data.data();
  for (const int64_t offset : slices->offsets) {
    std::memcpy(to, &data.data[size_t(offset) * size], slices->size * size);
    to += slices->size * size;
  }
  return one(std::move(result));
}

Results scatterElements(const Call &call) {
  Tensor result = call.input(0);
  const Tensor &indices = call.input(1), &updates = call.input(2);
  if (updates.type != result.type || updates.shape != indices.shape)
    return fail("updates are {}; {} {} is expected", describe(updates), elementTypeName(result.type), shapeText(indices.shape));
  const auto offsets = elementOffsets(call, result, indices);
  const auto combine = offsets ? Combination::of(call, result.type) : tl::unexpected(offsets.error());
  if (!combine)
    return tl::unexpected(combine.error());
  for (size_t i = 0; i < offsets->size(); ++i)
    (*combine)(result, size_t((*offsets)[i]), updates, i, 1);
  return one(std::move(result));
}

Results scatterNd(const Call &call) {
  Tensor result = call.input(0);
  const Tensor &indices = call.input(1), &updates = call.input(2);
  const auto slices = slicesOf(result, indices, 0);
  if (!slices)
    return tl::unexpected(slices.error());
  std::vector<int64_t> shape = slices->outer;
  shape.insert(shape.end(), slices->shape.begin(), slices->shape.end());
  if (updates.type != result.type || updates.shape != shape)
    return fail("updates are {}; {} {} is expected", describe(updates), elementTypeName(result.type), shapeText(shape));
  const auto combine = Combination::of(call, result.type);
  if (!combine)
    return tl::unexpected(combine.error());
  for (size_t i = 0; slices->size > 0 && i < slices->offsets.size(); ++i)
    (*combine)(result, size_t(slices->offsets[i]), updates, i * slices->size, slices->size);
  return one(std::move(result));
}

} // namespace softdpu::cpu
