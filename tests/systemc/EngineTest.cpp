//===- EngineTest.cpp - Engines as objects: many at once, lasting state, errors ----------===//

#include "TestSupport.h"

#include <thread>

using namespace softdpu;
using namespace softdpu::test;

namespace {

constexpr std::string_view copyOne = R"(
  s_wr rows, 1
  v_rd netin
  v_wr netout
  end_chain
  halt
)";
constexpr std::string_view keep = R"(
  s_wr rows, 2
  v_rd netin
  v_wr initial[3]
  v_wr addsub0[5]
  end_chain
  halt
)";
constexpr std::string_view recall = R"(
  s_wr rows, 2
  v_rd initial[3]
  vv_add addsub0[5]
  v_wr netout
  end_chain
  halt
)";

TEST(SystemCEngine, CopiesAVector) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  EXPECT_EQ(engine->name(), "systemc");
  EXPECT_EQ(engine->arch(), arch);
  const HalfBuffer in = numbers(arch, 1);
  EXPECT_EQ(runOn(*engine, copyOne, in).result.netOut, in);
}

TEST(SystemCEngine, KeepsMemoriesBetweenRunsAndPrograms) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  const HalfBuffer in = numbers(arch, 2);
  runOn(*engine, keep, in);
  const HalfBuffer out = runOn(*engine, recall).result.netOut;
  ASSERT_EQ(out.size(), in.size());
  for (size_t i = 0; i < in.size(); ++i)
    EXPECT_EQ(out[i], add(in[i], in[i]));
}

TEST(SystemCEngine, LivesBesideOthersOfOtherShapesAndIsNotDisturbed) {
  std::vector<std::unique_ptr<Engine>> engines;
  for (const char *name : {"tiny", "small", "odd", "tiny"}) {
    engines.push_back(createSystemCEngine(archOf(name)));
    runOn(*engines.back(), keep, numbers(engines.back()->arch(), 2)); // Engines are created after others ran.
  }
  const auto reference = runOn(*engines[0], recall);
  engines.erase(engines.begin() + 1); // And are destroyed while others live.
  const auto again = runOn(*engines[0], recall);
  const auto twin = runOn(*engines[2], recall);
  EXPECT_EQ(again.result.netOut, reference.result.netOut);
  EXPECT_EQ(again.result.counters, reference.result.counters);
  EXPECT_EQ(again.events.events, reference.events.events);
  EXPECT_EQ(twin.result.netOut, reference.result.netOut);
  EXPECT_EQ(twin.result.counters, reference.result.counters);
}

TEST(SystemCEngine, ComesAndGoesAThousandTimes) {
  const Arch arch = archOf("tiny");
  const HalfBuffer in = numbers(arch, 1);
  const auto first = createSystemCEngine(arch);
  const uint64_t cycles = runOn(*first, copyOne, in).result.counters.cycles;
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(runOn(*createSystemCEngine(arch), copyOne, in).result.counters.cycles, cycles);
}

TEST(SystemCEngine, MayBeUsedFromSeveralThreads) {
  const Arch arch = archOf("tiny");
  const HalfBuffer in = numbers(arch, 1);
  std::vector<HalfBuffer> out(4);
  std::vector<std::thread> threads;
  for (HalfBuffer &result : out)
    threads.emplace_back([&] {
      const auto engine = createSystemCEngine(arch);
      for (int i = 0; i < 20; ++i)
        result = runOn(*engine, copyOne, in).result.netOut;
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const HalfBuffer &result : out)
    EXPECT_EQ(result, in);
}

TEST(SystemCEngine, ReportsADeadlockWithWhatEachUnitWaitsForAndCanBeUsedAgain) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  ASSERT_TRUE(engine->loadInstructions(wordsOf(copyOne)));
  const auto stuck = engine->run(0, {}, {}, {});
  ASSERT_FALSE(stuck);
  EXPECT_NE(stuck.error().message.find("no progress"), std::string::npos) << stuck.error().message;
  EXPECT_NE(stuck.error().message.find("loader waits for NetIn"), std::string::npos) << stuck.error().message;
  EXPECT_NE(stuck.error().message.find("sequencer waits for an idle machine"), std::string::npos) << stuck.error().message;

  const HalfBuffer in = numbers(arch, 1);
  const auto again = engine->run(0, in, {}, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->netOut, in);
}

TEST(SystemCEngine, ReportsWhatIsLeftOver) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  ASSERT_TRUE(engine->loadInstructions(wordsOf(copyOne)));
  const auto result = engine->run(0, numbers(arch, 9), {}, {});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("8 of 9 NetIn vectors"), std::string::npos) << result.error().message;

  const HalfBuffer in = numbers(arch, 1);
  const auto again = engine->run(0, in, {}, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->netOut, in);
}

TEST(SystemCEngine, StopsAtTheCycleLimit) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  ASSERT_TRUE(engine->loadInstructions(wordsOf(copyOne)));
  const HalfBuffer in = numbers(arch, 1);
  const uint64_t cycles = runOn(*engine, copyOne, in).result.counters.cycles;
  RunOptions tooFew, enough;
  tooFew.cycleLimit = cycles - 1;
  enough.cycleLimit = cycles + 1;
  const auto stopped = engine->run(0, in, {}, tooFew);
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("limit of"), std::string::npos) << stopped.error().message;
  const auto finished = engine->run(0, in, {}, enough);
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finished->counters.cycles, cycles);
}

TEST(SystemCEngine, RefusesWhatIsNoProgram) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  EXPECT_FALSE(engine->run(0, {}, {}, {}));
  ASSERT_TRUE(engine->loadInstructions(std::vector<uint64_t>{0xFFFFFFFFFFFFFFFF}));
  EXPECT_FALSE(engine->run(0, {}, {}, {}));
  EXPECT_FALSE(engine->run(7, {}, {}, {}));
  EXPECT_FALSE(engine->loadInstructions(std::vector<uint64_t>(arch.instructionMemory + 1)));
  ASSERT_TRUE(engine->loadInstructions(wordsOf(copyOne)));
  EXPECT_FALSE(engine->run(0, HalfBuffer(arch.nativeDim + 1), {}, {}));
}

} // namespace
