//===- ElementwiseTest.cpp - Element-wise host operators at their edges ------------------===//

#include "HostSteps.h"

#include <cmath>
#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();

Tensor bytes(std::vector<int64_t> shape, std::initializer_list<int8_t> data) { return tensorOf<int8_t>(std::move(shape), data); }

void expectNan(const Tensor &tensor, size_t index) { EXPECT_TRUE(std::isnan(values<float>(tensor)[index])) << index; }

TEST(Elementwise, ExtremesPassNanFromEitherSide) {
  for (const char *op : {"Max", "Min"}) {
    const Tensor result = resultOf(step(op, 3), {floats({3}, {nan, 1, 1}), floats({3}, {1, nan, 1}), floats({3}, {1, 1, nan})});
    for (const size_t i : {0, 1, 2})
      expectNan(result, i);
  }
  EXPECT_EQ(resultOf(step("Max", 1), {floats({2}, {1, 2})}), floats({2}, {1, 2}));
  EXPECT_EQ(resultOf(step("Min", 2), {bytes({2, 1}, {-128, 5}), bytes({2}, {0, 7})}), bytes({2, 2}, {-128, -128, 0, 5}));
  EXPECT_EQ(resultOf(step("Mean", 3), {floats({}, {1}), floats({2}, {2, 5}), floats({1}, {3})}), floats({2}, {2, 3}));
  EXPECT_EQ(resultOf(step("Sum", 2), {floats({0, 2}, {}), floats({2}, {2, 5})}), floats({0, 2}, {}));
  EXPECT_THAT(errorOf(step("Max", 2), {floats({1}, {1}), integers({1}, {1})}),
              HasSubstr("inputs are float32 [1] and int64 [1]; both must be"));
  EXPECT_THAT(errorOf(step("Sum", 2), {integers({1}, {1}), integers({1}, {1})}), HasSubstr("only float32 is supported"));
}

TEST(Elementwise, ClipTakesItsBoundsInOrder) {
  EXPECT_EQ(resultOf(step("Clip", 3), {floats({3}, {-9, 0, 9}), floats({}, {2}), floats({}, {-2})}), floats({3}, {-2, -2, -2}));
  expectNan(resultOf(step("Clip", 3), {floats({1}, {nan}), floats({}, {0}), floats({}, {1})}), 0);
  EXPECT_EQ(resultOf(step("Clip", 2), {floats({2}, {-infinity, 3}), floats({}, {0})}), floats({2}, {0, 3}));
  EXPECT_THAT(errorOf(step("Clip", 2), {floats({1}, {1}), floats({2}, {1, 2})}),
              HasSubstr("input 1 is float32 [2]; one number of type float32"));
  EXPECT_THAT(errorOf(step("Clip", 1), {tensorOf<bool>({1}, {true})}), HasSubstr("input is bool [1]; it must be float32, int64, int32"));
}

TEST(Elementwise, IntegerPowersAreExactOrRefused) {
  EXPECT_EQ(resultOf(step("Pow", 2), {integers({4}, {3, -2, 7, 0}), integers({4}, {39, 3, 0, 0})}),
            integers({4}, {4052555153018976267, -8, 1, 1}));
  EXPECT_EQ(resultOf(step("Pow", 2), {integers({4}, {2, 1, -1, -1}), integers({4}, {-1, -5, -2, -3})}), integers({4}, {0, 1, 1, -1}));
  EXPECT_EQ(resultOf(step("Pow", 2), {integers({1}, {4}), floats({1}, {0.5f})}), integers({1}, {2}));
  EXPECT_EQ(resultOf(step("Pow", 2), {floats({2}, {0, nan}), floats({2}, {0, 0})}), floats({2}, {1, 1}));
  EXPECT_THAT(errorOf(step("Pow", 2), {integers({1}, {0}), integers({1}, {-1})}), HasSubstr("a power does not fit into int64"));
  EXPECT_THAT(errorOf(step("Pow", 2), {integers({1}, {2}), floats({1}, {63})}), HasSubstr("a power does not fit into int64"));
  EXPECT_THAT(errorOf(step("Pow", 2), {bytes({1}, {2}), bytes({1}, {2})}), HasSubstr("the base is int8 [1]; it must be float32"));
  EXPECT_THAT(errorOf(step("Pow", 2), {floats({1}, {2}), tensorOf<bool>({1}, {true})}), HasSubstr("the exponent is bool [1]"));
}

TEST(Elementwise, RemaindersFollowDivisorOrDividend) {
  const Tensor a = integers({4}, {-7, 7, INT64_MIN, -6}), b = integers({4}, {3, -3, -1, 3});
  EXPECT_EQ(resultOf(step("Mod", 2), {a, b}), integers({4}, {2, -2, 0, 0}));
  EXPECT_EQ(resultOf(step("Mod", 2, {{"fmod", int64_t(1)}}), {a, b}), integers({4}, {-1, 1, 0, 0}));
  EXPECT_THAT(errorOf(step("Mod", 2), {a, integers({}, {0})}), HasSubstr("integer division by zero"));
  EXPECT_THAT(errorOf(step("Mod", 2), {floats({}, {1}), floats({}, {1})}), HasSubstr("float32 needs attribute fmod = 1"));
}

TEST(Elementwise, NanPassesThroughEveryFunction) {
  for (const char *op : {"Abs",       "Acos",      "Asinh", "Celu", "Ceil",           "Cos",  "Elu",    "Exp",     "Gelu", "HardSigmoid",
                         "HardSwish", "LeakyRelu", "Mish",  "Neg",  "Relu",           "Selu", "Shrink", "Sigmoid", "Sign", "Sin",
                         "Softplus",  "Softsign",  "Sqrt",  "Tanh", "ThresholdedRelu"})
    EXPECT_TRUE(std::isnan(values<float>(resultOf(step(op, 1), {floats({1}, {nan})}))[0])) << op;
  expectNan(resultOf(step("PRelu", 2), {floats({1}, {nan}), floats({1}, {0})}), 0);
}

TEST(Elementwise, FunctionsAgainstTheirFormulas) {
  struct Function {
    const char *op;
    std::map<std::string, Attribute> attributes;
    double (*formula)(double);
  };
  const Function functions[] = {
      {"Gelu", {}, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
      {"Gelu",
       {{"approximate", std::string("tanh")}},
       [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
      {"Mish", {}, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {"Celu", {{"alpha", 2.0f}}, [](double x) { return std::max(x, 0.0) + std::min(0.0, 2 * (std::exp(x / 2) - 1)); }},
      {"HardSwish", {}, [](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }},
      {"Shrink", {{"bias", 0.5f}, {"lambd", 1.0f}}, [](double x) { return x < -1  ? x + 0.5
                                                                          : x > 1 ? x - 0.5
                                                                                  : 0; }},
  };
  for (const Function &function : functions)
    for (const float x : {-4.0f, -1.0f, -0.25f, 0.0f, 0.5f, 5.0f}) {
      const double found = values<float>(resultOf(step(function.op, 1, function.attributes), {floats({1}, {x})}))[0],
                   expected = function.formula(x);
      EXPECT_NEAR(found, expected, 1e-6 * std::max(1.0, std::abs(expected))) << function.op << " at " << x;
    }
  EXPECT_THAT(errorOf(step("Gelu", 1, {{"approximate", std::string("fast")}}), {floats({1}, {1})}),
              HasSubstr("attribute \"approximate\" is \"fast\"; none, tanh are supported"));
}

TEST(Elementwise, IntegersInAbsNegAndSignWrap) {
  EXPECT_EQ(resultOf(step("Abs", 1), {bytes({3}, {-128, -5, 5})}), bytes({3}, {-128, 5, 5}));
  EXPECT_EQ(resultOf(step("Neg", 1), {integers({2}, {INT64_MIN, 4})}), integers({2}, {INT64_MIN, -4}));
  EXPECT_EQ(resultOf(step("Sign", 1), {tensorOf<uint8_t>({2}, {0, 200})}), tensorOf<uint8_t>({2}, {0, 1}));
  EXPECT_THAT(errorOf(step("Neg", 1), {tensorOf<bool>({1}, {true})}), HasSubstr("input is bool [1]; it must be float32, int64"));
}

TEST(Elementwise, SlopesBroadcastOneWayOnly) {
  EXPECT_EQ(resultOf(step("PRelu", 2), {floats({2, 2}, {-1, 2, -3, -4}), floats({2}, {0.5f, 2})}), floats({2, 2}, {-0.5f, 2, -1.5f, -8}));
  EXPECT_THAT(errorOf(step("PRelu", 2), {floats({2}, {1, 2}), floats({2, 2}, {1, 2, 3, 4})}),
              HasSubstr("the slope is float32 [2, 2], which does not broadcast to [2]"));
}

TEST(Elementwise, TestsOfInfinity) {
  const Tensor x = floats({3}, {-infinity, 0, infinity});
  EXPECT_EQ(resultOf(step("IsInf", 1, {{"detect_negative", int64_t(0)}}), {x}), tensorOf<bool>({3}, {false, false, true}));
  EXPECT_EQ(resultOf(step("IsNaN", 1), {floats({2}, {nan, infinity})}), tensorOf<bool>({2}, {true, false}));
}

TEST(Elementwise, SmallIntegersWrapAndCompare) {
  EXPECT_EQ(resultOf(step("Add", 2), {bytes({2}, {127, -128}), bytes({}, {1})}), bytes({2}, {-128, -127}));
  EXPECT_EQ(resultOf(step("Div", 2), {bytes({2}, {-128, 7}), bytes({2}, {-1, -2})}), bytes({2}, {-128, -3}));
  EXPECT_EQ(resultOf(step("Greater", 2), {tensorOf<uint8_t>({1}, {200}), tensorOf<uint8_t>({1}, {100})}), tensorOf<bool>({1}, {true}));
}

} // namespace
} // namespace softdpu
