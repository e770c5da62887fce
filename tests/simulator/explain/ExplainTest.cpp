//===- ExplainTest.cpp - The cycles of a step are attributed, all of them ----------------===//

#include "softdpu/simulator/Explain.h"
#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/Trace.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace softdpu;

namespace {

/// Eight columns, one pass for each.
const std::string manyPasses = "s_wr rows, 2\n s_wr cols, 8\n v_rd netin\n mv_mul mrf[0]\n v_wr addsub0[0]\n end_chain";

class Explain : public testing::Test {
protected:
  struct Ran {
    std::vector<uint64_t> words;
    ScheduledRun run;
    Recording recording{0};
    Counters counters;
  };

  /// Runs `body` in a loop on the cycle model, without data.
  static std::unique_ptr<Ran> runLoop(const std::string &body, unsigned steps, uint64_t vectorsPerStep, const Arch &arch) {
    auto ran = std::make_unique<Ran>();
    ran->words = assemble("loop " + std::to_string(steps) + "\n" + body + "\n end_loop\n halt", "test").value();
    ran->run = {.words = ran->words, .netInVectors = steps * vectorsPerStep};
    const auto engine = createSystemCEngine(arch);
    EXPECT_TRUE(engine->loadInstructions(ran->words));
    RunOptions options;
    options.timingOnly = true;
    options.observer = &ran->recording;
    const HalfBuffer netIn(ran->run.netInVectors * arch.nativeDim);
    const auto result = engine->run(0, netIn, {}, options);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    if (result)
      ran->counters = result->counters;
    return ran;
  }

  Explanation explain(const std::string &body, unsigned steps = 40, uint64_t vectorsPerStep = 1) const {
    const auto ran = runLoop(body, steps, vectorsPerStep, arch);
    const std::vector<DebugRange> debug{{1, 100, "the chain", "node"}};
    const auto explanation = explainRun(ran->run, arch, debug, ran->recording.events(), true);
    EXPECT_TRUE(explanation) << (explanation ? "" : explanation.error().message);
    if (!explanation)
      return {};
    expectSums(*explanation);
    return *explanation;
  }

  /// Units, segments and activities of the issue points each account for every cycle.
  static void expectSums(const Explanation &explanation) {
    const auto cyclesOf = [](const auto &parts) {
      return std::accumulate(parts.begin(), parts.end(), uint64_t(0), [](uint64_t sum, const auto &part) { return sum + part.cycles; });
    };
    EXPECT_EQ(cyclesOf(explanation.units), explanation.pathCycles);
    EXPECT_EQ(cyclesOf(explanation.path), explanation.pathCycles);
    EXPECT_DOUBLE_EQ(explanation.cyclesPerStep() * double(explanation.pathSteps), double(explanation.pathCycles));
    for (const UnitActivity &activity : explanation.activity)
      EXPECT_EQ(activity.busy + activity.empty + std::accumulate(activity.stalls.begin(), activity.stalls.end(), uint64_t(0)),
                explanation.pathCycles)
          << unitName(activity.unit);
  }

  static uint64_t cyclesIn(const Explanation &explanation, std::string_view unit) {
    uint64_t cycles = 0;
    for (const PathUnit &part : explanation.units)
      cycles += part.unit == unit ? part.cycles : 0;
    return cycles;
  }

  const Arch arch = loadArch("tiny").value();
  const Timing timing = timingOf(arch);
};

// A running sum: each step reads in mfu0 what the step before writes.
TEST_F(Explain, ALoopThroughAnOperandIsBoundByDependency) {
  const Explanation explanation = explain("v_rd netin\n vv_add addsub0[0]\n v_tanh mfu0\n v_wr addsub0[0]\n end_chain");
  EXPECT_EQ(explanation.bound, Spent::Dependency);
  EXPECT_EQ(explanation.cyclesPerStep(), timing.writeBack - timing.addRead(0));
  EXPECT_EQ(cyclesIn(explanation, "mfu0.add"), timing.addLatency * explanation.pathSteps);
  EXPECT_EQ(cyclesIn(explanation, "mfu0.activation"), timing.activationLatency * explanation.pathSteps);
  const auto unused = std::ranges::find(explanation.units, "mfu1.activation", &PathUnit::unit);
  ASSERT_NE(unused, explanation.units.end());
  EXPECT_EQ(unused->unused, unused->cycles);
  ASSERT_FALSE(explanation.path.empty());
  EXPECT_EQ(explanation.path.front().link, Link::AddOperand);
  EXPECT_EQ(explanation.path.front().node, "node");
}

// The state of a step is the input of the next: the path goes through every unit.
TEST_F(Explain, ALoopThroughTheMatrixGoesThroughEveryUnit) {
  const Explanation explanation = explain("v_rd initial[0]\n mv_mul mrf[0]\n v_wr initial[0]\n end_chain", 40, 0);
  EXPECT_EQ(explanation.bound, Spent::Dependency);
  const uint64_t steps = explanation.pathSteps;
  EXPECT_EQ(cyclesIn(explanation, "converter"), timing.convertLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "broadcast"), timing.broadcastLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "multiply"), timing.dotLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "align"), timing.alignLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "box sum"), timing.boxSumLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "reduction"), timing.reduceLatency * steps);
  EXPECT_EQ(cyclesIn(explanation, "rounder"), timing.roundLatency * steps);
  // Reads and writes of memories are all that is left: nothing of a pipeline is hidden among them.
  for (const char *port : {"source read", "column write", "MRF read", "accumulate", "accumulator read"})
    EXPECT_EQ(cyclesIn(explanation, port), steps) << port;
}

TEST_F(Explain, ALargeMatrixIsBoundByCompute) {
  const Explanation explanation = explain(manyPasses, 40, 8);
  EXPECT_EQ(explanation.bound, Spent::Compute);
  EXPECT_EQ(explanation.cyclesPerStep(), 8 * arch.chunksPerTile());
  EXPECT_EQ(cyclesIn(explanation, "mvm"), explanation.pathCycles);
}

TEST_F(Explain, CopyingManyVectorsIsBoundByPorts) {
  const Explanation explanation = explain("s_wr rows, 8\n v_rd netin\n v_wr addsub0[0]\n end_chain", 40, 8);
  EXPECT_EQ(explanation.bound, Spent::Ports);
  EXPECT_EQ(explanation.cyclesPerStep(), 8);
}

// The latencies of the MFUs are on the path only because vectors in them hold places in NetOut.
TEST_F(Explain, AShallowNetOutIsBoundByPorts) {
  const Explanation explanation = explain("s_wr rows, 8\n v_rd netin\n v_wr netout\n end_chain", 40, 8);
  EXPECT_EQ(explanation.bound, Spent::Ports);
  EXPECT_GT(explanation.cyclesPerStep(), 8);
  ASSERT_FALSE(explanation.whatIf.empty());
  EXPECT_EQ(explanation.whatIf.front().change, "NetIn and NetOut twice as deep");
}

TEST_F(Explain, ShortChainsAreBoundByDispatch) {
  const Explanation explanation = explain("v_rd initial[0]\n v_wr addsub0[0]\n end_chain", 40, 0);
  EXPECT_EQ(explanation.bound, Spent::Dispatch);
  EXPECT_EQ(explanation.cyclesPerStep(), 2); // The chain and end_loop.
}

// What another machine would do is what the cycle model of that machine does.
TEST_F(Explain, WhatIfAgreesWithTheCycleModel) {
  const Explanation explanation = explain(manyPasses, 40, 8);
  const auto answer = std::ranges::find(explanation.whatIf, "twice the lanes", &WhatIf::change);
  ASSERT_NE(answer, explanation.whatIf.end());
  EXPECT_LT(answer->cyclesPerStep, explanation.cyclesPerStep());
  Arch changed = arch;
  changed.lanes *= 2;
  const uint64_t more = runLoop(manyPasses, 80, 8, changed)->counters.cycles, fewer = runLoop(manyPasses, 40, 8, changed)->counters.cycles;
  EXPECT_EQ(answer->cyclesPerStep, double(more - fewer) / 40);
}

TEST_F(Explain, TooFewStepsAreAnError) {
  const auto ran = runLoop("v_rd netin\n v_wr netout\n end_chain", 2, 1, arch);
  const auto explanation = explainRun(ran->run, arch, {}, ran->recording.events(), true);
  ASSERT_FALSE(explanation);
  EXPECT_EQ(explanation.error().message, "no loop has 4 iterations or more; run more steps");
}

TEST_F(Explain, EventsAgainstTheCycleRulesAreAnError) {
  const auto ran = runLoop("v_rd netin\n v_wr netout\n end_chain", 40, 1, arch);
  std::vector<Event> events(ran->recording.events().begin(), ran->recording.events().end());
  std::ranges::find(events, Event::Kind::Beat, &Event::kind)->cycle += 1;
  const auto explanation = explainRun(ran->run, arch, {}, events, true);
  ASSERT_FALSE(explanation);
  EXPECT_NE(explanation.error().message.find("beat 0 of the run is in cycle"), std::string::npos) << explanation.error().message;
}

} // namespace
