//===- ActivationTest.cpp - tanh and sigmoid over all inputs -----------------------------===//

#include "Oracle.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

using namespace softdpu;

namespace {

Half negate(Half x) { return x.bits ? Half{uint16_t(x.bits ^ 0x8000)} : x; }

std::vector<Half> ascending() {
  auto all = oracle::allHalfs();
  std::sort(all.begin(), all.end(), [](Half a, Half b) { return oracle::value(a) < oracle::value(b); });
  return all;
}

TEST(Tanh, IsOddMonotonicAndWithinItsBound) {
  double previous = -1, worstUlp = 0, worstAbsolute = 0;
  for (Half x : ascending()) {
    const double y = oracle::value(softdpu::tanh(x)), exact = std::tanh(oracle::value(x));
    ASSERT_GE(y, previous) << oracle::value(x);
    ASSERT_EQ(softdpu::tanh(negate(x)), negate(softdpu::tanh(x)));
    previous = y;
    const double ulp = std::ldexp(1.0, std::max(std::ilogb(exact), -14) - 10);
    worstUlp = std::max(worstUlp, std::fabs(y - exact) / ulp);
    worstAbsolute = std::max(worstAbsolute, std::fabs(y - exact));
  }
  RecordProperty("worst_ulp", std::to_string(worstUlp));
  RecordProperty("worst_absolute", std::to_string(worstAbsolute));
  EXPECT_LE(worstUlp, 0.81);
  EXPECT_LE(worstAbsolute, 4.0e-4);
  EXPECT_EQ(softdpu::tanh(Half{}).bits, 0);
  EXPECT_EQ(softdpu::tanh(Half{0x7BFF}).bits, 0x3C00);
}

TEST(Sigmoid, IsComplementaryMonotonicAndWithinItsBound) {
  double previous = 0, worst = 0;
  for (Half x : ascending()) {
    const double y = oracle::value(sigmoid(x)), exact = 1 / (1 + std::exp(-oracle::value(x)));
    ASSERT_GE(y, previous) << oracle::value(x);
    ASSERT_EQ(y + oracle::value(sigmoid(negate(x))), 1.0) << oracle::value(x);
    ASSERT_EQ(oneMinusSigmoid(x), sigmoid(negate(x)));
    ASSERT_EQ(subtract(halfFromFloat(1), sigmoid(x)), oneMinusSigmoid(x)) << "1 - sigmoid(x) must be exact in float16";
    ASSERT_EQ(std::fmod(y, 0x1p-11), 0) << "a multiple of 2^-11";
    previous = y;
    worst = std::max(worst, std::fabs(y - exact));
  }
  RecordProperty("worst_absolute", std::to_string(worst));
  EXPECT_LE(worst, 3.1e-4);
  EXPECT_EQ(sigmoid(Half{}), halfFromFloat(0.5f));
  EXPECT_EQ(sigmoid(Half{0x7BFF}), halfFromFloat(1));
  EXPECT_EQ(sigmoid(Half{0xFBFF}), Half{});
}

TEST(Activations, TreatPatternsOutsideTheFormatLikeTheHardware) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const Half x{uint16_t(bits)};
    const unsigned exponent = bits >> 10 & 31;
    if (exponent == 0) {
      ASSERT_EQ(softdpu::tanh(x).bits, 0);
      ASSERT_EQ(sigmoid(x), halfFromFloat(0.5f));
    } else if (exponent == 31) {
      ASSERT_EQ(softdpu::tanh(x), halfFromFloat(bits & 0x8000 ? -1.0f : 1.0f));
      ASSERT_EQ(sigmoid(x), halfFromFloat(bits & 0x8000 ? 0.0f : 1.0f));
    }
  }
}

} // namespace
