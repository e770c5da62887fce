//===- Activation.cpp - Table-based tanh and sigmoid -------------------------------------===//
//
// Three steps, the three pipeline stages of the hardware: look up a segment, multiply-add, round. docs/numerics.md, "Activations".
//
//===-------------------------------------------------------------------------------------===//

#include "softdpu/numerics/Half.h"

namespace softdpu {
namespace {

struct Segment {
  uint32_t base, difference;
};
#include "TanhTable.inc"

constexpr unsigned fixedBits = fractionBits + lowBits; ///< Interpolated values are in units of 2^-22.
constexpr unsigned sigmoidBits = 11;                   ///< sigmoid is a multiple of 2^-11.
constexpr uint16_t signBit = 0x8000;
constexpr Half one{0x3C00};

/// tanh of (1 + fraction / 2^10) * 2^(exponent - 15) in units of 2^-22. \param exponent firstExponent .. lastExponent.
uint32_t interpolate(unsigned exponent, unsigned fraction) {
  const Segment &segment = segments[((exponent - firstExponent) << segmentBits) | (fraction >> lowBits)];
  const uint32_t low = fraction & ((1u << lowBits) - 1);
  return (segment.base << lowBits) + segment.difference * low;
}

/// tanh(|x| / 2) in units of 2^-22, for the sigmoid. Below the table tanh(y) is y; what is less than half of 2^-11 there makes no
/// difference and is dropped.
uint32_t tanhOfHalfMagnitude(Half x) {
  const int exponent = int(x.bits >> 10 & 31) - 1; // of |x| / 2
  const uint32_t fraction = x.bits & 0x3FF;
  if (exponent > int(lastExponent))
    return 1u << fixedBits;
  if (exponent >= int(firstExponent))
    return interpolate(unsigned(exponent), fraction);
  constexpr int unitExponent = 25 - int(fixedBits); // the exponent at which an 11-bit significand counts units of 2^-22
  return exponent > unitExponent ? (0x400 | fraction) << (exponent - unitExponent) : 0;
}

} // namespace

Half tanh(Half x) {
  const unsigned exponent = x.bits >> 10 & 31;
  const uint16_t sign = x.bits & signBit;
  if (exponent == 0)
    return Half{};
  if (exponent < firstExponent)
    return x;
  if (exponent > lastExponent)
    return Half{uint16_t(sign | one.bits)};
  const Half magnitude = roundToHalf(interpolate(exponent, x.bits & 0x3FF), -int(fixedBits));
  return Half{uint16_t(sign | magnitude.bits)};
}

Half sigmoid(Half x) {
  // In units of 2^-23: 1/2 +- tanh(|x| / 2) / 2. Rounding to nearest even on a grid that divides 1/2 keeps sigmoid(-x) = 1 - sigmoid(x).
  const uint32_t half = 1u << fixedBits, offset = tanhOfHalfMagnitude(x);
  const uint32_t fixed = x.bits & signBit ? half - offset : half + offset;
  constexpr unsigned drop = fixedBits + 1 - sigmoidBits;
  const uint32_t rounded = (fixed + (1u << (drop - 1)) - 1 + (fixed >> drop & 1)) >> drop;
  return roundToHalf(rounded, -int(sigmoidBits));
}

Half oneMinusSigmoid(Half x) { return sigmoid(Half{uint16_t(x.bits ^ signBit)}); }

} // namespace softdpu
