//===- Arithmetic.cpp - Arithmetic of two operands, with broadcasting --------------------===//

#include "Broadcast.h"
#include "ElementTypes.h"
#include "Operators.h"

#include <functional>

namespace softdpu::cpu {
namespace {

/// Integer arithmetic wraps, as everywhere in ONNX runtimes.
template <typename T, template <typename> typename F> struct Wrapping {
  T operator()(T a, T b) const { return T(F<std::make_unsigned_t<T>>()(std::make_unsigned_t<T>(a), std::make_unsigned_t<T>(b))); }
};

template <template <typename> typename F> Results arithmetic(const Call &call) {
  return Numbers::of(call, [&]<typename T>(T) {
    if constexpr (std::floating_point<T>)
      return one(combine<T>(call.input(0), call.input(1), F<T>()));
    else
      return one(combine<T>(call.input(0), call.input(1), Wrapping<T, F>()));
  });
}

/// Towards zero; the least number divided by -1 wraps.
template <std::integral T> T quotient(T x, T y) {
  if constexpr (std::signed_integral<T>)
    if (y == -1)
      return T(-std::make_unsigned_t<T>(x));
  return T(x / y);
}

} // namespace

Results add(const Call &call) { return arithmetic<std::plus>(call); }
Results subtract(const Call &call) { return arithmetic<std::minus>(call); }
Results multiply(const Call &call) { return arithmetic<std::multiplies>(call); }

Results divide(const Call &call) {
  const Tensor &a = call.input(0), &b = call.input(1);
  return Numbers::of(call, [&]<typename T>(T) -> Results {
    if constexpr (std::floating_point<T>)
      return one(combine<T>(a, b, std::divides<T>()));
    else if (std::ranges::find(values<T>(b), T(0)) != values<T>(b).end())
      return fail("integer division by zero");
    else
      return one(combine<T>(a, b, quotient<T>));
  });
}

Results parametricRelu(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const Tensor &x = call.input(0), &slope = call.input(1);
  if (const auto shape = broadcastShape(x.shape, slope.shape); !shape || *shape != x.shape)
    return fail("the slope is {}, which does not broadcast to {}", describe(slope), shapeText(x.shape));
  return one(combine<float>(x, slope, [](float a, float b) { return a < 0 ? a * b : a; }));
}

} // namespace softdpu::cpu
