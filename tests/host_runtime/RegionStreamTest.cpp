//===- RegionStreamTest.cpp - Order, padding and checks of what streams to the DPU -------===//

#include "RegionStream.h"

#include "softdpu/host_runtime/Tensors.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Native vectors of 2 values: small enough to write streams down.
Arch arch() {
  Arch result;
  result.nativeDim = 2;
  return result;
}

DpuRegion region() {
  return {.name = "r",
          .entryPoint = 0,
          .stepsFrom = "x",
          .stateInputs = {{"h", 3, 0}},
          .sequenceInputs = {{"x", 1, 0}, {"late", 2, 1}},
          .sequenceOutputs = {{"y", 1, 2}, {"z", 2, 0}},
          .finalOutputs = {{"hn", 3, 0}}};
}

std::vector<float> floatsOf(std::span<const Half> halves) {
  std::vector<float> result;
  for (const Half half : halves)
    result.push_back(halfToFloat(half));
  return result;
}

// Two steps, batch of two. Row b of a step is sequence b.
const Tensor h = tensorOf<float>({2, 3}, {1, 2, 3, 4, 5, 6});
const Tensor x = tensorOf<float>({2, 2, 1}, {10, 11, 20, 21});
const Tensor late = tensorOf<float>({2, 2, 2}, {110, 111, 120, 121, 210, 211, 220, 221});

TEST(RegionStream, StatesThenStepsWithLagAndPadding) {
  const DpuRegion given = region();
  const Arch device = arch();
  auto stream = RegionStream::create(given, device, {&h, &x, &late});
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->steps(), 2u);
  EXPECT_EQ(stream->batch(), 2u);
  EXPECT_THAT(floatsOf(stream->pack(0).value()), ElementsAre(1, 2, 3, 0, /*i=0*/ 10, 0, /*i=1*/ 20, 0, 110, 111, /*i=2*/ 210, 211));
  EXPECT_THAT(floatsOf(stream->pack(1).value()), ElementsAre(4, 5, 6, 0, /*i=0*/ 11, 0, /*i=1*/ 21, 0, 120, 121, /*i=2*/ 220, 221));
}

TEST(RegionStream, NoStepsAreStatesOnly) {
  const DpuRegion given = region();
  const Arch device = arch();
  const Tensor noX = tensorOf<float>({0, 2, 1}, {}), noLate = tensorOf<float>({0, 2, 2}, {});
  auto stream = RegionStream::create(given, device, {&h, &noX, &noLate});
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->steps(), 0u);
  EXPECT_EQ(stream->batch(), 2u);
  const HalfBuffer netIn = stream->pack(1).value();
  EXPECT_THAT(floatsOf(netIn), ElementsAre(4, 5, 6, 0));
  ASSERT_TRUE(stream->unpack(0, netIn));
  ASSERT_TRUE(stream->unpack(1, netIn));
  const auto outputs = stream->takeOutputs();
  EXPECT_EQ(outputs[0].shape, (std::vector<int64_t>{0, 2, 1}));
  EXPECT_EQ(outputs[2], tensorOf<float>({2, 3}, {4, 5, 6, 4, 5, 6}));
}

TEST(RegionStream, UnpackIsTheInverseForOutputs) {
  const DpuRegion given = region();
  const Arch device = arch();
  auto stream = RegionStream::create(given, device, {&h, &x, &late});
  ASSERT_TRUE(stream) << stream.error().message;
  for (const int b : {0, 1}) {
    HalfBuffer netOut;
    // z 0, z 1, y 0, y 1, hn; the second value of a padded y, and the fourth of hn, are to be dropped.
    for (const float value : {1.f, 2.f, 3.f, 4.f, 5.f, 99.f, 6.f, 99.f, 7.f, 8.f, 9.f, 99.f})
      netOut.push_back(halfFromFloat(value + float(100 * b)));
    const auto unpacked = stream->unpack(uint64_t(b), netOut);
    ASSERT_TRUE(unpacked) << unpacked.error().message;
  }
  const auto outputs = stream->takeOutputs();
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_EQ(outputs[0], tensorOf<float>({2, 2, 1}, {5, 105, 6, 106}));
  EXPECT_EQ(outputs[1], tensorOf<float>({2, 2, 2}, {1, 2, 101, 102, 3, 4, 103, 104}));
  EXPECT_EQ(outputs[2], tensorOf<float>({2, 3}, {7, 8, 9, 107, 108, 109}));
}

TEST(RegionStream, ForeignAmountOfOutputIsAnError) {
  const DpuRegion given = region();
  const Arch device = arch();
  auto stream = RegionStream::create(given, device, {&h, &x, &late});
  ASSERT_TRUE(stream);
  EXPECT_THAT(stream->unpack(0, HalfBuffer(10)).error().message, HasSubstr("returned 5 native vectors, expected 6"));
}

TEST(RegionStream, NonFiniteValuesAreNamed) {
  const DpuRegion given = region();
  const Arch device = arch();
  const Tensor bad = tensorOf<float>({2, 2, 1}, {10, 11, INFINITY, 21});
  auto stream = RegionStream::create(given, device, {&h, &bad, &late});
  ASSERT_TRUE(stream);
  EXPECT_THAT(stream->pack(0).error().message, HasSubstr("\"x\" has inf at index 2"));
}

TEST(RegionStream, SaturationIsCounted) {
  const DpuRegion given = region();
  const Arch device = arch();
  const Tensor large = tensorOf<float>({2, 2, 1}, {65519, 11, -1e9f, 21});
  auto stream = RegionStream::create(given, device, {&h, &large, &late});
  ASSERT_TRUE(stream);
  const auto netIn = floatsOf(stream->pack(0).value());
  EXPECT_EQ(netIn[4], 65504);
  EXPECT_EQ(netIn[6], -65504);
  EXPECT_EQ(stream->saturated(), 1u); // 65519 rounds to 65504; -1e9 does not.
}

TEST(RegionStream, ShapesMustAgree) {
  const DpuRegion given = region();
  const Arch device = arch();
  const auto error = [&](const Tensor &state, const Tensor &sequence) {
    return RegionStream::create(given, device, {&state, &sequence, &late}).error().message;
  };
  EXPECT_THAT(error(tensorOf<float>({1, 3}, {1, 2, 3}), x),
              HasSubstr("\"h\" is float32 [1, 3], expected 6 values (2 sequences of 3 features)"));
  EXPECT_THAT(error(h, tensorOf<float>({2, 0, 1}, {})), HasSubstr("\"x\" is float32 [2, 0, 1], expected [T, sequences, 1]"));
  EXPECT_THAT(error(h, tensorOf<float>({}, {1})), HasSubstr("expected [T, sequences, 1]"));
  EXPECT_THAT(error(h, tensorOf<int64_t>({1}, {1})), HasSubstr("\"x\" is int64 [1], expected float32"));
}

TEST(RegionStream, MalformedRegionsAreRefused) {
  DpuRegion given = region();
  given.stateInputs[0].features = 0;
  EXPECT_THAT(checkRegion(given).error().message, HasSubstr("\"h\" has 0 features"));
  given = region();
  given.sequenceOutputs[0].lag = UINT32_MAX;
  EXPECT_THAT(checkRegion(given).error().message, HasSubstr("\"y\" lags by 4294967295 steps"));
  given = region();
  given.stepsFrom = "h";
  EXPECT_THAT(checkRegion(given).error().message, HasSubstr("none of its sequence inputs"));
  EXPECT_TRUE(checkRegion(region()));
}

} // namespace
} // namespace softdpu
