//===- Broadcast.h - Two operands, element by element ------------------------------------===//

#pragma once

#include "Strided.h"

namespace softdpu::cpu {

/// out[i] = f(a[i * strideA], b[i * strideB]); strides are 0 or 1, so that the compiler sees three simple loops.
template <typename Out, typename A, typename B, typename F>
void combineRow(std::span<Out> out, const A *a, int64_t strideA, const B *b, int64_t strideB, F f) {
  if (strideA == 0)
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = f(*a, b[int64_t(i) * strideB]);
  else if (strideB == 0)
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = f(a[i], *b);
  else
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = f(a[i], b[i]);
}

/// f(a, b) with broadcasting. \tparam A, B their element types, \tparam Out that of the result.
template <typename A, typename Out = A, typename B = A, typename F> Expected<Tensor> combine(const Tensor &a, const Tensor &b, F f) {
  const auto shape = broadcastShape(a.shape, b.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  auto result = makeTensor(elementTypeOf<Out>(), *shape);
  if (!result || result->data.empty())
    return result;
  const A *dataA = values<A>(a).data();
  const B *dataB = values<B>(b).data();
  const std::span<Out> out = values<Out>(*result);
  if (a.shape == b.shape) {
    combineRow(out, dataA, 1, dataB, 1, f);
    return result;
  }
  const auto stridesA = broadcastStrides(a.shape, *shape), stridesB = broadcastStrides(b.shape, *shape);
  const size_t outer = shape->size() - 1, inner = size_t(shape->back());
  const auto outerOf = [outer](const std::vector<int64_t> &list) { return std::span(list).first(outer); };
  Odometer<2> position(outerOf(*shape), {outerOf(stridesA), outerOf(stridesB)});
  for (size_t begin = 0; begin < out.size(); begin += inner, position.advance())
    combineRow(out.subspan(begin, inner), dataA + position.offsets[0], stridesA[outer], dataB + position.offsets[1], stridesB[outer], f);
  return result;
}

} // namespace softdpu::cpu
