//===- DeepBenchTest.cpp - Layers are checked against the functional engine --------------===//

#include "DeepBench.h"
#include "FaultyEngine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu::tools {
namespace {

#ifdef SOFTDPU_HAS_COMPILER
LayerResult resultWith(Fault fault) {
  Progress progress;
  LayerSettings settings;
  settings.compile.arch = "tiny";
  settings.makeEngine = [fault](EngineKind kind, const Arch &arch) -> Expected<std::unique_ptr<Engine>> {
    return std::make_unique<FaultyEngine>(createFunctionalEngine(arch), kind, kind == EngineKind::Functional ? Fault() : fault);
  };
  const auto run = runLayer({deepbench::Cell::Gru, 8}, 4, settings, progress);
  EXPECT_TRUE(run && run->result) << (run ? run->refusal : run.error().message);
  return run && run->result ? *run->result : LayerResult{};
}

TEST(Layer, EqualValuesNeedNoEvents) {
  const LayerResult result = resultWith({});
  EXPECT_EQ(result.valuesCompared, 4u * 8);
  EXPECT_EQ(result.mismatchedValues, 0u);
  EXPECT_FALSE(result.divergence);
}

/// The second vector that goes to NetOut is that of step 1; the first event that differs is the second write-back of the run.
TEST(Layer, WrongValueIsLocated) {
  const LayerResult result = resultWith({.value = true, .cycles = 0, .failure = false, .oneTime = false});
  EXPECT_EQ(result.mismatchedValues, 1u);
  EXPECT_THAT(result.firstMismatch, testing::StartsWith("step 1, element 3: expected "));
  ASSERT_TRUE(result.divergence);
  EXPECT_EQ(result.divergence->expectedEngine, "functional");
  EXPECT_EQ(result.divergence->foundEngine, "systemc");
  EXPECT_EQ(result.divergence->lane, 3u);
  EXPECT_TRUE(result.divergence->pc);
  EXPECT_NE(result.divergence->expected, result.divergence->found);
}
#endif

} // namespace
} // namespace softdpu::tools
