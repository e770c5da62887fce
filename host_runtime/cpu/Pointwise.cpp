//===- Pointwise.cpp - Arithmetic with broadcasting, activations -------------------------===//

#include "Activations.h"
#include "Operators.h"
#include "Strided.h"

#include <functional>

namespace softdpu::cpu {
namespace {

/// out[i] = f(a[i * strideA], b[i * strideB]); strides are 0 or 1, so that the compiler sees three simple loops.
template <typename T, typename F> void row(std::span<T> out, const T *a, int64_t strideA, const T *b, int64_t strideB, F f) {
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

template <typename T, typename F> Expected<Tensor> combine(const Tensor &a, const Tensor &b, F f) {
  const auto shape = broadcastShape(a.shape, b.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  auto result = makeTensor(a.type, *shape);
  if (!result || result->data.empty())
    return result;
  const T *dataA = values<T>(a).data(), *dataB = values<T>(b).data();
  const std::span<T> out = values<T>(*result);
  if (a.shape == b.shape) {
    row(out, dataA, 1, dataB, 1, f);
    return result;
  }
  const auto stridesA = broadcastStrides(a.shape, *shape), stridesB = broadcastStrides(b.shape, *shape);
  const size_t outer = shape->size() - 1, inner = size_t(shape->back());
  const auto outerOf = [outer](const std::vector<int64_t> &list) { return std::span(list).first(outer); };
  Odometer<2> position(outerOf(*shape), {outerOf(stridesA), outerOf(stridesB)});
  for (size_t begin = 0; begin < out.size(); begin += inner, position.advance())
    row(out.subspan(begin, inner), dataA + position.offsets[0], stridesA[outer], dataB + position.offsets[1], stridesB[outer], f);
  return result;
}

/// Integer arithmetic wraps, as everywhere in ONNX runtimes.
template <typename T, template <typename> typename F> struct Wrapping {
  T operator()(T a, T b) const { return T(F<std::make_unsigned_t<T>>()(std::make_unsigned_t<T>(a), std::make_unsigned_t<T>(b))); }
};

Expected<void> checkTypes(const Tensor &a, const Tensor &b) {
  if (a.type == b.type && (a.type == ElementType::Float32 || a.type == ElementType::Int64 || a.type == ElementType::Int32))
    return {};
  return fail("inputs are {} and {}; both must be float32, int64 or int32", describe(a), describe(b));
}

template <template <typename> typename F> Results arithmetic(const Call &call) {
  const Tensor &a = call.input(0), &b = call.input(1);
  if (const auto checked = checkTypes(a, b); !checked)
    return tl::unexpected(checked.error());
  if (a.type == ElementType::Float32)
    return one(combine<float>(a, b, F<float>()));
  if (a.type == ElementType::Int64)
    return one(combine<int64_t>(a, b, Wrapping<int64_t, F>()));
  return one(combine<int32_t>(a, b, Wrapping<int32_t, F>()));
}

template <typename T> Expected<Tensor> divideIntegers(const Tensor &a, const Tensor &b) {
  if (std::ranges::find(values<T>(b), T(0)) != values<T>(b).end())
    return fail("integer division by zero");
  return combine<T>(a, b, [](T x, T y) { return y == -1 ? T(-std::make_unsigned_t<T>(x)) : T(x / y); });
}

Results activation(const Call &call, const Activation &f) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  Tensor result = call.input(0);
  activate(f, values<float>(result));
  return one(std::move(result));
}

} // namespace

Results add(const Call &call) { return arithmetic<std::plus>(call); }
Results subtract(const Call &call) { return arithmetic<std::minus>(call); }
Results multiply(const Call &call) { return arithmetic<std::multiplies>(call); }

Results divide(const Call &call) {
  const Tensor &a = call.input(0), &b = call.input(1);
  if (const auto checked = checkTypes(a, b); !checked)
    return tl::unexpected(checked.error());
  if (a.type == ElementType::Float32)
    return one(combine<float>(a, b, std::divides<float>()));
  return one(a.type == ElementType::Int64 ? divideIntegers<int64_t>(a, b) : divideIntegers<int32_t>(a, b));
}

Results relu(const Call &call) { return activation(call, {ActivationKind::Relu}); }
Results sigmoid(const Call &call) { return activation(call, {ActivationKind::Sigmoid}); }
Results tanh(const Call &call) { return activation(call, {ActivationKind::Tanh}); }

} // namespace softdpu::cpu
