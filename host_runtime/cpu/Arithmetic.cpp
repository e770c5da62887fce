//===- Arithmetic.cpp - Arithmetic of two operands, with broadcasting --------------------===//

#include "Broadcast.h"
#include "Operators.h"

#include <functional>

namespace softdpu::cpu {
namespace {

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

} // namespace softdpu::cpu
