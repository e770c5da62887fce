//===- ReductionTest.cpp - Host operators over axes, at their edges ----------------------===//

#include "HostSteps.h"

#include <cmath>
#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

constexpr float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
const std::vector<const char *> reductions = {"ReduceL1",   "ReduceL2",  "ReduceLogSum", "ReduceLogSumExp", "ReduceMax",
                                              "ReduceMean", "ReduceMin", "ReduceProd",   "ReduceSum",       "ReduceSumSquare"};

TEST(Reduction, NothingGivesTheNeutralElement) {
  const std::map<std::string, float> expected = {
      {"ReduceL1", 0},          {"ReduceL2", 0},         {"ReduceLogSum", -infinity}, {"ReduceLogSumExp", -infinity},
      {"ReduceMax", -infinity}, {"ReduceMin", infinity}, {"ReduceProd", 1},           {"ReduceSum", 0},
      {"ReduceSumSquare", 0}};
  for (const auto &[op, value] : expected)
    EXPECT_EQ(resultOf(step(op, 2), {floats({2, 0}, {}), integers({1}, {1})}), floats({2, 1}, {value, value})) << op;
  EXPECT_TRUE(std::isnan(values<float>(resultOf(step("ReduceMean", 1), {floats({0}, {})}))[0]));
  EXPECT_EQ(resultOf(step("ReduceMax", 1), {tensorOf<int8_t>({0}, {})}), tensorOf<int8_t>({1}, {-128}));
  EXPECT_EQ(resultOf(step("ReduceSum", 2), {floats({0, 2}, {}), integers({1}, {1})}), floats({0, 1}, {}));
}

TEST(Reduction, NanReachesTheResult) {
  for (const char *op : reductions) {
    const Tensor result = resultOf(step(op, 2), {floats({2, 2}, {1, nan, 2, 3}), integers({1}, {1})});
    EXPECT_TRUE(std::isnan(values<float>(result)[0])) << op;
    EXPECT_FALSE(std::isnan(values<float>(result)[1])) << op;
  }
}

TEST(Reduction, AxesAndShapes) {
  const Tensor data = integers({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const auto sum = [&](std::vector<int64_t> axes, int64_t keep) {
    return resultOf(step("ReduceSum", 1, {{"axes", std::move(axes)}, {"keepdims", keep}}), {data});
  };
  EXPECT_EQ(sum({0, -1}, 1), integers({1, 1, 1}, {21}));
  EXPECT_EQ(sum({0}, 0), integers({1, 3}, {5, 7, 9}));
  EXPECT_EQ(sum({2}, 0), integers({2, 1}, {6, 15}));
  EXPECT_EQ(sum({1}, 0), integers({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(resultOf(step("ReduceSum", 1, {{"keepdims", int64_t(0)}}), {data}), integers({}, {21}));
  EXPECT_EQ(resultOf(step("ReduceSum", 2, {{"noop_with_empty_axes", int64_t(1)}}), {data, integers({0}, {})}), data);
  EXPECT_EQ(resultOf(step("ReduceProd", 1), {integers({}, {7})}), integers({}, {7}));
  EXPECT_THAT(errorOf(step("ReduceSum", 2), {data, integers({1}, {3})}), HasSubstr("axis 3 of a tensor with 3 dimensions"));
  EXPECT_THAT(errorOf(step("ReduceMean", 1), {data}), HasSubstr("input is int64 [2, 1, 3]; it must be float32"));
  EXPECT_THAT(errorOf(step("ReduceLogSumExp", 1), {data}), HasSubstr("input is int64 [2, 1, 3]; it must be float32"));
}

TEST(Reduction, IntegersWrapAndSumsAreExact) {
  EXPECT_EQ(resultOf(step("ReduceSum", 1), {integers({2}, {INT64_MAX, 1})}), integers({1}, {INT64_MIN}));
  EXPECT_EQ(resultOf(step("ReduceL1", 1), {tensorOf<int32_t>({2}, {-5, 3})}), tensorOf<int32_t>({1}, {8}));
  EXPECT_EQ(resultOf(step("ReduceMin", 1), {tensorOf<uint8_t>({2}, {200, 7})}), tensorOf<uint8_t>({1}, {7}));
  EXPECT_EQ(resultOf(step("ReduceSum", 1), {floats({3}, {1e8f, 1, -1e8f})}), floats({1}, {1})); // float32 sums would lose the 1.
}

TEST(Reduction, LogSumExpDoesNotOverflow) {
  EXPECT_NEAR(values<float>(resultOf(step("ReduceLogSumExp", 1), {floats({2}, {1000, 1000})}))[0], 1000 + std::log(2.0), 1e-4);
  EXPECT_EQ(resultOf(step("ReduceLogSumExp", 1), {floats({2}, {-infinity, -infinity})}), floats({1}, {-infinity}));
  EXPECT_EQ(resultOf(step("ReduceLogSumExp", 1), {floats({2}, {infinity, 0})}), floats({1}, {infinity}));
}

TEST(Selection, ArgumentsOfEqualElementsAndNan) {
  const auto last = [](const char *op) { return step(op, 1, {{"select_last_index", int64_t(1)}}); };
  EXPECT_EQ(resultOf(step("ArgMax", 1), {floats({3}, {2, 1, 2})}), integers({1}, {0}));
  EXPECT_EQ(resultOf(last("ArgMax"), {floats({3}, {2, 1, 2})}), integers({1}, {2}));
  EXPECT_EQ(resultOf(last("ArgMin"), {tensorOf<int8_t>({3}, {-1, -1, 0})}), integers({1}, {1}));
  for (const char *op : {"ArgMax", "ArgMin"}) {
    EXPECT_EQ(resultOf(step(op, 1), {floats({4}, {1, nan, nan, 0})}), integers({1}, {1})) << op; // As numpy.
    EXPECT_EQ(resultOf(last(op), {floats({4}, {1, nan, nan, 0})}), integers({1}, {2})) << op;
  }
  EXPECT_EQ(resultOf(step("ArgMax", 1, {{"axis", int64_t(-1)}, {"keepdims", int64_t(0)}}), {floats({0, 2}, {})}), integers({0}, {}));
  EXPECT_THAT(errorOf(step("ArgMax", 1), {floats({0, 2}, {})}), HasSubstr("input is float32 [0, 2], which has nothing along axis 0"));
  EXPECT_THAT(errorOf(step("ArgMin", 1), {tensorOf<bool>({1}, {true})}), HasSubstr("input is bool [1]; it must be float32"));
}

TEST(Selection, TopKIsStableAndPutsNanFirst) {
  const auto top = [](const Tensor &data, int64_t k, int64_t largest) {
    const auto result = run(step("TopK", 2, {{"largest", largest}, {"axis", int64_t(0)}}, 2), {data, integers({1}, {k})});
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(std::vector<Tensor>(2));
  };
  EXPECT_EQ(top(floats({4}, {1, 3, 3, 2}), 3, 1), (std::vector<Tensor>{floats({3}, {3, 3, 2}), integers({3}, {1, 2, 3})}));
  EXPECT_EQ(top(floats({3}, {1, nan, 2}), 2, 0), (std::vector<Tensor>{floats({2}, {1, 2}), integers({2}, {0, 2})}));
  EXPECT_EQ(top(floats({3}, {1, nan, 2}), 2, 1)[1], integers({2}, {1, 2}));
  EXPECT_EQ(top(integers({2, 2}, {1, 4, 3, 2}), 1, 1), (std::vector<Tensor>{integers({1, 2}, {3, 4}), integers({1, 2}, {1, 0})}));
  EXPECT_EQ(top(floats({2}, {1, 2}), 0, 1), (std::vector<Tensor>{floats({0}, {}), integers({0}, {})}));
  EXPECT_THAT(errorOf(step("TopK", 2, {}, 2), {floats({2}, {1, 2}), integers({1}, {3})}),
              HasSubstr("K is 3 for dimension 0 of float32 [2]"));
  EXPECT_THAT(errorOf(step("TopK", 2, {}, 2), {floats({2}, {1, 2}), floats({1}, {1})}), HasSubstr("K is float32 [1]; one int64"));
}

} // namespace
} // namespace softdpu
