//===- Random.h - Random numbers that are the same everywhere ----------------------------===//

#pragma once

#include <cstdint>
#include <span>

namespace softdpu::random {

/// splitmix64 (Steele, Lea, Flood, OOPSLA 2014). The distributions of the standard library differ between implementations.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t bits() {
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  /// 0 .. limit - 1. \param limit at least 1.
  uint32_t below(uint64_t limit) { return uint32_t(bits() % limit); }
  /// low .. high.
  int64_t between(int64_t low, int64_t high) { return low + int64_t(bits() % uint64_t(high - low + 1)); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T> const T &pick(std::span<const T> values) { return values[below(values.size())]; }

private:
  uint64_t state;
};

} // namespace softdpu::random
