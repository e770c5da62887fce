//===- Power.cpp - Pow and Mod -----------------------------------------------------------===//

#include "Broadcast.h"
#include "ElementTypes.h"
#include "Operators.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

/// Wraps, as integer multiplication does. \param exponent not negative.
template <std::integral T> T integerPower(T base, uint64_t exponent) {
  using U = uint64_t; // Wide enough that no product of narrower types is signed.
  U result = 1;
  for (U square = U(base); exponent; exponent >>= 1, square *= square)
    if (exponent & 1)
      result *= square;
  return T(result);
}

/// One power of an integer base; NaN-free: what no T holds is an error, found through `bad`.
template <std::integral T, typename E> T powerOf(T base, E exponent, bool &bad) {
  if constexpr (std::integral<E>) {
    if constexpr (std::signed_integral<E>)
      if (exponent < 0) {
        bad |= base == 0;
        return base == 1 ? T(1) : base == T(-1) && std::signed_integral<T> ? T(exponent % 2 ? -1 : 1) : T(0);
      }
    return integerPower(base, uint64_t(exponent));
  } else {
    const double power = std::trunc(std::pow(double(base), double(exponent)));
    const bool fits = power >= double(std::numeric_limits<T>::min()) && power < double(std::numeric_limits<T>::max()) + 1;
    bad |= !fits; // NaN is neither.
    return fits ? T(power) : T(0);
  }
}

/// Remainder with the sign of the divisor, as in Python.
template <std::integral T> T pythonRemainder(T a, T b) {
  if constexpr (std::signed_integral<T>) {
    if (b == -1) // The least number divided by -1 does not exist.
      return 0;
    const T remainder = T(a % b);
    return remainder != 0 && (remainder < 0) != (b < 0) ? T(remainder + b) : remainder;
  } else
    return T(a % b);
}

/// Remainder with the sign of the dividend, as in C.
template <typename T> T truncatedRemainder(T a, T b) {
  if constexpr (std::floating_point<T>)
    return std::fmod(a, b);
  else if constexpr (std::signed_integral<T>)
    return b == -1 ? T(0) : T(a % b);
  else
    return T(a % b);
}

} // namespace

Results power(const Call &call) {
  const Tensor &base = call.input(0), &exponent = call.input(1);
  using Bases = ElementTypes<float, int64_t, int32_t>;
  if (!Bases::contain(base.type))
    return fail("the base is {}; it must be {}", describe(base), Bases::text());
  if (!Numbers::contain(exponent.type))
    return fail("the exponent is {}; it must be {}", describe(exponent), Numbers::text());
  return Bases::run(base.type, [&]<typename T>(T) {
    return Numbers::run(exponent.type, [&]<typename E>(E) -> Results {
      if constexpr (std::floating_point<T>) {
        return one(combine<T, T, E>(base, exponent, [](T a, E b) { return T(std::pow(a, T(b))); }));
      } else {
        bool bad = false;
        auto result = combine<T, T, E>(base, exponent, [&bad](T a, E b) { return powerOf(a, b, bad); });
        if (bad)
          return fail("a power does not fit into {}", elementTypeName(base.type));
        return one(std::move(result));
      }
    });
  });
}

Results modulo(const Call &call) {
  const Tensor &a = call.input(0), &b = call.input(1);
  const bool truncated = call.attribute<int64_t>("fmod", 0) != 0;
  return Numbers::of(call, [&]<typename T>(T) -> Results {
    if constexpr (std::floating_point<T>) {
      if (!truncated)
        return fail("inputs are {} and {}; float32 needs attribute fmod = 1", describe(a), describe(b));
    } else {
      if (std::ranges::find(values<T>(b), T(0)) != values<T>(b).end())
        return fail("integer division by zero");
      if (!truncated)
        return one(combine<T>(a, b, pythonRemainder<T>));
    }
    return one(combine<T>(a, b, truncatedRemainder<T>));
  });
}

} // namespace softdpu::cpu
