//===- QuantisedTest.cpp - Host operators on eight-bit integers --------------------------===//

#include "HostSteps.h"

#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

Tensor int8s(std::vector<int64_t> shape, std::initializer_list<int8_t> data) { return tensorOf<int8_t>(std::move(shape), data); }
Tensor uint8s(std::vector<int64_t> shape, std::initializer_list<uint8_t> data) { return tensorOf<uint8_t>(std::move(shape), data); }
Tensor int32s(std::vector<int64_t> shape, std::initializer_list<int32_t> data) { return tensorOf<int32_t>(std::move(shape), data); }

constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();

TEST(Quantised, RoundsToEvenThenShiftsThenSaturates) {
  const Tensor x = floats({8}, {0.5f, 1.5f, -0.5f, -1.5f, 300, -300, infinity, -infinity});
  EXPECT_EQ(resultOf(step("QuantizeLinear", 3), {x, floats({}, {1}), int8s({}, {1})}), int8s({8}, {1, 3, 1, -1, 127, -128, 127, -128}));
  EXPECT_EQ(resultOf(step("QuantizeLinear", 2), {x, floats({1}, {1})}), uint8s({8}, {0, 2, 0, 0, 255, 0, 255, 0}));
  EXPECT_EQ(resultOf(step("QuantizeLinear", 2), {int32s({2}, {5, -5}), floats({}, {2})}), uint8s({2}, {2, 0}));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 2), {floats({2}, {0, nan}), floats({}, {1})}), HasSubstr("element 1 is NaN"));
}

TEST(Quantised, OneScaleForEachIndexOfAnAxis) {
  const std::map<std::string, Attribute> rows{{"axis", int64_t(-2)}};
  const Tensor x = floats({2, 3}, {1, 2, 3, 10, 20, 30}), scales = floats({2}, {1, 10});
  const Tensor q = int8s({2, 3}, {1, 2, 3, 2, 3, 4}), zeros = int8s({2}, {0, 1});
  EXPECT_EQ(resultOf(step("QuantizeLinear", 3, rows), {x, scales, zeros}), q);
  EXPECT_EQ(resultOf(step("DequantizeLinear", 3, rows), {q, scales, zeros}), x);
  EXPECT_EQ(resultOf(step("QuantizeLinear", 2, rows), {floats({0, 3}, {}), floats({0}, {})}), uint8s({0, 3}, {}));
  EXPECT_EQ(resultOf(step("DequantizeLinear", 2), {int32s({1}, {INT32_MIN}), floats({}, {0.5f})}), floats({1}, {-0x1p30f}));

  EXPECT_THAT(errorOf(step("QuantizeLinear", 2), {x, scales}),
              HasSubstr("the scale is float32 [2]; one number, or 3 for dimension 1, is supported"));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 3, rows), {x, scales, int8s({}, {0})}), HasSubstr("equal types and sizes are expected"));
  EXPECT_THAT(errorOf(step("DequantizeLinear", 3, rows), {q, scales, uint8s({2}, {0, 0})}),
              HasSubstr("equal types and sizes are expected"));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 2), {x, floats({}, {0})}), HasSubstr("a scale is 0; positive numbers are supported"));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 2), {x, integers({}, {1})}), HasSubstr("the scale is int64 []; float32 is supported"));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 2), {integers({1}, {1}), floats({}, {1})}),
              HasSubstr("input is int64 [1]; it must be float32 or int32"));
  EXPECT_THAT(errorOf(step("QuantizeLinear", 3), {x, floats({}, {1}), int32s({}, {0})}),
              HasSubstr("the zero point is int32 []; it must be uint8 or int8"));
  EXPECT_THAT(errorOf(step("DequantizeLinear", 2), {x, floats({}, {1})}), HasSubstr("it must be uint8, int8 or int32"));
}

TEST(Quantised, DynamicScalesCoverZero) {
  const auto dynamic = [](const Tensor &x) { return run(step("DynamicQuantizeLinear", 1, {}, 3), {x}).value(); };
  EXPECT_EQ(dynamic(floats({2}, {51, 102})), (std::vector<Tensor>{uint8s({2}, {128, 255}), floats({}, {0.4f}), uint8s({}, {0})}));
  EXPECT_EQ(dynamic(floats({2}, {-255, 0})), (std::vector<Tensor>{uint8s({2}, {0, 255}), floats({}, {1}), uint8s({}, {255})}));
  EXPECT_EQ(dynamic(floats({2}, {0, 0})), (std::vector<Tensor>{uint8s({2}, {0, 0}), floats({}, {1}), uint8s({}, {0})}));
  EXPECT_EQ(dynamic(floats({0}, {})), (std::vector<Tensor>{uint8s({0}, {}), floats({}, {1}), uint8s({}, {0})}));
  EXPECT_THAT(errorOf(step("DynamicQuantizeLinear", 1, {}, 3), {floats({1}, {infinity})}), HasSubstr("input has the range 0 to inf"));
}

TEST(Quantised, IntegerProductsAreExact) {
  // Sums of pairs of products would leave 16 bits here.
  Tensor a = makeTensor(ElementType::UInt8, {1, 4000}).value(), b = makeTensor(ElementType::Int8, {4000, 1}).value();
  std::ranges::fill(values<uint8_t>(a), uint8_t(255));
  std::ranges::fill(values<int8_t>(b), int8_t(-128));
  EXPECT_EQ(resultOf(step("MatMulInteger", 2), {a, b}), int32s({1, 1}, {4000 * 255 * -128}));
  const Tensor c = int8s({2, 2}, {1, 2, 3, 4}), d = uint8s({2, 2}, {1, 0, 0, 1});
  EXPECT_EQ(resultOf(step("MatMulInteger", 4), {c, d, int8s({2}, {1, 2}), uint8s({2}, {0, 1})}), int32s({2, 2}, {0, 0, 1, -1}));
  EXPECT_EQ(resultOf(step("MatMulInteger", 2), {int8s({2}, {1, 2}), d}), int32s({2}, {1, 2}));
  EXPECT_EQ(resultOf(step("MatMulInteger", 2), {int8s({1, 0}, {}), int8s({0, 2}, {})}), int32s({1, 2}, {0, 0}));
  EXPECT_THAT(errorOf(step("MatMulInteger", 2), {c, floats({2, 2}, {1, 2, 3, 4})}), HasSubstr("both must be uint8 or int8"));
  EXPECT_THAT(errorOf(step("MatMulInteger", 3), {c, d, int8s({3}, {1, 2, 3})}),
              HasSubstr("input 2 (a zero point) is int8 [3]; int8 of one number or 2"));
  EXPECT_THAT(errorOf(step("MatMulInteger", 3), {c, d, uint8s({}, {1})}),
              HasSubstr("input 2 (a zero point) is uint8 []; int8 of one number"));
  EXPECT_THAT(errorOf(step("MatMulInteger", 2), {c, int8s({1, 2}, {1, 2})}), HasSubstr("the inner dimensions differ"));
}

TEST(Quantised, ProductsAreRequantised) {
  const auto product = [](float scale, int8_t zero) {
    return run(step("QLinearMatMul", 8), {int8s({1, 2}, {10, 20}), floats({}, {0.5f}), int8s({}, {0}), int8s({2, 1}, {4, 3}),
                                          floats({1}, {0.5f}), int8s({}, {1}), floats({}, {scale}), int8s({}, {zero})});
  };
  EXPECT_EQ(product(4, 1)->front(), int8s({1, 1}, {5})); // 70 / 16 = 4.375
  EXPECT_EQ(product(0.01f, 0)->front(), int8s({1, 1}, {127}));
  EXPECT_THAT(product(0, 0).error().message, HasSubstr("the scales are 0.5, 0.5 and 0; positive numbers are supported"));
  EXPECT_THAT(errorOf(step("QLinearMatMul", 8), {int8s({1, 1}, {1}), floats({2}, {1, 1}), int8s({}, {0}), int8s({1, 1}, {1}),
                                                 floats({}, {1}), int8s({}, {0}), floats({}, {1}), int8s({}, {0})}),
              HasSubstr("input 1 (a scale) is float32 [2]; one float32 is supported"));
  EXPECT_THAT(errorOf(step("QLinearMatMul", 8), {int8s({1, 1}, {1}), floats({}, {1}), int8s({}, {0}), int8s({1, 1}, {1}), floats({}, {1}),
                                                 int8s({}, {0}), floats({}, {1}), int32s({}, {0})}),
              HasSubstr("input 7 (the zero point of y) is int32 []; one uint8 or int8 is supported"));
}

} // namespace
} // namespace softdpu
