//===- Random.h - Numbers that a seed and a name decide ----------------------------------===//

#pragma once

#include <cstdint>
#include <string_view>

namespace softdpu::oracle {

/// SplitMix64: the same on every machine and library.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  /// A stream of its own for everything that has a name.
  Random(uint64_t seed, std::string_view name) : state(seed) {
    for (const char c : name)
      state = next() ^ uint64_t(uint8_t(c));
  }

  uint64_t next() {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// Uniform in 0 .. limit - 1. \param limit at least 1.
  uint64_t below(uint64_t limit) { return next() % limit; }
  /// Uniform in low .. high, both included.
  int64_t between(int64_t low, int64_t high) { return low + int64_t(below(uint64_t(high - low) + 1)); }
  bool chance(double probability) { return double(next() >> 11) * 0x1p-53 < probability; }
  /// Uniform in low .. high, 24 bits of it.
  float real(float low, float high) { return low + (high - low) * float(next() >> 40) * 0x1p-24f; }

private:
  uint64_t state;
};

} // namespace softdpu::oracle
