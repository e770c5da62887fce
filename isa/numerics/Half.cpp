//===- Half.cpp - float16 arithmetic -----------------------------------------------------===//

#include "softdpu/numerics/Half.h"
#include "HalfArithmetic.h"

#include <bit>

namespace softdpu {
namespace {

__extension__ typedef unsigned __int128 UInt128;

} // namespace

Half halfFromFloat(float value) { return arithmetic::fromFloat(value); }
float halfToFloat(Half value) { return arithmetic::toFloat(value); }

Half add(Half a, Half b) { return arithmetic::add(a, b); }
Half subtract(Half a, Half b) { return arithmetic::subtract(a, b); }
Half multiply(Half a, Half b) { return arithmetic::multiply(a, b); }
Half max(Half a, Half b) { return arithmetic::max(a, b); }
Half min(Half a, Half b) { return arithmetic::min(a, b); }
Half relu(Half x) { return arithmetic::relu(x); }

Half roundToHalf(Int128 sum, int scale) {
  const bool negative = sum < 0;
  const auto magnitude = negative ? -UInt128(sum) : UInt128(sum);
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
    const auto rest = magnitude & ((UInt128(1) << drop) - 1), tie = UInt128(1) << (drop - 1);
    significand = uint32_t(magnitude >> drop);
    significand += rest > tie || (rest == tie && (significand & 1));
    if (significand == 0x800) {
      significand = 0x400;
      ++exponent;
    }
  }

  if (exponent < 1)
    return Half{};
  const uint16_t sign = negative ? arithmetic::signBit : 0;
  if (exponent > 30)
    return Half{uint16_t(sign | arithmetic::largestFinite)};
  return Half{uint16_t(sign | exponent << 10 | (significand & 0x3FF))};
}

} // namespace softdpu
