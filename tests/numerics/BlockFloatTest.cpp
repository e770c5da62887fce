//===- BlockFloatTest.cpp - Quantisation against its definition --------------------------===//

#include "softdpu/numerics/BlockFloat.h"
#include "Oracle.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace softdpu;

namespace {

/// Rounds to nearest even by definition.
long double roundEven(long double x) {
  const long double below = std::floor(x), rest = x - below;
  return rest < 0.5L || (rest == 0.5L && std::fmod(below, 2.0L) == 0) ? below : below + 1;
}

TEST(Format, NamesRoundTrip) {
  for (unsigned mantissa = 2; mantissa <= 10; ++mantissa)
    for (unsigned box : {8u, 16u, 24u, 48u, 64u, 400u, 2048u}) {
      const BlockFormat format{mantissa, box};
      const auto parsed = parseFormat(formatName(format), 64);
      ASSERT_TRUE(parsed) << parsed.error().message;
      EXPECT_EQ(*parsed, format);
    }
  EXPECT_EQ(*parseFormat("msfp11", 64), (BlockFormat{2, 16}));
  EXPECT_EQ(*parseFormat("msfp16", 64), (BlockFormat{7, 16}));
  EXPECT_EQ(*parseFormat("ms-fp8", 400), (BlockFormat{2, 400}));
  EXPECT_EQ(*parseFormat("ms-fp9", 128), (BlockFormat{3, 128}));
  EXPECT_EQ(formatName({4, 16}), "msfp13");
}

TEST(Format, RefusesWhatItDoesNotKnow) {
  for (const char *name : {"", "msfp", "msfp10", "msfp17", "msfp11x", "ms-fp10", "bfp", "bfp7", "bfp7b", "bfp1b16", "bfp11b16", "bfp7b12",
                           "bfp7b0", "bfp7b4096", "bfp7b16 ", "bfp99999999999b16", "fp16"}) {
    const auto parsed = parseFormat(name, 64);
    ASSERT_FALSE(parsed) << name;
    EXPECT_NE(parsed.error().message.find(name), std::string::npos);
  }
}

TEST(Quantise, EveryElementIsRoundedAtTheExponentOfItsBox) {
  std::mt19937 random(3);
  const auto all = oracle::allHalfs();
  for (unsigned m = 2; m <= 10; ++m)
    for (unsigned box : {8u, 16u, 48u})
      for (int trial = 0; trial < 400; ++trial) {
        const unsigned length = 1 + random() % 100, spread = 1 + random() % 30;
        std::vector<Half> values(length);
        for (Half &value : values) // near and far exponents, many zeros
          value = random() % 5 == 0 ? Half{} : Half{uint16_t((random() & 0x8000) | (1 + random() % spread) << 10 | (random() & 0x3FF))};
        const BlockVector result = quantise(values, {m, box});
        ASSERT_EQ(result.exponents.size(), (length + box - 1) / box);
        ASSERT_EQ(result.mantissas.size(), result.exponents.size() * box);
        ASSERT_EQ(result.scale, -14 - int(m));
        for (size_t i = 0; i < result.mantissas.size(); ++i) {
          int expectedExponent = 0;
          for (size_t j = i / box * box; j < std::min<size_t>(length, (i / box + 1) * box); ++j)
            expectedExponent = std::max(expectedExponent, values[j].bits >> 10 & 31);
          ASSERT_EQ(result.exponents[i / box], expectedExponent);
          const long double exact = i < length ? std::ldexp((long double)(oracle::value(values[i])), 14 + int(m) - expectedExponent) : 0;
          const long double limit = (1 << m) - 1;
          ASSERT_EQ(result.mantissas[i], std::clamp(roundEven(exact), -limit, limit));
        }
      }
}

TEST(Quantise, SaturatesInsteadOfOverflowing) {
  std::vector<Half> values(8, Half{0x3FFF}); // 1.999: rounds to 2^m
  values[1] = Half{0xBFFF};
  const BlockVector result = quantise(values, {3, 8});
  EXPECT_EQ(result.exponents[0], 15);
  EXPECT_EQ(result.mantissas[0], 7);
  EXPECT_EQ(result.mantissas[1], -7);
}

TEST(QuantiseMatrix, EveryElementIsRoundedAtTheExponentOfItsBox) {
  std::mt19937 random(4);
  for (unsigned m = 2; m <= 10; ++m)
    for (float magnitude : {1e-38f, 1e-30f, 1e-20f, 1e-4f, 0.3f, 1.0f, 1e5f, 1e37f}) {
      const unsigned rows = 5, cols = 37, box = 8;
      std::vector<float> values(rows * cols);
      for (float &value : values) {
        value = magnitude * (float(random() % 2001) / 1000 - 1);
        if (random() % 3 == 0)
          value *= std::ldexp(1.0f, -int(random() % 50));
        if (random() % 7 == 0)
          value = 0;
      }
      const auto matrix = quantiseMatrix(values, rows, cols, {m, box});
      ASSERT_TRUE(matrix);
      EXPECT_EQ(matrix->boxesPerRow, 5u);
      EXPECT_LE(matrix->scale - 14 - int(m), 127);
      EXPECT_GE(matrix->scale - 14 - int(m), -128);
      unsigned largestExponent = 0;
      for (unsigned row = 0; row < rows; ++row)
        for (unsigned i = 0; i < matrix->boxesPerRow * box; ++i) {
          const unsigned at = row * matrix->boxesPerRow * box + i;
          const unsigned exponent = matrix->exponents[at / box];
          largestExponent = std::max(largestExponent, exponent);
          ASSERT_LE(exponent, 31u);
          const long double exact = i < cols ? std::ldexp((long double)(values[row * cols + i]), -(int(exponent) + matrix->scale)) : 0;
          const long double limit = (1 << m) - 1;
          ASSERT_EQ(matrix->mantissas[at], std::clamp(roundEven(exact), -limit, limit)) << magnitude;
          ASSERT_LT(std::fabs(exact), limit + 1) << "the exponent of a box must hold its largest magnitude";
        }
      if (magnitude > 1e-19f) {
        EXPECT_EQ(largestExponent, 31u) << magnitude;
      }
    }
}

TEST(QuantiseMatrix, UsesAllMantissaBitsOfTheLargestMagnitude) {
  const std::vector<float> values{0.75f, -0.5f, 0.1f, 0, 0, 0, 0, 0};
  const auto matrix = quantiseMatrix(values, 1, 8, {4, 8});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->mantissas[0], 12) << "0.75 = 12 * 2^-4";
  EXPECT_EQ(matrix->mantissas[1], -8);
  EXPECT_EQ(matrix->mantissas[2], 2);
  EXPECT_EQ(matrix->exponents[0] + matrix->scale, -4);
}

TEST(QuantiseMatrix, TinyWeightsVanishRatherThanOverflowTheScale) {
  // The largest activations times the largest weights below the range of scales are far below what float16 holds.
  const std::vector<float> values(64, std::numeric_limits<float>::denorm_min());
  const auto matrix = quantiseMatrix(values, 1, 64, {7, 8});
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->scale, -104);
  const auto zeros = quantiseMatrix(std::vector<float>(64), 1, 64, {7, 8});
  ASSERT_TRUE(zeros);
  for (int16_t mantissa : zeros->mantissas)
    EXPECT_EQ(mantissa, 0);
}

TEST(QuantiseMatrix, TakesRowsInAnyOrderAndNullForZeros) {
  std::vector<float> values(3 * 20);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = float(i) / 16 - 1;
  const float *rows[] = {&values[40], nullptr, &values[0], &values[20]};
  const auto picked = quantiseMatrix(rows, 20, {5, 8});
  std::vector<float> same(values.begin() + 40, values.end());
  same.resize(40);
  same.insert(same.end(), values.begin(), values.begin() + 40);
  const auto expected = quantiseMatrix(same, 4, 20, {5, 8});
  ASSERT_TRUE(picked && expected);
  EXPECT_EQ(picked->mantissas, expected->mantissas);
  EXPECT_EQ(picked->exponents, expected->exponents);
  EXPECT_EQ(picked->scale, expected->scale);
  EXPECT_EQ(picked->rows, 4u);
}

TEST(QuantiseMatrix, RefusesNonFiniteWeights) {
  std::vector<float> values(20, 1.0f);
  values[13] = std::numeric_limits<float>::quiet_NaN();
  const auto matrix = quantiseMatrix(values, 4, 5, {7, 8});
  ASSERT_FALSE(matrix);
  EXPECT_NE(matrix.error().message.find("row 2, column 3"), std::string::npos) << matrix.error().message;
  values[13] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(quantiseMatrix(values, 4, 5, {7, 8}));
}

} // namespace
