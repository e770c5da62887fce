//===- RandomTest.cpp - The cycle model computes what the golden engine computes ---------===//

#include "TestSupport.h"

#include "softdpu/simulator/RandomProgram.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

/// Beat and WriteBack events without their cycles.
std::vector<std::pair<uint32_t, uint32_t>> beatsOf(const Recorder &recorder, Event::Kind kind) {
  std::vector<std::pair<uint32_t, uint32_t>> beats;
  for (const Event &event : recorder.events)
    if (event.kind == kind)
      beats.emplace_back(event.pc, event.index);
  return beats;
}

class RandomPrograms : public testing::TestWithParam<const char *> {};

TEST_P(RandomPrograms, GiveTheBitsOfTheFunctionalEngine) {
  const Arch arch = archOf(GetParam());
  const auto golden = createFunctionalEngine(arch);
  const auto systemc = createSystemCEngine(arch);
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(replayCommand(arch, seed));
    const Expected<RandomProgram> program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    ASSERT_TRUE(golden->loadInstructions(program->words));
    ASSERT_TRUE(systemc->loadInstructions(program->words));
    for (const RandomRun &run : program->runs) {
      Recorder goldenEvents, systemcEvents;
      RunOptions options = run.options();
      options.observer = &goldenEvents;
      const auto expected = golden->run(run.entryPoint, run.netIn, run.weights, options);
      ASSERT_TRUE(expected) << expected.error().message;
      options.observer = &systemcEvents;
      const auto found = systemc->run(run.entryPoint, run.netIn, run.weights, options);
      ASSERT_TRUE(found) << found.error().message;
      ASSERT_EQ(found->netOut, expected->netOut);
      ASSERT_EQ(beatsOf(systemcEvents, Event::Kind::Beat), beatsOf(goldenEvents, Event::Kind::Beat));
      ASSERT_EQ(systemcEvents.values, goldenEvents.values);
    }
  }
}

TEST_P(RandomPrograms, TakeTheSameCyclesWithoutData) {
  const Arch arch = archOf(GetParam());
  const auto engine = createSystemCEngine(arch);
  for (uint64_t seed = 100; seed < 110; ++seed) {
    SCOPED_TRACE(replayCommand(arch, seed));
    const Expected<RandomProgram> program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    ASSERT_TRUE(engine->loadInstructions(program->words));
    for (const RandomRun &run : program->runs) {
      Recorder withData, without;
      RunOptions options = run.options();
      options.observer = &withData;
      const auto expected = engine->run(run.entryPoint, run.netIn, run.weights, options);
      ASSERT_TRUE(expected) << expected.error().message;
      options.observer = &without;
      options.timingOnly = true;
      const auto found = engine->run(run.entryPoint, run.netIn, run.weights, options);
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_EQ(found->counters, expected->counters);
      EXPECT_EQ(without.events, withData.events);
      EXPECT_TRUE(found->netOut.empty());
    }
  }
}

/// Each cycle of each unit is either busy, or stalled for one reason, or has an empty queue.
TEST_P(RandomPrograms, CountEveryCycleAtMostOnce) {
  const Arch arch = archOf(GetParam());
  const auto engine = createSystemCEngine(arch);
  for (uint64_t seed = 200; seed < 220; ++seed) {
    SCOPED_TRACE(replayCommand(arch, seed));
    const Expected<RandomProgram> program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    ASSERT_TRUE(engine->loadInstructions(program->words));
    for (const RandomRun &run : program->runs) {
      Recorder recorder;
      RunOptions options = run.options();
      options.observer = &recorder;
      const auto result = engine->run(run.entryPoint, run.netIn, run.weights, options);
      ASSERT_TRUE(result) << result.error().message;
      const Counters &c = result->counters;
      EXPECT_LE(c.sequencerEntries + c.sequencerStallDecode + c.sequencerStallQueue + c.sequencerStallIdle, c.cycles);
      EXPECT_LE(c.loaderBusy + c.loaderStallBuffer + c.loaderStallNetIn + c.loaderStallRaw, c.cycles);
      EXPECT_LE(c.mvmBusy + c.mvmStallColumns + c.mvmStallAccumulator, c.cycles);
      EXPECT_LE(c.beatBusy + c.beatStallMvm + c.beatStallBypass + c.beatStallRaw + c.beatStallNetOut, c.cycles);
      EXPECT_EQ(c.beatBusy, recorder.cycles(Event::Kind::Beat).size());
      EXPECT_EQ(c.beatBusy, recorder.cycles(Event::Kind::WriteBack).size());
      EXPECT_EQ(c.loaderBusy, recorder.cycles(Event::Kind::Load).size());
      EXPECT_EQ(c.mvmBusy, recorder.cycles(Event::Kind::Pass).size() * arch.chunksPerTile());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, RandomPrograms, testing::Values("tiny", "small", "odd", "edge"),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
