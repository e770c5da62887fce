//===- HalfTest.cpp - float16 arithmetic against exact integers --------------------------===//

#include "Oracle.h"
#include "softdpu/numerics/HalfVector.h"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace softdpu;

namespace {

bool isCanonical(Half x) { return x.bits == 0 || ((x.bits & 0x7FFF) >= 0x0400 && (x.bits & 0x7FFF) <= 0x7BFF); }

/// Values at which carries, ties, flushing and saturation happen, and a seeded sample.
std::vector<Half> probes() {
  std::vector<Half> result{Half{0}};
  for (unsigned exponent = 1; exponent <= 30; ++exponent)
    for (unsigned fraction : {0u, 1u, 2u, 0x1FFu, 0x200u, 0x201u, 0x3FEu, 0x3FFu})
      for (unsigned sign : {0u, 0x8000u})
        result.push_back(Half{uint16_t(sign | exponent << 10 | fraction)});
  std::mt19937 random(1);
  for (int i = 0; i < 60; ++i)
    result.push_back(Half{uint16_t((random() & 0x8000) | (0x400 + random() % 0x7800))});
  return result;
}

TEST(Half, FloatRoundTripIsExactForEveryValue) {
  for (Half x : oracle::allHalfs()) {
    EXPECT_EQ(halfToFloat(x), float(oracle::value(x)));
    EXPECT_EQ(halfFromFloat(halfToFloat(x)), x);
  }
}

TEST(Half, FromFloatRoundsToNearestEvenFlushesAndSaturates) {
  for (uint64_t bits = 0; bits < 0x7F80'0000; bits += 997) { // a stride prime to every power of two
    const float x = std::bit_cast<float>(uint32_t(bits));
    ASSERT_EQ(halfFromFloat(x), oracle::nearest(x)) << x;
    ASSERT_EQ(halfFromFloat(-x), oracle::nearest(-x)) << -x;
  }
  for (Half x : oracle::allHalfs()) { // ties between neighbours, and just beside them
    const float tie = halfToFloat(x) * (1 + 0x1p-12f);
    for (float f : {tie, std::nextafter(tie, 0.0f), std::nextafter(tie, 1e6f)})
      ASSERT_EQ(halfFromFloat(f), oracle::nearest(f)) << f;
  }
  EXPECT_EQ(halfFromFloat(-0.0f).bits, 0);
  EXPECT_EQ(halfFromFloat(1e30f).bits, 0x7BFF);
  EXPECT_EQ(halfFromFloat(-65520.0f).bits, 0xFBFF);
  EXPECT_EQ(halfFromFloat(0x1.FFFp-15f).bits, 0x0400) << "rounds up to the smallest normal number";
  EXPECT_EQ(halfFromFloat(0x1.FFCp-15f).bits, 0) << "is representable with 11 bits below the range: flushed";
}

TEST(Half, SumsAndProductsAreTheExactResultRoundedOnce) {
  const auto all = oracle::allHalfs();
  for (Half b : probes())
    for (Half a : all) {
      const int64_t x = oracle::fixedPoint(a), y = oracle::fixedPoint(b);
      ASSERT_EQ(add(a, b), roundToHalf(Int128(x) + y, -34)) << a.bits << " + " << b.bits;
      ASSERT_EQ(subtract(a, b), roundToHalf(Int128(x) - y, -34)) << a.bits << " - " << b.bits;
      ASSERT_EQ(multiply(a, b), roundToHalf(Int128(x) * y, -68)) << a.bits << " * " << b.bits;
    }
}

TEST(Half, MaxMinReluCompareValues) {
  const auto all = oracle::allHalfs();
  for (Half b : probes())
    for (Half a : all) {
      ASSERT_EQ(max(a, b), oracle::value(a) < oracle::value(b) ? b : a);
      ASSERT_EQ(min(a, b), oracle::value(a) > oracle::value(b) ? b : a);
    }
  for (Half a : all)
    EXPECT_EQ(oracle::value(relu(a)), std::max(0.0, oracle::value(a)));
}

TEST(Half, EveryBitPatternGivesACanonicalResult) {
  // The hardware has no way to refuse a pattern: exponent 0 counts as zero, exponent 31 as 2^16 * 1.f.
  for (unsigned a = 0; a < 0x10000; ++a)
    for (unsigned b : {0x0000u, 0x8000u, 0x0001u, 0x83FFu, 0x0400u, 0x3C00u, 0xFBFFu, 0x7C00u, 0xFFFFu}) {
      const Half x{uint16_t(a)}, y{uint16_t(b)};
      for (Half result : {add(x, y), subtract(x, y), multiply(x, y), sigmoid(x), oneMinusSigmoid(x), softdpu::tanh(x)})
        ASSERT_TRUE(isCanonical(result)) << std::hex << a << " " << b << " -> " << result.bits;
    }
}

TEST(RoundToHalf, IsTheNearestValueTiesToEven) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2'000'000; ++i) {
    const int width = int(random() % 63) + 1, scale = int(random() % 100) - 70;
    const int64_t sum = int64_t(random() >> (64 - width)) * (i & 1 ? -1 : 1);
    ASSERT_EQ(roundToHalf(sum, scale), oracle::nearest(std::ldexp((long double)(sum), scale))) << sum << " * 2^" << scale;
  }
  for (int64_t significand = 1024; significand < 2048; ++significand) // ties and their neighbours, at every width
    for (int drop = 1; drop < 50; ++drop)
      for (int64_t rest : {(int64_t(1) << (drop - 1)) - 1, int64_t(1) << (drop - 1), (int64_t(1) << (drop - 1)) + 1}) {
        const int64_t sum = (significand << drop) + rest;
        ASSERT_EQ(roundToHalf(sum, -drop - 10), oracle::nearest(std::ldexp((long double)(sum), -drop - 10))) << sum;
        ASSERT_EQ(roundToHalf(-sum, -drop - 10).bits, roundToHalf(sum, -drop - 10).bits | 0x8000);
      }
}

TEST(RoundToHalf, WideSumsKeepTheirStickyBit) {
  const Int128 tie = (Int128(2049) << 100);
  EXPECT_EQ(roundToHalf(tie, -110), roundToHalf(1024 * 2, -10)) << "2049 / 2^10 ties to even";
  EXPECT_EQ(roundToHalf(tie + 1, -110), roundToHalf(1025 * 2, -10)) << "one unit above the tie rounds up";
  EXPECT_EQ(roundToHalf(tie - 1, -110), roundToHalf(1024 * 2, -10));
  const Int128 lowest = Int128(1) << 126;
  EXPECT_EQ(roundToHalf(-lowest - lowest, -127), halfFromFloat(-1)) << "the most negative 128-bit integer";
}

TEST(RoundToHalf, SaturatesAndFlushesAtAnyScale) {
  EXPECT_EQ(roundToHalf(1, 255).bits, 0x7BFF);
  EXPECT_EQ(roundToHalf(-1, 255).bits, 0xFBFF);
  EXPECT_EQ(roundToHalf(-1, -256).bits, 0);
  EXPECT_EQ(roundToHalf(0, 255).bits, 0);
  EXPECT_EQ(roundToHalf(4095, 4).bits, 0x7BFF) << "65520 rounds to 65536, beyond the range";
  EXPECT_EQ(roundToHalf(4095, -27).bits, 0) << "2^-15 exactly after rounding";
  EXPECT_EQ(roundToHalf(4095, -26).bits, 0x0400) << "rounds up to 2^-14";
}

TEST(HalfVector, IsTheScalarFunctionElementByElement) {
  std::mt19937 random(5);
  std::vector<Half> a(100'003), b(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = Half{uint16_t(random())};
    b[i] = Half{uint16_t(random())};
  }
  std::vector<float> floats(a.size()), back(a.size());
  std::vector<Half> halves(a.size());
  for (float &value : floats)
    value = std::ldexp(float(int32_t(random())), int(random() % 64) - 50);
  fromFloats(floats, halves);
  toFloats(a, back);
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(halves[i], halfFromFloat(floats[i])) << floats[i];
    ASSERT_EQ(back[i], halfToFloat(a[i])) << a[i].bits;
  }
  struct Binary {
    void (*vector)(std::span<Half>, std::span<const Half>);
    Half (*scalar)(Half, Half);
  };
  for (auto [vector, scalar] :
       {Binary{addTo, add}, Binary{subtractFrom, subtract}, Binary{multiplyBy, multiply}, Binary{maxWith, softdpu::max},
        Binary{minWith, softdpu::min}, Binary{subtractReversed, [](Half x, Half y) { return subtract(y, x); }}}) {
    auto result = a;
    vector(result, b);
    for (size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(result[i], scalar(a[i], b[i])) << a[i].bits << " " << b[i].bits;
  }
  struct Unary {
    void (*vector)(std::span<Half>);
    Half (*scalar)(Half);
  };
  for (auto [vector, scalar] : {Unary{applyRelu, relu}, Unary{applySigmoid, sigmoid}, Unary{applyOneMinusSigmoid, oneMinusSigmoid},
                                Unary{applyTanh, softdpu::tanh}}) {
    auto result = a;
    vector(result);
    for (size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(result[i], scalar(a[i])) << a[i].bits;
  }
}

} // namespace
