//===- TimingTest.cpp - Cycles computed by hand from docs/microarchitecture.md -----------===//
//
// All on `tiny`: N = 8, L = 4 (a pass takes 2 cycles), T = 2, three MFUs; ColumnLatency 8, EngineLatency 6, MfuEntry 6, WriteBack 45.
// A chain that is dispatched in c fires its first vector in c + 3.
//
//===-------------------------------------------------------------------------------------===//

#include "TestSupport.h"

#include "softdpu/isa/Timing.h"
#include "softdpu/isa/WeightStream.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

using Cycles = std::vector<uint64_t>;

class Timed : public testing::Test {
protected:
  TimedRun run(std::string_view text, unsigned netInVectors = 0, unsigned weightBeats = 0, RunOptions options = {}) {
    const std::vector<std::byte> weights(size_t(weightBeats) * weightBeatBytes(arch));
    return runOn(*engine, text, numbers(arch, netInVectors), weights, options);
  }

  const Arch arch = archOf("tiny");
  const std::unique_ptr<Engine> engine = createSystemCEngine(arch);
};

TEST_F(Timed, TinyHasTheLatenciesThatTheseTestsCountWith) {
  const Timing timing = timingOf(arch);
  EXPECT_EQ(timing.columnLatency, 8u);
  EXPECT_EQ(timing.engineLatency, 6u);
  EXPECT_EQ(timing.mfuEntry, 6u);
  EXPECT_EQ(timing.writeBack, 45u);
  EXPECT_EQ(arch.chunksPerTile(), 2u);
}

// halt is word 0: consumed in cycle 1, executed in cycle 2, which is the last.
TEST_F(Timed, HaltAlone) {
  const Counters counters = run("halt").result.counters;
  Counters expected;
  expected.cycles = 3;
  expected.sequencerEntries = 1;
  expected.sequencerStallDecode = 2;
  EXPECT_EQ(counters, expected);
}

// end_chain, word 2, is consumed in 3 and executed in 4; load in 7, beat in 8, written in 8 + 45; idle 46 cycles after the beat.
TEST_F(Timed, OneBypassVector) {
  const TimedRun timed = run("v_rd netin\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), Cycles{7});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), Cycles{8});
  EXPECT_EQ(timed.events.cycles(Event::Kind::WriteBack), Cycles{53});
  Counters expected;
  expected.cycles = 55;
  expected.loaderBusy = 1;
  expected.beatBusy = 1;
  expected.beatStallBypass = 1; // Cycle 7.
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 4; // Cycles 0..3.
  expected.sequencerStallIdle = 49;  // Cycles 5..53.
  EXPECT_EQ(timed.result.counters, expected);
}

// Load in 8, pass in 8 + 8, its last chunk in 17, beat in 17 + 6.
TEST_F(Timed, OneTile) {
  const TimedRun timed = run("v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), Cycles{8});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), Cycles{16});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), Cycles{23});
  EXPECT_EQ(timed.result.counters.cycles, 70u);
  EXPECT_EQ(timed.result.counters.mvmBusy, 2u);
  EXPECT_EQ(timed.result.counters.mvmStallColumns, 10u); // Cycles 6..15.
  EXPECT_EQ(timed.result.counters.beatStallMvm, 15u);    // Cycles 8..22.
}

// 2 x 3 tiles, both engines in one group: passes (row, column) = (0,0) (0,1) (1,0) (1,1).
TEST_F(Timed, RowOrderFinishesRowPassesEarly) {
  const TimedRun timed = run("s_wr rows, 2\n s_wr cols, 3\n v_rd netin\n mv_mul mrf[0], group=2\n v_wr netout\n end_chain\n halt", 3);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{10, 11, 12}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{19, 21, 23, 25})); // The first waits for column 1: 11 + 8.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{28, 32}));         // Last chunks in 22 and 26.
  EXPECT_EQ(timed.result.counters.cycles, 79u);
}

// Passes (0,0) (1,0) (0,1) (1,1).
TEST_F(Timed, ColumnOrderFinishesThemLate) {
  const TimedRun timed =
      run("s_wr rows, 2\n s_wr cols, 3\n v_rd netin\n mv_mul mrf[0], group=2, order=column\n v_wr netout\n end_chain\n halt", 3);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{19, 21, 23, 25}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{30, 32})); // Last chunks in 24 and 26.
}

// One engine per row tile: both rows in one pass, results one after another.
TEST_F(Timed, GroupsWorkOnDifferentRows) {
  const TimedRun timed = run("s_wr rows, 2\n v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), Cycles{17});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{24, 25}));
}

// 4 accumulator slots are enough as long as beats follow at once: that of row pass 0, in 26, returns its slot for row pass 4, in 27.
TEST_F(Timed, AccumulatorSlotsAreReturnedByTheLastBeatOfARowPass) {
  const TimedRun timed = run("s_wr rows, 6\n s_wr cols, 2\n v_rd netin\n mv_mul mrf[0], group=2\n v_wr initial[0]\n end_chain\n halt", 2);
  // Columns in 10, 11; pass r in 19 + 2r as long as there are slots; row pass r complete in 20 + 2r + 6.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{19, 21, 23, 25, 27, 29}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{26, 28, 30, 32, 34, 36}));
}

TEST_F(Timed, APassWaitsForAnAccumulatorSlot) {
  // Each beat reads what the one before wrote: MFU0's add operand, 40 cycles apart; so slots come back slowly.
  const TimedRun fill = run("s_wr rows, 8\n v_rd netin\n v_wr addsub0[0]\n end_chain\n halt", 8);
  ASSERT_EQ(fill.events.cycles(Event::Kind::Beat).size(), 8u);
  const TimedRun timed =
      run("s_wr rows, 6\n s_wr cols, 2\n v_rd netin\n mv_mul mrf[0], group=2\n vv_add addsub0[0]\n v_wr addsub0[1]\n end_chain\n halt", 2);
  // All is one cycle later than above, for one word more. Beat 0 in 27 returns the slot for row pass 4, beat 1 that for row pass 5.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{27, 67, 107, 147, 187, 227}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{20, 22, 24, 26, 28, 68}));
  EXPECT_EQ(timed.result.counters.mvmStallAccumulator, 38u); // Cycles 30..67.
}

// The host takes the vector written back in v + 45 in v + 46; the credit is usable in v + 47.
TEST_F(Timed, NetOutCreditsLimitBeats) {
  const TimedRun timed = run("s_wr rows, 9\n v_rd netin\n v_wr netout\n end_chain\n halt", 9);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{9, 10, 11, 12, 56, 57, 58, 59, 103}));
  EXPECT_EQ(timed.result.counters.beatStallNetOut, 86u);
}

// A 1 x 1 matrix is 8 rows of 2 beats. The entry is executed first in 4, beats are taken in 5..20, halt in 21.
TEST_F(Timed, MatrixLoad) {
  const Counters counters = run("m_rd\n m_wr mrf[0]\n end_chain\n halt", 0, 16).result.counters;
  Counters expected;
  expected.cycles = 22;
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 4;
  expected.sequencerStallIdle = 16; // Cycles 4..19.
  EXPECT_EQ(counters, expected);
}

// A jump costs nothing: chain and end_loop alternate. Words: loop 0, chain 1..3, end_loop 4, halt 5.
TEST_F(Timed, LoopRunsOutOfTheChainBuffer) {
  RunOptions options;
  options.scalars[3] = 3;
  const TimedRun timed = run("loop s3\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt", 3, 0, options);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{8, 10, 12}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{9, 11, 13}));
  EXPECT_EQ(timed.result.counters.cycles, 60u);
  EXPECT_EQ(timed.result.counters.sequencerEntries, 8u);
}

// loop in 2; chain and end_loop are skipped in 5 and 6, as soon as they are written; halt in 7.
TEST_F(Timed, LoopOfNoIterationsIsSkippedEntryByEntry) {
  const Counters counters = run("loop s3\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt").result.counters;
  Counters expected;
  expected.cycles = 8;
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 4; // Cycles 0, 1, 3, 4.
  EXPECT_EQ(counters, expected);
}

// Every chain reads what the one before writes, 46 cycles after that was loaded. Chain 1 waits in `current`, chain 2 in `next`, chains 3 to
// 6 in the head queue; chain 7 would be dispatched in 20, but its place is free in 56, after chain 1 has fired in 55.
TEST_F(Timed, TheIssueRegistersHoldTwoChainsMoreThanTheQueue) {
  RunOptions options;
  options.scalars[0] = 8;
  const TimedRun timed = run("loop s0\n v_rd initial[0]\n v_relu mfu0\n v_wr initial[0]\n end_chain\n end_loop\n halt", 0, 0, options);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{9, 55, 101, 147, 193, 239, 285, 331}));
  EXPECT_EQ(timed.result.counters.sequencerStallQueue, 36u); // Cycles 20..55.
}

// Chains are dispatched faster than the host sends vectors, and the head queue holds 4.
TEST_F(Timed, SequencerWaitsForRoomInAQueue) {
  RunOptions options;
  options.scalars[0] = 12;
  options.pauses = {.seed = 1, .netInRate = 240, .netOutRate = 0, .weightRate = 0};
  const TimedRun timed = run("loop s0\n v_rd netin\n v_wr initial[0]\n end_chain\n end_loop\n halt", 12, 0, options);
  EXPECT_GT(timed.result.counters.sequencerStallQueue, 0u);
  EXPECT_GT(timed.result.counters.loaderStallNetIn, 0u);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat).size(), 12u);
}

TEST_F(Timed, PausesOfTheHostDelayButDoNotChangeValues) {
  const std::string_view text = "s_wr rows, 20\n v_rd netin\n v_relu mfu1\n v_wr netout\n end_chain\n halt";
  const TimedRun smooth = run(text, 20);
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    RunOptions options;
    options.pauses = {.seed = seed, .netInRate = 128, .netOutRate = 200, .weightRate = 0};
    const TimedRun paused = run(text, 20, 0, options);
    EXPECT_EQ(paused.result.netOut, smooth.result.netOut);
    EXPECT_GT(paused.result.counters.cycles, smooth.result.counters.cycles);
    EXPECT_GT(paused.result.counters.beatStallNetOut, smooth.result.counters.beatStallNetOut);
  }
}

} // namespace
