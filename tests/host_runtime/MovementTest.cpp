//===- MovementTest.cpp - Host operators that move, pick and place data ------------------===//

#include "HostSteps.h"

#include <gmock/gmock.h>

namespace softdpu {
namespace {

using namespace test;
using testing::HasSubstr;

HostStep pad(std::string mode, size_t inputs = 2) { return step("Pad", inputs, {{"mode", std::move(mode)}}); }

TEST(Movement, SplitTakesLengthsFromInputAttributeOrNumber) {
  const Tensor data = floats({5}, {1, 2, 3, 4, 5});
  const std::vector<Tensor> parts{floats({2}, {1, 2}), floats({2}, {3, 4}), floats({1}, {5})};
  EXPECT_EQ(run(step("Split", 2, {}, 3), {data, integers({3}, {2, 2, 1})}).value(), parts);
  EXPECT_EQ(run(step("Split", 1, {{"split", std::vector<int64_t>{2, 2, 1}}}, 3), {data}).value(), parts);
  EXPECT_EQ(run(step("Split", 1, {{"num_outputs", int64_t(3)}}, 3), {data}).value(), parts);
  EXPECT_EQ(run(step("Split", 1, {{"axis", int64_t(1)}}, 2), {floats({2, 2}, {1, 2, 3, 4})}).value(),
            (std::vector<Tensor>{floats({2, 1}, {1, 3}), floats({2, 1}, {2, 4})}));
  EXPECT_THAT(errorOf(step("Split", 1, {}, 2), {data}), HasSubstr("dimension 0 of float32 [5] does not divide into 2 equal parts"));
  EXPECT_THAT(errorOf(step("Split", 2, {}, 2), {data, integers({2}, {2, 2})}), HasSubstr("lengths [2, 2] do not divide dimension 0"));
  EXPECT_THAT(errorOf(step("Split", 2, {}, 2), {data, integers({2}, {-1, 6})}), HasSubstr("do not divide"));
  EXPECT_THAT(errorOf(step("Split", 2, {}, 2), {data, integers({1}, {5})}), HasSubstr("1 lengths for 2 outputs"));
  EXPECT_THAT(errorOf(step("Split", 1, {{"num_outputs", int64_t(3)}}, 2), {data}),
              HasSubstr("attribute \"num_outputs\" is 3 for 2 outputs"));
}

TEST(Movement, PadModes) {
  const Tensor data = integers({3}, {1, 2, 3}), pads = integers({2}, {4, 5});
  EXPECT_EQ(resultOf(pad("constant"), {data, integers({2}, {1, 2})}), integers({6}, {0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(resultOf(pad("constant", 3), {data, integers({2}, {1, 0}), integers({}, {7})}), integers({4}, {7, 1, 2, 3}));
  EXPECT_EQ(resultOf(pad("edge"), {data, integers({2}, {2, 1})}), integers({6}, {1, 1, 1, 2, 3, 3}));
  EXPECT_EQ(resultOf(pad("reflect"), {data, pads}), integers({12}, {1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(resultOf(pad("wrap"), {data, pads}), integers({12}, {3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2}));
  EXPECT_EQ(resultOf(pad("reflect"), {integers({1}, {9}), integers({2}, {1, 2})}), integers({4}, {9, 9, 9, 9}));
  EXPECT_EQ(resultOf(pad("edge"), {data, integers({2}, {-1, 1})}), integers({3}, {2, 3, 3})); // Negative pads take away.
}

TEST(Movement, PadAlongSomeAxesAndOfNothing) {
  const Tensor none = floats({}, {0}), last = integers({1}, {-1});
  EXPECT_EQ(resultOf(step("Pad", 4), {floats({2, 1}, {1, 2}), integers({2}, {1, 0}), none, last}), floats({2, 2}, {0, 1, 0, 2}));
  EXPECT_EQ(resultOf(pad("constant"), {integers({0}, {}), integers({2}, {1, 1})}), integers({2}, {0, 0}));
  EXPECT_THAT(errorOf(pad("edge"), {integers({0}, {}), integers({2}, {1, 1})}), HasSubstr("has nothing along axis 0 to pad with"));
  EXPECT_THAT(errorOf(pad("edge"), {integers({1}, {1}), integers({2}, {-2, 0})}), HasSubstr("has a negative size"));
  EXPECT_THAT(errorOf(pad("edge"), {integers({1}, {1}), integers({3}, {1, 1, 1})}), HasSubstr("3 pads for 1 axes; two for each"));
  EXPECT_THAT(errorOf(pad("edge"), {integers({1}, {1}), integers({2}, {INT64_MIN, INT64_MAX})}),
              HasSubstr("-4294967296 to 4294967296 are supported"));
  EXPECT_THAT(errorOf(pad("mirror"), {integers({1}, {1}), integers({2}, {1, 1})}),
              HasSubstr("attribute \"mode\" is \"mirror\"; constant, edge"));
  EXPECT_THAT(errorOf(pad("constant", 3), {integers({1}, {1}), integers({2}, {1, 1}), none}), HasSubstr("one int64 is expected"));
}

TEST(Movement, TileRepeatsEachDimension) {
  EXPECT_EQ(resultOf(step("Tile", 2), {integers({2, 2}, {1, 2, 3, 4}), integers({2}, {1, 2})}), integers({2, 4}, {1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(resultOf(step("Tile", 2), {integers({2}, {1, 2}), integers({1}, {0})}), integers({0}, {}));
  EXPECT_EQ(resultOf(step("Tile", 2), {integers({}, {5}), integers({0}, {})}), integers({}, {5}));
  EXPECT_THAT(errorOf(step("Tile", 2), {integers({2}, {1, 2}), integers({2}, {1, 1})}), HasSubstr("2 repeats for int64 [2]; one for each"));
  EXPECT_THAT(errorOf(step("Tile", 2), {integers({2}, {1, 2}), integers({1}, {-1})}), HasSubstr("cannot be repeated -1 times"));
}

TEST(Movement, FlattenAtEveryAxis) {
  const Tensor data = integers({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  const auto flat = [&](int64_t axis) { return resultOf(step("Flatten", 1, {{"axis", axis}}), {data}).shape; };
  EXPECT_EQ(flat(0), (std::vector<int64_t>{1, 6}));
  EXPECT_EQ(flat(-1), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(flat(3), (std::vector<int64_t>{6, 1}));
  EXPECT_THAT(errorOf(step("Flatten", 1, {{"axis", int64_t(4)}}), {data}), HasSubstr("axis 4 of a tensor with 3 dimensions"));
}

TEST(Movement, ElementsByIndices) {
  const Tensor data = integers({2, 3}, {1, 2, 3, 4, 5, 6}), axis1 = integers({2, 1}, {-1, 0});
  const std::map<std::string, Attribute> along{{"axis", int64_t(1)}};
  EXPECT_EQ(resultOf(step("GatherElements", 2, along), {data, axis1}), integers({2, 1}, {3, 4}));
  EXPECT_EQ(resultOf(step("GatherElements", 2, along), {data, integers({0, 1}, {})}), integers({0, 1}, {}));
  EXPECT_THAT(errorOf(step("GatherElements", 2, along), {data, integers({2, 1}, {3, 0})}),
              HasSubstr("index 3 is out of range for a dimension of 3"));
  EXPECT_THAT(errorOf(step("GatherElements", 2, along), {data, integers({3, 1}, {0, 0, 0})}),
              HasSubstr("which is more than int64 [2, 3] has"));
  const auto scatter = [&](std::string how) {
    return resultOf(step("ScatterElements", 3, {{"axis", int64_t(1)}, {"reduction", std::move(how)}}),
                    {data, integers({1, 2}, {0, 0}), integers({1, 2}, {10, 20})});
  };
  EXPECT_EQ(scatter("none"), integers({2, 3}, {20, 2, 3, 4, 5, 6}));
  EXPECT_EQ(scatter("add"), integers({2, 3}, {31, 2, 3, 4, 5, 6}));
  EXPECT_EQ(scatter("mul"), integers({2, 3}, {200, 2, 3, 4, 5, 6}));
  EXPECT_EQ(scatter("max"), integers({2, 3}, {20, 2, 3, 4, 5, 6}));
  EXPECT_EQ(scatter("min"), integers({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(
      errorOf(step("ScatterElements", 3, {{"reduction", std::string("xor")}}), {data, integers({1, 1}, {0}), integers({1, 1}, {0})}),
      HasSubstr("attribute \"reduction\" is \"xor\"; none, add, mul, max, min are supported"));
  EXPECT_THAT(errorOf(step("ScatterElements", 3), {data, integers({1, 1}, {0}), integers({1}, {0})}),
              HasSubstr("updates are int64 [1]; int64 [1, 1]"));
  const Tensor truth = tensorOf<bool>({1}, {true});
  EXPECT_THAT(errorOf(step("ScatterElements", 3, {{"reduction", std::string("add")}}), {truth, integers({1}, {0}), truth}),
              HasSubstr("the data is bool; reduction \"add\" is supported for float32"));
}

TEST(Movement, SlicesByIndices) {
  const Tensor data = integers({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(resultOf(step("GatherND", 2), {data, integers({1, 1}, {-1})}), integers({1, 2}, {3, 4}));
  EXPECT_EQ(resultOf(step("GatherND", 2), {data, integers({0, 1}, {})}), integers({0, 2}, {}));
  EXPECT_EQ(resultOf(step("GatherND", 2, {{"batch_dims", int64_t(1)}}), {data, integers({2, 1}, {1, 0})}), integers({2}, {2, 3}));
  EXPECT_THAT(errorOf(step("GatherND", 2), {data, integers({1, 3}, {0, 0, 0})}), HasSubstr("which do not address int64 [2, 2]"));
  EXPECT_THAT(errorOf(step("GatherND", 2, {{"batch_dims", int64_t(1)}}), {data, integers({1, 1}, {0})}),
              HasSubstr("the first 1 dimensions must be equal"));
  EXPECT_THAT(errorOf(step("GatherND", 2, {{"batch_dims", int64_t(-1)}}), {data, integers({1, 1}, {0})}),
              HasSubstr("\"batch_dims\" is -1"));
  EXPECT_EQ(resultOf(step("ScatterND", 3), {data, integers({1, 1}, {1}), integers({1, 2}, {8, 9})}), integers({2, 2}, {1, 2, 8, 9}));
  EXPECT_THAT(errorOf(step("ScatterND", 3), {data, integers({1, 1}, {1}), integers({1, 1}, {8})}),
              HasSubstr("updates are int64 [1, 1]; int64 [1, 2] is expected"));
  EXPECT_THAT(errorOf(step("ScatterND", 3), {data, integers({1, 1}, {2}), integers({1, 2}, {8, 9})}), HasSubstr("index 2 is out of range"));
}

TEST(Movement, Ranges) {
  EXPECT_EQ(resultOf(step("Range", 3), {integers({}, {5}), integers({}, {0}), integers({}, {-2})}), integers({3}, {5, 3, 1}));
  EXPECT_EQ(resultOf(step("Range", 3), {integers({}, {INT64_MIN}), integers({}, {INT64_MAX}), integers({}, {INT64_MAX})}),
            integers({3}, {INT64_MIN, -1, INT64_MAX - 1}));
  EXPECT_EQ(resultOf(step("Range", 3), {floats({}, {1}), floats({}, {0}), floats({}, {-0.25f})}), floats({4}, {1, 0.75f, 0.5f, 0.25f}));
  EXPECT_EQ(resultOf(step("Range", 3), {integers({}, {5}), integers({}, {5}), integers({}, {1})}), integers({0}, {}));
  EXPECT_THAT(errorOf(step("Range", 3), {integers({}, {0}), integers({}, {1}), integers({}, {0})}), HasSubstr("the step is 0"));
  EXPECT_THAT(errorOf(step("Range", 3), {integers({}, {0}), integers({}, {INT64_MAX}), integers({}, {1})}), HasSubstr("too many elements"));
  EXPECT_THAT(errorOf(step("Range", 3), {integers({2}, {0, 0}), integers({}, {1}), integers({}, {1})}),
              HasSubstr("input 0 is int64 [2]; a scalar"));
}

TEST(Movement, OneHotIgnoresWhatIsOutOfRange) {
  const Tensor pair = floats({2}, {-1, 1});
  EXPECT_EQ(resultOf(step("OneHot", 3), {integers({3}, {1, -2, 2}), integers({}, {2}), pair}), floats({3, 2}, {-1, 1, 1, -1, -1, -1}));
  EXPECT_EQ(resultOf(step("OneHot", 3, {{"axis", int64_t(0)}}), {integers({3}, {1, 0, 1}), integers({}, {2}), pair}),
            floats({2, 3}, {-1, 1, -1, 1, -1, 1}));
  EXPECT_EQ(resultOf(step("OneHot", 3), {integers({}, {1}), integers({}, {0}), pair}), floats({0}, {}));
  EXPECT_THAT(errorOf(step("OneHot", 3), {integers({}, {1}), integers({}, {-1}), pair}), HasSubstr("one number, 0 or more, is expected"));
  EXPECT_THAT(errorOf(step("OneHot", 3), {integers({}, {1}), integers({}, {1}), floats({1}, {1})}),
              HasSubstr("the off value and the on value"));
}

TEST(Movement, NonZeroPositions) {
  EXPECT_EQ(resultOf(step("NonZero", 1), {floats({2, 2}, {0, 1, -0.0f, 2})}), integers({2, 2}, {0, 1, 1, 1}));
  EXPECT_EQ(resultOf(step("NonZero", 1), {integers({2}, {0, 0})}), integers({1, 0}, {}));
  EXPECT_EQ(resultOf(step("NonZero", 1), {integers({}, {3})}), integers({0, 1}, {})); // As ONNX says of a scalar.
}

TEST(Movement, RunningSumsAndReversedSequences) {
  const auto sums = [](int64_t exclusive, int64_t reverse, int64_t axis) {
    return resultOf(step("CumSum", 2, {{"exclusive", exclusive}, {"reverse", reverse}}),
                    {floats({2, 3}, {1, 2, 3, 4, 5, 6}), integers({}, {axis})});
  };
  EXPECT_EQ(sums(0, 0, 1), floats({2, 3}, {1, 3, 6, 4, 9, 15}));
  EXPECT_EQ(sums(1, 0, -1), floats({2, 3}, {0, 1, 3, 0, 4, 9}));
  EXPECT_EQ(sums(0, 1, 0), floats({2, 3}, {5, 7, 9, 4, 5, 6}));
  EXPECT_EQ(sums(1, 1, 1), floats({2, 3}, {5, 3, 0, 11, 6, 0}));
  EXPECT_THAT(errorOf(step("CumSum", 2), {floats({1}, {1}), integers({2}, {0, 0})}), HasSubstr("the axis is int64 [2]"));
  EXPECT_THAT(errorOf(step("CumSum", 2), {tensorOf<bool>({1}, {true}), integers({}, {0})}),
              HasSubstr("input is bool [1]; it must be float32, int64 or int32"));
  const Tensor data = integers({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(resultOf(step("ReverseSequence", 2), {data, integers({2}, {2, 3})}), integers({3, 2}, {3, 6, 1, 4, 5, 2}));
  EXPECT_THAT(errorOf(step("ReverseSequence", 2), {data, integers({2}, {2, 4})}), HasSubstr("a sequence of 4 steps; 0 to 3 are expected"));
  EXPECT_THAT(errorOf(step("ReverseSequence", 2), {data, integers({1}, {2})}), HasSubstr("1 sequence_lens for a batch of 2"));
  EXPECT_THAT(errorOf(step("ReverseSequence", 2, {{"time_axis", int64_t(1)}}), {data, integers({2}, {2, 2})}),
              HasSubstr("0 and 1, in either order"));
}

TEST(Movement, Triangles) {
  EXPECT_EQ(resultOf(step("Trilu", 2), {integers({2, 2}, {1, 2, 3, 4}), integers({}, {INT64_MAX})}), integers({2, 2}, {0, 0, 0, 0}));
  EXPECT_EQ(resultOf(step("Trilu", 2, {{"upper", int64_t(0)}}), {integers({2, 2}, {1, 2, 3, 4}), integers({}, {-1})}),
            integers({2, 2}, {0, 0, 3, 0}));
  EXPECT_THAT(errorOf(step("Trilu", 1), {integers({2}, {1, 2})}), HasSubstr("input is int64 [2]; a matrix"));
  EXPECT_THAT(errorOf(step("Trilu", 2), {integers({1, 1}, {1}), floats({}, {1})}), HasSubstr("k is float32 []; one int64"));
}

TEST(Movement, DropoutPassesDataAndAFullMask) {
  const auto result = run(step("Dropout", 1, {}, 2), {floats({2}, {1, 2})});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ((*result)[0], floats({2}, {1, 2}));
  EXPECT_EQ((*result)[1], tensorOf<bool>({2}, {true, true}));
}

} // namespace
} // namespace softdpu
