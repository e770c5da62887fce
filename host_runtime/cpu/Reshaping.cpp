//===- Reshaping.cpp - The same data under another shape ---------------------------------===//

#include "Operators.h"
#include "Strided.h"

namespace softdpu::cpu {
namespace {

Results withShape(const Tensor &tensor, std::vector<int64_t> shape) { return one(Tensor{tensor.type, std::move(shape), tensor.data}); }

/// Which of `rank` dimensions `axes` names; each at most once.
Expected<std::vector<bool>> axisSet(std::span<const int64_t> axes, size_t rank) {
  std::vector<bool> set(rank, false);
  for (const int64_t axis : axes) {
    const auto position = normaliseAxis(axis, rank);
    if (!position)
      return tl::unexpected(position.error());
    if (set[*position])
      return fail("axis {} is named twice", axis);
    set[*position] = true;
  }
  return set;
}

} // namespace

Results identity(const Call &call) { return one(call.input(0)); }

Results reshape(const Call &call) {
  const Tensor &data = call.input(0);
  const auto wanted = integersOf(call.input(1));
  if (!wanted)
    return fail("shape is {}", wanted.error().message);
  std::vector<int64_t> shape = *wanted;
  const bool zeroIsZero = call.attribute<int64_t>("allowzero", 0) != 0;
  size_t inferred = shape.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0 && !zeroIsZero) {
      if (d >= data.shape.size())
        return fail("shape {} copies dimension {} of {}", shapeText(*wanted), d, describe(data));
      shape[d] = data.shape[d];
    } else if (shape[d] == -1) {
      if (inferred != shape.size())
        return fail("shape {} has two dimensions of -1", shapeText(*wanted));
      inferred = d;
      shape[d] = 1;
    }
  }
  const auto count = elementCount(shape);
  if (!count)
    return tl::unexpected(count.error());
  const uint64_t available = elements(data);
  if (inferred != shape.size() && *count > 0 && available % *count == 0)
    shape[inferred] = int64_t(available / *count);
  else if (inferred != shape.size() || *count != available)
    return fail("{} does not reshape to {}", describe(data), shapeText(*wanted));
  return withShape(data, std::move(shape));
}

Results squeeze(const Call &call) {
  const Tensor &data = call.input(0);
  const auto axes = call.integers(1, "axes");
  if (!axes)
    return tl::unexpected(axes.error());
  Expected<std::vector<bool>> dropped = std::vector<bool>(data.shape.size());
  if (*axes)
    dropped = axisSet(**axes, data.shape.size());
  else
    for (size_t d = 0; d < data.shape.size(); ++d)
      (*dropped)[d] = data.shape[d] == 1;
  if (!dropped)
    return tl::unexpected(dropped.error());
  std::vector<int64_t> shape;
  for (size_t d = 0; d < data.shape.size(); ++d) {
    if (!(*dropped)[d])
      shape.push_back(data.shape[d]);
    else if (data.shape[d] != 1)
      return fail("dimension {} of {} is not 1", d, describe(data));
  }
  return withShape(data, std::move(shape));
}

Results unsqueeze(const Call &call) {
  const Tensor &data = call.input(0);
  const auto axes = call.integers(1, "axes");
  if (!axes)
    return tl::unexpected(axes.error());
  if (!*axes)
    return fail("axes are missing");
  const size_t rank = data.shape.size() + (*axes)->size();
  const auto added = axisSet(**axes, rank);
  if (!added)
    return tl::unexpected(added.error());
  std::vector<int64_t> shape;
  for (size_t d = 0, next = 0; d < rank; ++d)
    shape.push_back((*added)[d] ? 1 : data.shape[next++]);
  return withShape(data, std::move(shape));
}

Results flatten(const Call &call) {
  const Tensor &data = call.input(0);
  const auto rank = int64_t(data.shape.size());
  int64_t axis = call.attribute<int64_t>("axis", 1);
  if (axis < -rank || axis > rank)
    return fail("axis {} of a tensor with {} dimensions", axis, rank);
  axis += axis < 0 ? rank : 0;
  std::vector<int64_t> shape{1, 1};
  for (int64_t d = 0; d < rank; ++d)
    shape[d < axis ? 0 : 1] *= data.shape[size_t(d)];
  return withShape(data, std::move(shape));
}

Results dropout(const Call &call) {
  if (const Tensor *training = call.optional(2); training && (elements(*training) != 1 || training->data[0] != std::byte(0)))
    return fail("training_mode is given; only inference (training_mode false or absent) is supported");
  auto mask = makeTensor(ElementType::Bool, call.input(0).shape);
  if (!mask)
    return tl::unexpected(mask.error());
  std::ranges::fill(mask->data, std::byte(1));
  return std::vector<Tensor>{call.input(0), std::move(*mask)};
}

Results shape(const Call &call) {
  const std::vector<int64_t> &dimensions = call.input(0).shape;
  const auto rank = int64_t(dimensions.size());
  const auto position = [rank](int64_t value) { return std::clamp<int64_t>(value < 0 ? value + rank : value, 0, rank); };
  const int64_t start = position(call.attribute<int64_t>("start", 0)), end = position(call.attribute<int64_t>("end", rank));
  const int64_t length = std::max<int64_t>(end - start, 0);
  return one(tensorOf<int64_t>({length}, std::span(dimensions).subspan(size_t(length ? start : 0), size_t(length))));
}

} // namespace softdpu::cpu
