//===- TimingTest.cpp - Cycles computed by hand from docs/microarchitecture.md -----------===//
//
// All on `tiny`: N = 8, L = 4 (a pass takes 2 cycles), T = 2, three MFUs; ColumnLatency 8, EngineLatency 6, MfuEntry 6, WriteBack 45.
// An entry that is decoded in c is executed in c + 3. A chain that is dispatched in c fires its first vector in c + 4, its first pass in
// c + 3 at the earliest. Halt is executed in v + 47 if the last beat fires in v.
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

// halt is word 0: consumed in cycle 1, executed in cycle 4, which is the last.
TEST_F(Timed, HaltAlone) {
  const Counters counters = run("halt").result.counters;
  Counters expected;
  expected.cycles = 5;
  expected.sequencerEntries = 1;
  expected.sequencerStallDecode = 4;
  EXPECT_EQ(counters, expected);
}

// end_chain, word 2, is consumed in 3 and executed in 6; load in 10, beat in 11, written in 11 + 45; halt is executed in 11 + 47.
TEST_F(Timed, OneBypassVector) {
  const TimedRun timed = run("v_rd netin\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), Cycles{10});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), Cycles{11});
  EXPECT_EQ(timed.events.cycles(Event::Kind::WriteBack), Cycles{56});
  Counters expected;
  expected.cycles = 59;
  expected.loaderBusy = 1;
  expected.beatBusy = 1;
  expected.beatStallBypass = 1; // Cycle 10.
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 6; // Cycles 0..5.
  expected.sequencerStallIdle = 51;  // Cycles 7..57.
  EXPECT_EQ(timed.result.counters, expected);
}

// Dispatched in 7; load in 11, pass in 11 + 8, its last chunk in 20, beat in 20 + 6.
TEST_F(Timed, OneTile) {
  const TimedRun timed = run("v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), Cycles{11});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), Cycles{19});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), Cycles{26});
  EXPECT_EQ(timed.result.counters.cycles, 74u);
  EXPECT_EQ(timed.result.counters.mvmBusy, 2u);
  EXPECT_EQ(timed.result.counters.mvmStallColumns, 9u); // Cycles 10..18; the command enters mvm issue in 9.
  EXPECT_EQ(timed.result.counters.beatStallMvm, 15u);   // Cycles 11..25.
}

// 2 x 3 tiles, both engines in one group: passes (row, column) = (0,0) (0,1) (1,0) (1,1).
TEST_F(Timed, RowOrderFinishesRowPassesEarly) {
  const TimedRun timed = run("s_wr rows, 2\n s_wr cols, 3\n v_rd netin\n mv_mul mrf[0], group=2\n v_wr netout\n end_chain\n halt", 3);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{13, 14, 15}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{22, 24, 26, 28})); // The first waits for column 1: 14 + 8.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{31, 35}));         // Last chunks in 25 and 29.
  EXPECT_EQ(timed.result.counters.cycles, 83u);
}

// Passes (0,0) (1,0) (0,1) (1,1).
TEST_F(Timed, ColumnOrderFinishesThemLate) {
  const TimedRun timed =
      run("s_wr rows, 2\n s_wr cols, 3\n v_rd netin\n mv_mul mrf[0], group=2, order=column\n v_wr netout\n end_chain\n halt", 3);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{22, 24, 26, 28}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{33, 35})); // Last chunks in 27 and 29.
}

// One engine per row tile: both rows in one pass, results one after another.
TEST_F(Timed, GroupsWorkOnDifferentRows) {
  const TimedRun timed = run("s_wr rows, 2\n v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", 1);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), Cycles{20});
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{27, 28}));
}

// 4 accumulator slots are enough as long as beats follow at once: that of row pass 0, in 29, returns its slot for row pass 4, in 30.
TEST_F(Timed, AccumulatorSlotsAreReturnedByTheLastBeatOfARowPass) {
  const TimedRun timed = run("s_wr rows, 6\n s_wr cols, 2\n v_rd netin\n mv_mul mrf[0], group=2\n v_wr initial[0]\n end_chain\n halt", 2);
  // Columns in 13, 14; pass r in 22 + 2r as long as there are slots; row pass r complete in 23 + 2r + 6.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{22, 24, 26, 28, 30, 32}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{29, 31, 33, 35, 37, 39}));
}

TEST_F(Timed, APassWaitsForAnAccumulatorSlot) {
  // Each beat reads what the one before wrote: MFU0's add operand, 40 cycles apart; so slots come back slowly.
  const TimedRun fill = run("s_wr rows, 8\n v_rd netin\n v_wr addsub0[0]\n end_chain\n halt", 8);
  ASSERT_EQ(fill.events.cycles(Event::Kind::Beat).size(), 8u);
  const TimedRun timed =
      run("s_wr rows, 6\n s_wr cols, 2\n v_rd netin\n mv_mul mrf[0], group=2\n vv_add addsub0[0]\n v_wr addsub0[1]\n end_chain\n halt", 2);
  // All is one cycle later than above, for one word more. Beat 0 in 30 returns the slot for row pass 4, beat 1 that for row pass 5.
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{30, 70, 110, 150, 190, 230}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), (Cycles{23, 25, 27, 29, 31, 71}));
  EXPECT_EQ(timed.result.counters.mvmStallAccumulator, 38u); // Cycles 33..70.
}

// The host takes the vector written back in v + 45 in v + 46; the credit is usable in v + 47.
TEST_F(Timed, NetOutCreditsLimitBeats) {
  const TimedRun timed = run("s_wr rows, 9\n v_rd netin\n v_wr netout\n end_chain\n halt", 9);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{12, 13, 14, 15, 59, 60, 61, 62, 106}));
  EXPECT_EQ(timed.result.counters.beatStallNetOut, 86u); // Cycles 16..58, 63..105.
}

// A 1 x 1 matrix is 8 rows of 2 beats. The machine is seen idle in 6, beats are taken in 7..22, the entry completes in 23, halt
// is executed in 24.
TEST_F(Timed, MatrixLoad) {
  const Counters counters = run("m_rd\n m_wr mrf[0]\n end_chain\n halt", 0, 16).result.counters;
  Counters expected;
  expected.cycles = 25;
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 6;
  expected.sequencerStallIdle = 17; // Cycles 6..22.
  EXPECT_EQ(counters, expected);
}

// The second entry sees the machine idle in 24, behind the first; its beats are taken in 25..40, it completes in 41, halt is executed
// in 42.
TEST_F(Timed, AMatrixLoadFollowsAnother) {
  const Counters counters = run("m_rd\n m_wr mrf[0]\n end_chain\n m_rd\n m_wr mrf[1]\n end_chain\n halt", 0, 32).result.counters;
  Counters expected;
  expected.cycles = 43;
  expected.sequencerEntries = 3;
  expected.sequencerStallDecode = 6;
  expected.sequencerStallIdle = 34; // Cycles 6..22, 24..40.
  EXPECT_EQ(counters, expected);
}

// The beat fires in 11, so the matrix entry, decoded in 6, sees the machine idle in 58; its beats are taken in 59..74, it completes in 75,
// halt is executed in 76.
TEST_F(Timed, AMatrixLoadWaitsUntilEverythingHasLanded) {
  const TimedRun timed = run("v_rd netin\n v_wr netout\n end_chain\n m_rd\n m_wr mrf[0]\n end_chain\n halt", 1, 16);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), Cycles{11});
  const Counters &counters = timed.result.counters;
  EXPECT_EQ(counters.cycles, 77u);
  EXPECT_EQ(counters.sequencerStallDecode, 8u); // Cycles 0..5, 7, 8.
  EXPECT_EQ(counters.sequencerStallIdle, 66u);  // Cycles 9..74.
}

// A jump costs nothing: chain and end_loop alternate. Words: loop 0, chain 1..3, end_loop 4, halt 5.
TEST_F(Timed, LoopRunsOutOfTheChainBuffer) {
  RunOptions options;
  options.scalars[3] = 3;
  const TimedRun timed = run("loop s3\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt", 3, 0, options);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{11, 13, 15}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), (Cycles{12, 14, 16}));
  EXPECT_EQ(timed.result.counters.cycles, 64u);
  EXPECT_EQ(timed.result.counters.sequencerEntries, 8u);
}

// loop in 4; chain and end_loop are skipped in 7 and 8, three cycles after they are decoded; halt in 9.
TEST_F(Timed, LoopOfNoIterationsIsSkippedEntryByEntry) {
  const Counters counters = run("loop s3\n v_rd netin\n v_wr netout\n end_chain\n end_loop\n halt").result.counters;
  Counters expected;
  expected.cycles = 10;
  expected.sequencerEntries = 2;
  expected.sequencerStallDecode = 6; // Cycles 0..3, 5, 6.
  EXPECT_EQ(counters, expected);
}

// Every chain reads what the one before writes, 46 cycles after that was loaded. Chain 1 waits in `current`, chain 2 in `next`, chains 3 to
// 6 in the head queue; chain 7 would be dispatched in 22, but its place is free in 59, after chain 1 has fired in 58.
TEST_F(Timed, TheIssueRegistersHoldTwoChainsMoreThanTheQueue) {
  RunOptions options;
  options.scalars[0] = 8;
  const TimedRun timed = run("loop s0\n v_rd initial[0]\n v_relu mfu0\n v_wr initial[0]\n end_chain\n end_loop\n halt", 0, 0, options);
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{12, 58, 104, 150, 196, 242, 288, 334}));
  EXPECT_EQ(timed.result.counters.sequencerStallQueue, 37u); // Cycles 22..58.
}

// Behind a matrix load entries are written when they are needed, and one is executed in every cycle: the machine is seen idle in 7, 32
// beats are taken in 8..39, the entry completes in 40. What stands in the dispatch register has its place in the queues already.
class DispatchedInEveryCycle : public Timed {
protected:
  TimedRun runBehindMatrixLoad(const std::string &text) {
    return run("s_wr rows, 2\n m_rd\n m_wr mrf[0]\n end_chain\n" + text + " halt", 0, 32);
  }

  static std::string times(unsigned count, const std::string &text) {
    std::string all;
    for (unsigned i = 0; i < count; ++i)
      all += text;
    return all;
  }

  /// `count` cycles from `first` on, `period` apart.
  static Cycles every(uint64_t period, uint64_t first, unsigned count) {
    Cycles all;
    for (unsigned i = 0; i < count; ++i)
      all.push_back(first + i * period);
    return all;
  }
};

// Chain k is dispatched in 41 + k and reads what the one before writes. Chain 1 waits in `current`, chain 2 in `next`, chains 3 to 5 in the
// head queue and chain 6 in the dispatch register when chain 7 comes, in 48. Chain 1 fires in 91.
TEST_F(DispatchedInEveryCycle, TheHeadQueueHoldsFour) {
  const TimedRun timed = runBehindMatrixLoad("s_wr rows, 1\n" + times(8, "v_rd initial[0]\n v_wr initial[0]\n end_chain\n"));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), every(46, 45, 8));
  EXPECT_EQ(timed.result.counters.sequencerStallQueue, 44u); // Cycles 48..91.
}

// One chain of 12 tails, tail k dispatched in 41 + k, with a result every two cycles. Load in 45, passes from 53 on, beats from 54 + 6 on.
// Tail 0 waits in `current`, tail 1 in `next`, 2 to 8 in the tail queue and 9 in the dispatch register when tail 10 comes, in 51. Beats 0
// and 1, in 60 and 62, make room for tails 10 and 11.
TEST_F(DispatchedInEveryCycle, TheTailQueueHoldsEight) {
  const TimedRun timed = runBehindMatrixLoad("s_wr rows, 1\n v_rd initial[0]\n mv_mul mrf[0], group=2, tails=12\n" +
                                             times(11, "v_wr initial[1]\n next_tail\n") + "v_wr initial[1]\n end_chain\n");
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), every(2, 53, 12));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Beat), every(2, 60, 12));
  EXPECT_EQ(timed.result.counters.sequencerStallQueue, 11u); // Cycles 51..60, 62.
  EXPECT_EQ(timed.result.counters.cycles, 130u);             // 82 + 47, and that cycle.
}

// Chain k is dispatched in 41 + k: 4 passes, which begin in 53 with the column of 45. The command of chain 0 stands in the register of mvm
// issue, those of chains 1 to 3 in the queue and that of chain 4 in the dispatch register when chain 5 comes, in 46. In 60, with the last
// chunk of chain 0, that of chain 1 enters the register, and the next pass follows at once. The half of the column buffer that is free in
// 61 takes the column of chain 2, which is there in 69, when chain 1 is done, and so on.
TEST_F(DispatchedInEveryCycle, TheMvmQueueHoldsFourAndItsRegisterOne) {
  const TimedRun timed =
      runBehindMatrixLoad("s_wr rows, 4\n" + times(6, "v_rd initial[8]\n mv_mul mrf[0], group=2\n v_wr initial[0]\n end_chain\n"));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Load), (Cycles{45, 46, 61, 69, 77, 85}));
  EXPECT_EQ(timed.events.cycles(Event::Kind::Pass), every(2, 53, 24));
  EXPECT_EQ(timed.result.counters.sequencerStallQueue, 15u); // Cycles 46..60.
  EXPECT_EQ(timed.result.counters.mvmStallColumns, 9u);      // Cycles 44..52.
  EXPECT_EQ(timed.result.counters.mvmStallAccumulator, 0u);
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
