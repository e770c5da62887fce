//===- TanhTable.h - The segments of the piecewise linear tanh ---------------------------===//
//
// Eight binades from 2^-5 to 8, sixteen segments each. A segment holds the value at its left edge and the difference to the next edge, so
// neighbours meet exactly: the approximation is continuous and monotonic.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>
#include <vector>

namespace softdpu::romgen {

constexpr unsigned firstExponent = 10; ///< Biased float16 exponent of the first binade, 2^-5.
constexpr unsigned exponentBits = 3;   ///< Eight binades.
constexpr unsigned segmentBits = 4;    ///< Segments per binade, as the top bits of the fraction.
constexpr unsigned lowBits = 10 - segmentBits;
constexpr unsigned fractionBits = 16; ///< Bases are in units of 2^-16.
constexpr unsigned baseBits = fractionBits + 1;
constexpr unsigned differenceBits = 11;
constexpr unsigned indexBits = exponentBits + segmentBits;

struct Segment {
  uint32_t base;       ///< 0 .. 2^16
  uint32_t difference; ///< 0 .. 2^11 - 1; base + difference is the base of the next segment.
};

/// \returns 2^indexBits segments in order of the argument.
std::vector<Segment> tanhTable();

} // namespace softdpu::romgen
