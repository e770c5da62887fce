//===- Half.cpp - float16 arithmetic -----------------------------------------------------===//
//
// Sums and products of float16 values are computed in float32 and rounded again. That is correctly rounded: a product of two 11-bit
// significands is exact in 24 bits, and for sums 24 >= 2 * 11 + 2 makes double rounding innocuous (Figueroa, "When is double rounding
// innocuous?", SIGNUM 1995). float32 has room to spare in the exponent, so rounding to 11 bits never meets a subnormal.
//
//===-------------------------------------------------------------------------------------===//

#include "softdpu/numerics/Half.h"

#include <bit>

namespace softdpu {
namespace {

constexpr uint16_t signBit = 0x8000;
constexpr uint32_t smallestNormal = 0x0400, largestFinite = 0x7BFF;
constexpr uint32_t biasDifference = 127 - 15;

/// Total order of the values: sign and magnitude as a signed integer.
int order(Half x) { return x.bits & signBit ? -int(x.bits & 0x7FFF) : int(x.bits); }

} // namespace

Half halfFromFloat(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7FFF'FFFF;
  const uint32_t rounded = (magnitude + 0xFFF + (magnitude >> 13 & 1)) >> 13; // float32 exponent, 10-bit fraction
  if (rounded < (biasDifference << 10) + smallestNormal)
    return Half{};
  const uint32_t result = rounded - (biasDifference << 10);
  const uint32_t sign = bits >> 16 & signBit;
  return Half{uint16_t(sign | (result > largestFinite ? largestFinite : result))};
}

float halfToFloat(Half value) {
  const uint32_t magnitude = value.bits & 0x7FFF;
  if (magnitude < smallestNormal)
    return 0;
  return std::bit_cast<float>(uint32_t(value.bits & signBit) << 16 | (magnitude + (biasDifference << 10)) << 13);
}

Half add(Half a, Half b) { return halfFromFloat(halfToFloat(a) + halfToFloat(b)); }
Half subtract(Half a, Half b) { return halfFromFloat(halfToFloat(a) - halfToFloat(b)); }
Half multiply(Half a, Half b) { return halfFromFloat(halfToFloat(a) * halfToFloat(b)); }
Half max(Half a, Half b) { return order(a) < order(b) ? b : a; }
Half min(Half a, Half b) { return order(b) < order(a) ? b : a; }
Half relu(Half x) { return x.bits & signBit ? Half{} : x; }

Half roundToHalf(__int128 sum, int scale) {
  const bool negative = sum < 0;
  const auto magnitude = negative ? -static_cast<unsigned __int128>(sum) : static_cast<unsigned __int128>(sum);
  if (magnitude == 0)
    return Half{};
  const uint64_t high = uint64_t(magnitude >> 64);
  const int width = high ? 128 - std::countl_zero(high) : 64 - std::countl_zero(uint64_t(magnitude));

  // An 11-bit significand and the biased exponent that goes with it.
  int exponent = 15 + width - 1 + scale;
  uint32_t significand;
  if (width <= 11) {
    significand = uint32_t(magnitude) << (11 - width);
  } else {
    const int drop = width - 11;
    const auto rest = magnitude & ((static_cast<unsigned __int128>(1) << drop) - 1), tie = static_cast<unsigned __int128>(1) << (drop - 1);
    significand = uint32_t(magnitude >> drop);
    significand += rest > tie || (rest == tie && (significand & 1));
    if (significand == 0x800) {
      significand = 0x400;
      ++exponent;
    }
  }

  if (exponent < 1)
    return Half{};
  const uint16_t sign = negative ? signBit : 0;
  if (exponent > 30)
    return Half{uint16_t(sign | largestFinite)};
  return Half{uint16_t(sign | exponent << 10 | (significand & 0x3FF))};
}

} // namespace softdpu
