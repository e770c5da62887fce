//===- Oracle.h - float16 by definition, slow and obvious --------------------------------===//

#pragma once

#include "softdpu/numerics/Half.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace softdpu::oracle {

/// All bit patterns that may occur inside a DPU: +0 and the normal numbers of both signs.
inline std::vector<Half> allHalfs() {
  std::vector<Half> result{Half{0}};
  for (unsigned bits = 0x0400; bits <= 0x7BFF; ++bits) {
    result.push_back(Half{uint16_t(bits)});
    result.push_back(Half{uint16_t(bits | 0x8000)});
  }
  return result;
}

/// The value by the definition of the format. \param x one of allHalfs().
inline double value(Half x) {
  const int exponent = x.bits >> 10 & 31, fraction = x.bits & 0x3FF;
  const double magnitude = exponent == 0 ? 0 : std::ldexp(1024 + fraction, exponent - 25);
  return x.bits & 0x8000 ? -magnitude : magnitude;
}

/// The value in units of 2^-24 * 2^-10, an exact integer. \param x one of allHalfs().
inline int64_t fixedPoint(Half x) { return int64_t(std::ldexp(value(x), 34)); }

/// The nearest multiple of the unit in the last place, ties to even, found by comparing candidates; exact for |exact| < 2^63.
inline Half nearest(long double exact) {
  const long double magnitude = std::fabs(exact);
  if (magnitude == 0)
    return Half{};
  int exponent = 0;
  std::frexp(magnitude, &exponent); // magnitude = f * 2^exponent, f in [1/2, 1)
  const long double unit = std::ldexp(1.0L, exponent - 11);
  const long double below = std::floor(magnitude / unit) * unit, above = below + unit;
  const bool belowIsEven = std::fmod(below / unit, 2.0L) == 0;
  const long double up = above - magnitude, down = magnitude - below;
  long double rounded = down < up || (down == up && belowIsEven) ? below : above;
  if (rounded < 0x1p-14L)
    return Half{};
  if (rounded > 65504)
    rounded = 65504;
  std::frexp(rounded, &exponent);
  const unsigned significand = unsigned(std::ldexp(rounded, 11 - exponent)); // 1024 .. 2047
  return Half{uint16_t((exact < 0 ? 0x8000u : 0u) | unsigned(exponent + 14) << 10 | (significand & 0x3FF))};
}

} // namespace softdpu::oracle
