//===- ScheduleTest.cpp - The schedule is that of the cycle model, reasons included ------===//

#include "softdpu/simulator/Schedule.h"
#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/RandomProgram.h"
#include "softdpu/simulator/Trace.h"

#include <gtest/gtest.h>
#include <set>

using namespace softdpu;

namespace {

/// Counters by name where they differ, for messages.
std::string differences(const Counters &a, const Counters &b) {
  std::string text = a.cycles == b.cycles ? "" : "cycles";
  for (unsigned i = 0; i < stallCauses; ++i)
    if (const StallInfo &info = stallInfo(StallCause(i)); a.*info.counter != b.*info.counter)
      text += std::string(", ") + std::string(unitName(info.unit)) + " " + std::string(info.name);
  return text;
}

/// Runs with timing only. \returns the counters; the events go to `recording`.
Expected<Counters> countedRun(Engine &engine, const RandomRun &run, Recording &recording) {
  RunOptions options = run.options();
  options.timingOnly = true;
  options.observer = &recording;
  const auto result = engine.run(run.entryPoint, run.netIn, run.weights, options);
  if (!result)
    return tl::unexpected(result.error());
  return result->counters;
}

Expected<Schedule> scheduleOf(const RandomProgram &program, const RandomRun &run, const CycleRules &rules) {
  return scheduleRun({program.words, run.entryPoint, run.scalars, run.netIn.size() / rules.arch.nativeDim, run.pauses}, rules);
}

class RandomSchedules : public testing::TestWithParam<const char *> {};

/// Every event of every unit in its cycle, and every stalled cycle with its cause, host pauses included.
TEST_P(RandomSchedules, AgreeWithTheCycleModel) {
  const Arch arch = loadArch(GetParam()).value();
  const CycleRules rules(arch);
  const auto engine = createSystemCEngine(arch);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(replayCommand(arch, seed));
    const auto program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    ASSERT_TRUE(engine->loadInstructions(program->words));
    for (const RandomRun &run : program->runs) {
      Recording recording(0);
      const auto counters = countedRun(*engine, run, recording);
      ASSERT_TRUE(counters) << counters.error().message;
      const auto schedule = scheduleOf(*program, run, rules);
      ASSERT_TRUE(schedule) << schedule.error().message;
      ASSERT_TRUE(schedule->complete);
      const auto agrees = checkSchedule(*schedule, rules, recording.events(), true);
      ASSERT_TRUE(agrees) << agrees.error().message;
      EXPECT_EQ(schedule->counters, *counters) << differences(schedule->counters, *counters);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, RandomSchedules, testing::Values("tiny", "small", "odd", "edge"),
                         [](const auto &info) { return std::string(info.param); });

/// A number of the cycle rules that is not the machine's shows in some random program: what the comparison above cannot see, it would not
/// hold.
TEST(OtherRules, AreNoticed) {
  struct Change {
    const char *name;
    void (*apply)(CycleRules &rules);
  };
  constexpr Change changes[] = {
      {"head queue", [](CycleRules &rules) { ++rules.headQueueDepth; }},
      {"mvm queue", [](CycleRules &rules) { ++rules.mvmQueueDepth; }},
      {"tail queue", [](CycleRules &rules) { ++rules.tailQueueDepth; }},
      {"issue registers", [](CycleRules &rules) { ++rules.issueRegisters; }},
      {"mvm registers", [](CycleRules &rules) { ++rules.mvmRegisters; }},
      {"entry", [](CycleRules &rules) { ++rules.entryLatency; }},
      {"dispatch", [](CycleRules &rules) { ++rules.dispatchLatency; }},
      {"idle", [](CycleRules &rules) { ++rules.idleLatency; }},
      {"last beat of weights", [](CycleRules &rules) { ++rules.matrixDoneLatency; }},
      {"bypass", [](CycleRules &rules) { ++rules.bypassDepth; }},
      {"columns", [](CycleRules &rules) { ++rules.columnLatency; }},
      {"engines", [](CycleRules &rules) { ++rules.engineLatency; }},
      {"entry of the MFUs", [](CycleRules &rules) { ++rules.mfuEntry; }},
      {"write-back", [](CycleRules &rules) { ++rules.writeBack; }},
      {"add operand", [](CycleRules &rules) { ++rules.addRead[1]; }},
      {"multiply operand", [](CycleRules &rules) { ++rules.multiplyRead[1]; }},
  };
  const Arch arch = loadArch("tiny").value();
  const auto engine = createSystemCEngine(arch);
  std::set<std::string> unnoticed;
  for (const Change &change : changes)
    unnoticed.insert(change.name);
  for (uint64_t seed = 1; seed <= 60 && !unnoticed.empty(); ++seed) {
    const auto program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program && engine->loadInstructions(program->words));
    for (const RandomRun &run : program->runs) {
      Recording recording(0);
      const auto counters = countedRun(*engine, run, recording);
      ASSERT_TRUE(counters) << counters.error().message;
      for (const Change &change : changes) {
        CycleRules rules(arch);
        change.apply(rules);
        const auto schedule = scheduleOf(*program, run, rules);
        if (!schedule || !checkSchedule(*schedule, rules, recording.events(), true) || schedule->counters != *counters)
          unnoticed.erase(change.name);
      }
    }
  }
  for (const std::string &name : unnoticed)
    ADD_FAILURE() << name;
}

class Reasons : public testing::Test {
protected:
  Schedule of(std::string_view text, uint64_t netInVectors, size_t limit = defaultDecisions) {
    const auto words = assemble(text, "test").value();
    auto schedule = scheduleRun({words, 0, {}, netInVectors}, CycleRules(arch), limit);
    EXPECT_TRUE(schedule) << (schedule ? "" : schedule.error().message);
    return schedule ? std::move(*schedule) : Schedule{};
  }

  const Arch arch = loadArch("tiny").value();
  const Timing timing = timingOf(arch);
};

// A vector that goes through MFU0's adder and comes back as its operand.
TEST_F(Reasons, ABeatWaitsForItsOperand) {
  const Schedule schedule =
      of("v_rd netin\n v_wr addsub0[0]\n end_chain\n v_rd netin\n vv_add addsub0[0]\n v_wr netout\n end_chain\n halt", 2);
  const auto &beats = schedule.of(Unit::Beat);
  ASSERT_EQ(beats.size(), 2u);
  EXPECT_EQ(beats[1].link, Link::AddOperand);
  EXPECT_EQ(beats[1].prior, 0u);
  EXPECT_EQ(beats[1].cycle, beats[0].cycle + timing.writeBack - timing.addRead(0));
}

TEST_F(Reasons, APassWaitsForItsColumnThenForTheOneBefore) {
  const Schedule schedule = of("s_wr rows, 2\n s_wr cols, 2\n v_rd netin\n mv_mul mrf[0], group=2\n v_wr netout\n end_chain\n halt", 2);
  const auto &passes = schedule.of(Unit::Mvm);
  ASSERT_EQ(passes.size(), 2u);
  EXPECT_EQ(passes[0].link, Link::Columns);
  EXPECT_EQ(passes[0].prior, 1u); // Both columns in one pass.
  EXPECT_EQ(passes[1].link, Link::MvmBusy);
}

TEST_F(Reasons, TheBeginningOfALongRunIsEnough) {
  const Schedule schedule = of("loop 1000\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt", 1000, 200);
  EXPECT_FALSE(schedule.complete);
  EXPECT_GE(schedule.of(Unit::Beat).size(), 20u);
}

TEST_F(Reasons, TooFewVectorsAreAnError) {
  const auto words = assemble("loop 3\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt", "test").value();
  const auto schedule = scheduleRun({words, 0, {}, 2}, CycleRules(arch));
  ASSERT_FALSE(schedule);
  EXPECT_EQ(schedule.error().message, "the program takes more than the 2 vectors that NetIn gets");
}

} // namespace
