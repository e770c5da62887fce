//===- Padding.cpp - Pad and Tile --------------------------------------------------------===//

#include "Operators.h"
#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {
namespace {

enum class Mode : uint8_t { Constant, Edge, Reflect, Wrap };

constexpr int64_t outside = -1; ///< The padding value, no element of the data.

/// Which of the `size` elements of a dimension stands `position` from the first; `outside` if it is none.
int64_t source(Mode mode, int64_t position, int64_t size) {
  if (position >= 0 && position < size)
    return position;
  switch (mode) {
  case Mode::Constant:
    return outside;
  case Mode::Edge:
    return position < 0 ? 0 : size - 1;
  case Mode::Reflect: { // Forward and back again, the ends once each.
    const int64_t period = std::max<int64_t>(2 * (size - 1), 1), at = (position % period + period) % period;
    return std::min(at, period - at) % size;
  }
  case Mode::Wrap:
    return (position % size + size) % size;
  }
  return outside;
}

Expected<Mode> modeOf(const Call &call) {
  constexpr std::string_view names[] = {"constant", "edge", "reflect", "wrap"}; // As Mode.
  return call.choice("mode", names).map([](size_t chosen) { return Mode(chosen); });
}

/// Elements before and after each dimension of the data; negative numbers take away.
struct Margins {
  std::vector<int64_t> before, after;
};

Expected<Margins> marginsOf(const Call &call, size_t rank) {
  const auto pads = integersOf(call.input(1));
  if (!pads)
    return fail("pads are {}", pads.error().message);
  Expected<std::vector<int64_t>> axes = std::vector<int64_t>(rank);
  if (const Tensor *given = call.optional(3))
    axes = integersOf(*given);
  else
    for (size_t d = 0; d < rank; ++d)
      (*axes)[d] = int64_t(d);
  if (!axes)
    return fail("axes are {}", axes.error().message);
  if (pads->size() != 2 * axes->size())
    return fail("{} pads for {} axes; two for each are expected", pads->size(), axes->size());
  constexpr auto most = int64_t(maxTensorBytes);
  for (const int64_t elements : *pads)
    if (elements < -most || elements > most)
      return fail("pads are {}; -{} to {} are supported", shapeText(*pads), most, most);
  Margins margins{std::vector<int64_t>(rank, 0), std::vector<int64_t>(rank, 0)};
  for (size_t i = 0; i < axes->size(); ++i) {
    const auto axis = normaliseAxis((*axes)[i], rank);
    if (!axis)
      return tl::unexpected(axis.error());
    margins.before[*axis] = (*pads)[i];
    margins.after[*axis] = (*pads)[axes->size() + i];
  }
  return margins;
}

} // namespace

Results pad(const Call &call) {
  const Tensor &data = call.input(0);
  const size_t rank = data.shape.size(), size = elementSize(data.type);
  const auto mode = modeOf(call);
  const auto margins = mode ? marginsOf(call, rank) : tl::unexpected(mode.error());
  if (!margins)
    return tl::unexpected(margins.error());
  std::vector<std::byte> value(size); // 0 in every type.
  if (const Tensor *given = call.optional(2)) {
    if (given->type != data.type || elements(*given) != 1)
      return fail("the constant value is {}; one {} is expected", describe(*given), elementTypeName(data.type));
    value = given->data;
  }

  std::vector<int64_t> shape;
  for (size_t d = 0; d < rank; ++d) {
    const int64_t length = data.shape[d] + margins->before[d] + margins->after[d];
    if (length < 0)
      return fail("{} with pads {} and {} along axis {} has a negative size", describe(data), margins->before[d], margins->after[d], d);
    if (length > 0 && data.shape[d] == 0 && *mode != Mode::Constant)
      return fail("{} has nothing along axis {} to pad with; mode constant is supported there", describe(data), d);
    shape.push_back(length);
  }
  auto result = makeTensor(data.type, shape);
  if (!result || result->data.empty())
    return one(std::move(result));

  // Trailing dimensions that stay as they are move as one.
  size_t outer = rank, run = size;
  while (outer > 0 && margins->before[outer - 1] == 0 && margins->after[outer - 1] == 0)
    run *= size_t(shape[--outer]);
  std::vector<std::byte> filler;
  while (filler.size() < run)
    filler.insert(filler.end(), value.begin(), value.end());
  const auto strides = rowMajorStrides(data.shape);
  std::vector<std::vector<int64_t>> sources(outer); // Along each dimension.
  for (size_t d = 0; d < outer; ++d)
    for (int64_t i = 0; i < shape[d]; ++i)
      sources[d].push_back(source(*mode, i - margins->before[d], data.shape[d]));
  std::vector<int64_t> index(outer, 0);
  for (std::byte *to = result->data.data(), *end = to + result->data.size(); to != end; to += run) {
    int64_t offset = 0;
    for (size_t d = 0; d < outer && offset != outside; ++d)
      offset = sources[d][size_t(index[d])] == outside ? outside : offset + sources[d][size_t(index[d])] * strides[d];
    std::memcpy(to, offset == outside ? filler.data() : &data.data[size_t(offset) * size], run);
    for (size_t d = outer; d-- > 0 && ++index[d] == shape[d];)
      index[d] = 0;
  }
  return one(std::move(result));
}

Results tile(const Call &call) {
  const Tensor &data = call.input(0);
  const auto repeats = integersOf(call.input(1));
  if (!repeats)
    return fail("repeats are {}", repeats.error().message);
  if (repeats->size() != data.shape.size())
    return fail("{} repeats for {}; one for each dimension is expected", repeats->size(), describe(data));
  // Each dimension of n, repeated r times, is read as [r, n] with stride 0 along r.
  const auto strides = rowMajorStrides(data.shape);
  std::vector<int64_t> pairs, pairStrides, shape;
  for (size_t d = 0; d < data.shape.size(); ++d) {
    int64_t size = 0;
    if ((*repeats)[d] < 0 || __builtin_mul_overflow((*repeats)[d], data.shape[d], &size))
      return fail("dimension {} of {} cannot be repeated {} times", d, describe(data), (*repeats)[d]);
    pairs.insert(pairs.end(), {(*repeats)[d], data.shape[d]});
    pairStrides.insert(pairStrides.end(), {0, strides[d]});
    shape.push_back(size);
  }
  auto result = copyStrided(data, std::move(pairs), pairStrides);
  if (result)
    result->shape = std::move(shape);
  return one(std::move(result));
}

} // namespace softdpu::cpu
