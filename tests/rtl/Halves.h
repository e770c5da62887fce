//===- Halves.h - float16 operands that meet every corner --------------------------------===//

#pragma once

#include "softdpu/numerics/Half.h"

#include <algorithm>
#include <random>
#include <vector>

namespace softdpu::rtltest {

/// Zeros, the ends of the range, subnormals, ones around powers of two; both signs.
inline std::vector<Half> cornerHalves() {
  std::vector<Half> corners;
  for (uint16_t sign : {0x0000, 0x8000}) {
    for (uint16_t subnormal : {0x0000, 0x0001, 0x03FF})
      corners.push_back({uint16_t(sign | subnormal)});
    for (unsigned exponent = 1; exponent <= 30; ++exponent)
      for (uint16_t fraction : {0x000, 0x001, 0x1FF, 0x200, 0x201, 0x3FE, 0x3FF})
        corners.push_back({uint16_t(sign | exponent << 10 | fraction)});
  }
  return corners;
}

/// Any finite pattern; exponents often close to each other, so that sums cancel.
class RandomHalves {
public:
  explicit RandomHalves(uint32_t seed) : generator(seed) {}

  Half any() {
    const uint16_t bits = uint16_t(generator());
    return {uint16_t((bits >> 10 & 31) == 31 ? bits & ~0x0400 : bits)};
  }
  Half near(Half other) {
    const int exponent = std::clamp(int(other.bits >> 10 & 31) + int(generator() % 5) - 2, 0, 30);
    return {uint16_t((generator() & 0x83FF) | exponent << 10)};
  }
  uint32_t word() { return uint32_t(generator()); }

private:
  std::mt19937 generator;
};

} // namespace softdpu::rtltest
