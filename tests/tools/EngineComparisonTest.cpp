//===- EngineComparisonTest.cpp - Differences are counted and located --------------------===//
//
// The engines compared are functional ones with a planted fault, so that the answer is known.
//
//===-------------------------------------------------------------------------------------===//

#include "EngineComparison.h"
#include "FaultyEngine.h"

#include "softdpu/isa/Chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu::tools {
namespace {

using testing::HasSubstr;

class EngineComparisonTest : public testing::Test {
protected:
  Expected<EngineComparison> compare(std::vector<EngineKind> kinds, Fault fault, bool recordAll = false) {
    const Stimulus stimulus{.arch = arch,
                            .words = words,
                            .debug = debug,
                            .runs = {{.entryPoint = 0, .netIn = netIn, .weights = {}, .options = {}, .isLoad = false}}};
    const auto factory = [&](EngineKind kind, const Arch &device) -> Expected<std::unique_ptr<Engine>> {
      return std::make_unique<FaultyEngine>(createFunctionalEngine(device), kind, kind == kinds.back() ? fault : Fault());
    };
    return compareEngines(stimulus, kinds, recordAll, progress, factory);
  }

  Arch arch = loadArch("tiny").value();
  std::vector<uint64_t> words = assemble("s_wr rows, 3\nv_rd netin\nv_tanh mfu0\nv_wr netout\nend_chain\nhalt\n", "test").value();
  std::vector<DebugRange> debug{{0, 6, "squash", "/model/Tanh"}};
  HalfBuffer netIn = HalfBuffer(24, halfFromFloat(0.5f));
  Progress progress;
};

TEST_F(EngineComparisonTest, EqualEnginesAgree) {
  for (const bool recordAll : {false, true}) {
    const auto result = compare({EngineKind::Functional, EngineKind::SystemC, EngineKind::Rtl}, {}, recordAll);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_TRUE(result->agrees());
    EXPECT_EQ(result->valuesCompared, 48u);
    EXPECT_EQ(result->engines.size(), 3u);
  }
}

TEST_F(EngineComparisonTest, WrongValueIsLocated) {
  for (const bool recordAll : {false, true}) {
    const auto result = compare({EngineKind::Functional, EngineKind::SystemC},
                                Fault{.value = true, .cycles = 0, .failure = false, .oneTime = false}, recordAll);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_FALSE(result->agrees());
    EXPECT_EQ(result->mismatchedValues, 1u);
    ASSERT_TRUE(result->divergence);
    EXPECT_EQ(result->divergence->expectedEngine, "functional");
    EXPECT_EQ(result->divergence->foundEngine, "systemc");
    EXPECT_EQ(result->divergence->index, 1u);
    EXPECT_EQ(result->divergence->lane, 3u);
    EXPECT_EQ(result->divergence->node, "/model/Tanh");
    EXPECT_NE(result->divergence->expected, result->divergence->found);
  }
}

TEST_F(EngineComparisonTest, CyclesOfTimedEnginesAreCompared) {
  const auto timed =
      compare({EngineKind::SystemC, EngineKind::Rtl}, Fault{.value = false, .cycles = 2, .failure = false, .oneTime = false});
  ASSERT_TRUE(timed) << timed.error().message;
  EXPECT_EQ(timed->cycleDifference, 2u);
  EXPECT_EQ(timed->mismatchedValues, 0u);
  EXPECT_FALSE(timed->agrees());
  ASSERT_TRUE(timed->divergence);
  EXPECT_TRUE(
      compare({EngineKind::Functional, EngineKind::Rtl}, Fault{.value = false, .cycles = 2, .failure = false, .oneTime = false})->agrees());
}

TEST_F(EngineComparisonTest, FailureOfALaterEngineIsADifference) {
  const auto result =
      compare({EngineKind::Functional, EngineKind::Rtl}, Fault{.value = false, .cycles = 0, .failure = true, .oneTime = false});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->agrees());
  EXPECT_THAT(result->divergence->what, HasSubstr("no unit can progress"));
  EXPECT_FALSE(compare({EngineKind::Functional}, Fault{.value = false, .cycles = 0, .failure = true, .oneTime = false}));
}

TEST_F(EngineComparisonTest, DifferenceThatDoesNotRepeatIsStillReported) {
  const auto result =
      compare({EngineKind::SystemC, EngineKind::Rtl}, Fault{.value = false, .cycles = 1, .failure = false, .oneTime = true});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->agrees());
  ASSERT_TRUE(result->divergence);
}

} // namespace
} // namespace softdpu::tools
