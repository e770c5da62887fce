//===- HalfArithmetic.h - float16 arithmetic, inline -------------------------------------===//
//
// Sums and products of float16 values are computed in float32 and rounded again. That is correctly rounded: a product of two 11-bit
// significands is exact in 24 bits, and for sums 24 >= 2 * 11 + 2 makes double rounding innocuous (Figueroa, "When is double rounding
// innocuous?", SIGNUM 1995). float32 has room to spare in the exponent, so rounding to 11 bits never meets a subnormal.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/numerics/Half.h"

#include <bit>

namespace softdpu::arithmetic {

constexpr uint16_t signBit = 0x8000;
constexpr uint32_t smallestNormal = 0x0400, largestFinite = 0x7BFF;
constexpr uint32_t biasDifference = 127 - 15;

inline Half fromFloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFF'FFFF;
  const uint32_t rounded = (magnitude + 0xFFF + (magnitude >> 13 & 1)) >> 13; // float32 exponent, 10-bit fraction
  const int32_t rebased = int32_t(rounded) - int32_t(biasDifference << 10);
  const int32_t saturated = rebased < int32_t(largestFinite) ? rebased : int32_t(largestFinite);
  const uint32_t result = (bits >> 16 & signBit) | uint32_t(saturated);
  return Half{uint16_t(rebased < int32_t(smallestNormal) ? 0 : result)};
}

inline float toFloat(Half value) {
  const uint32_t magnitude = value.bits & 0x7FFF;
  const uint32_t normal = uint32_t(value.bits & signBit) << 16 | (magnitude + (biasDifference << 10)) << 13;
  return std::bit_cast<float>(magnitude < smallestNormal ? 0 : normal);
}

/// Total order of the values: sign and magnitude as a signed integer.
inline int order(Half x) { return x.bits & signBit ? -int(x.bits & 0x7FFF) : int(x.bits); }

inline Half add(Half a, Half b) { return fromFloat(toFloat(a) + toFloat(b)); }
inline Half subtract(Half a, Half b) { return fromFloat(toFloat(a) - toFloat(b)); }
inline Half multiply(Half a, Half b) { return fromFloat(toFloat(a) * toFloat(b)); }
inline Half max(Half a, Half b) { return order(a) < order(b) ? b : a; }
inline Half min(Half a, Half b) { return order(b) < order(a) ? b : a; }
inline Half relu(Half x) { return x.bits & signBit ? Half{} : x; }

} // namespace softdpu::arithmetic
