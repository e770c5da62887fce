//===- DivergenceTest.cpp - The first difference is found, and the right unit is named ---===//

#include "Faults.h"

#include "softdpu/isa/Timing.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

/// Word indices of the tails: 1 copy, 4 tanh in MFU1, 8 add and tanh, 13 add alone, 17 sigmoid, 20 multiply.
constexpr std::string_view manyOperations = R"(
  s_wr rows, 1
  v_rd netin
  v_wr addsub0[0]
  end_chain
  v_rd netin
  v_tanh mfu1
  v_wr netout
  end_chain
  v_rd netin
  vv_add addsub0[0]
  v_tanh mfu1
  v_wr netout
  end_chain
  v_rd netin
  vv_add addsub0[0]
  v_wr multiply2[3]
  end_chain
  v_rd netin
  v_sigm mfu1
  v_wr netout
  end_chain
  v_rd netin
  vv_mul multiply2[3]
  v_wr netout
  end_chain
  halt
)";

void disturb(Half &value) { value.bits ^= 0x0040; }

class Values : public FaultTest {};

TEST_F(Values, NoDifferenceNoDivergence) { EXPECT_FALSE(compare(manyOperations, 6, {})); }

TEST_F(Values, AnActivationIsBlamedForTheBeatsThatUseIt) {
  debug = {{0, 8, "first half", "gru_0"}, {8, 24, "second half", "gru_1"}};
  const auto divergence = compare(manyOperations, 6, [](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == 4 || event.pc == 8)
      disturb(result[5]);
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "mfu1.activation");
  EXPECT_EQ(divergence->pc, 4u);
  EXPECT_EQ(divergence->instruction, "v_rd netin");
  EXPECT_EQ(divergence->chain, "first half");
  EXPECT_EQ(divergence->node, "gru_0");
  EXPECT_EQ(divergence->lane, 5u);
  ASSERT_TRUE(divergence->expected && divergence->found);
  EXPECT_EQ(divergence->expected->bits ^ divergence->found->bits, 0x0040);
  EXPECT_NE(divergence->describe().find("rtl differs from functional in mfu1.activation"), std::string::npos) << divergence->describe();
}

TEST_F(Values, AnAdderIsBlamedForTheBeatsThatUseIt) {
  const auto divergence = compare(manyOperations, 6, [](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == 8 || event.pc == 13)
      disturb(result[2]);
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "mfu0.add");
}

// The product is wrong because its operand is: only the chain that wrote the operand is to blame.
TEST_F(Values, WrongOperandsAccuseNobody) {
  const auto divergence = compare(manyOperations, 6, [](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == 8 || event.pc == 13 || event.pc == 20)
      disturb(result[2]);
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "mfu0.add");
}

TEST_F(Values, TheTapTellsWhichSideOfTheLastMfuIsWrong) {
  constexpr std::string_view text = "v_rd netin\n v_relu mfu0\n v_wr netout\n v_tanh mfu2\n v_wr initial[0]\n end_chain\n halt";
  const auto after = compare(text, 1, [](size_t, const Event &, std::span<Half> result, std::span<Half>) { disturb(result[0]); });
  ASSERT_TRUE(after);
  EXPECT_EQ(after->unit, "mfu2.activation");
  const auto before = compare(text, 1, [](size_t, const Event &, std::span<Half> result, std::span<Half> tap) {
    disturb(result[0]);
    disturb(tap[0]);
  });
  ASSERT_TRUE(before);
  EXPECT_NE(before->unit, "mfu2.activation");
}

TEST_F(Values, AnOldValueOfAnOperandIsAMissingForward) {
  constexpr std::string_view text = "v_rd netin\n v_wr addsub0[4]\n end_chain\n v_rd netin\n v_wr addsub0[4]\n end_chain\n"
                                    "v_rd netin\n vv_add addsub0[4]\n v_sigm mfu1\n v_wr netout\n end_chain\n halt";
  const auto divergence = compare(text, 3, [this](size_t beat, const Event &, std::span<Half> result, std::span<Half>) {
    if (beat == 2)
      for (unsigned lane = 0; lane < result.size(); ++lane)
        result[lane] = sigmoid(add(netInElement(2, lane), netInElement(0, lane)));
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "vrf");
  EXPECT_NE(divergence->what.find("addsub0[4]"), std::string::npos) << divergence->what;
}

TEST_F(Values, ATapAloneIsWriteBack) {
  constexpr std::string_view text = "v_rd netin\n v_relu mfu0\n v_wr netout\n v_tanh mfu2\n v_wr initial[0]\n end_chain\n halt";
  const auto divergence = compare(text, 1, [](size_t, const Event &, std::span<Half>, std::span<Half> tap) { disturb(tap[0]); });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "write_back");
}

TEST_F(Values, AnotherEntryIsAWrongAddress) {
  constexpr std::string_view text = "v_rd netin\n v_wr initial[6]\n end_chain\n v_rd netin\n v_wr initial[7]\n end_chain\n"
                                    "v_rd initial[6]\n v_wr netout\n end_chain\n halt";
  const auto divergence = compare(text, 2, [this](size_t beat, const Event &, std::span<Half> result, std::span<Half>) {
    if (beat == 2)
      for (unsigned lane = 0; lane < result.size(); ++lane)
        result[lane] = netInElement(1, lane);
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "sequencer");
  EXPECT_NE(divergence->what.find("initial[7]"), std::string::npos) << divergence->what;
}

/// Two chains: one engine per row tile, and both engines in a group.
class MatrixValues : public FaultTest {
protected:
  static constexpr std::string_view load = R"(
    s_wr rows, 4
    s_wr cols, 2
    m_rd
    m_wr mrf[0], group=2
    end_chain
    m_rd
    m_wr mrf[8], group=1
    end_chain
  )";
  static constexpr std::string_view once = R"(
    v_rd netin
    mv_mul mrf[0], group=2, scale=-30
    v_wr netout
    end_chain
    v_rd netin
    mv_mul mrf[8], group=1, scale=-30
    v_wr netout
    end_chain
    v_rd netin
    v_tanh mfu0
    v_wr netout
    end_chain
    halt
  )";
  static constexpr uint32_t grouped = 8, alone = 12;

  std::optional<Divergence> compareMatrices(const Fault &fault) { return compareMatrices(fault, std::string(load) + std::string(once), 8); }
  std::optional<Divergence> compareMatrices(const Fault &fault, const std::string &text, unsigned netInVectors) {
    BlockMatrix matrix = quantiseMatrix(weights(), 4 * arch.nativeDim, 2 * arch.nativeDim, {arch.mantissaBits, arch.box}).value();
    std::vector<std::byte> stream = packWeights(arch, matrix, 2, TileOrder::Row);
    const std::vector<std::byte> second = packWeights(arch, matrix, 1, TileOrder::Row);
    stream.insert(stream.end(), second.begin(), second.end());
    return compare(text, netInVectors, fault, stream);
  }

private:
  std::vector<float> weights() const {
    std::vector<float> values(size_t(4 * arch.nativeDim) * 2 * arch.nativeDim);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = float(int(i * 37 % 101) - 50) / 64;
    return values;
  }
};

TEST_F(MatrixValues, AWrongLastPlaceIsTheRounder) {
  const auto divergence = compareMatrices([](size_t beat, const Event &event, std::span<Half> result, std::span<Half>) {
    if ((event.pc == grouped || event.pc == alone) && beat % 2 == 0)
      result[3].bits ^= 1;
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "rounder");
}

TEST_F(MatrixValues, WrongOnlyWhereEnginesAreGroupedIsTheReduction) {
  const auto divergence = compareMatrices([](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == grouped)
      result[1].bits ^= 0x1800;
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "reduction");
}

TEST_F(MatrixValues, WrongOnlyWhereEnginesAreAloneIsTheReduction) {
  const auto divergence = compareMatrices([](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == alone && event.index % 2 == 0)
      result[1].bits ^= 0x1800;
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "reduction");
}

TEST_F(MatrixValues, FarOffInSomeRowsIsATileEngine) {
  const auto divergence = compareMatrices([](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == grouped || event.pc == alone)
      result[1].bits ^= 0x1800;
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "tile_engine");
}

TEST_F(MatrixValues, SlightlyOffEverywhereIsTheConverter) {
  const auto divergence = compareMatrices([](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
    if (event.pc == grouped || event.pc == alone)
      for (Half &value : result)
        value.bits ^= 4;
  });
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "converter");
}

TEST_F(MatrixValues, WrongForAllMatricesOfAShapeIsATileEngine) {
  const std::string shapes = std::string(load) + R"(
    loop 4
    v_rd netin
    mv_mul mrf[8], group=1, scale=-30
    v_wr netout
    end_chain
    s_wr cols, 1
    v_rd netin
    mv_mul mrf[8], group=1, scale=-30
    v_wr netout
    end_chain
    end_loop
    halt
  )";
  constexpr uint32_t oneColumn = 14;
  const auto divergence = compareMatrices(
      [](size_t, const Event &event, std::span<Half> result, std::span<Half>) {
        if (event.pc == oneColumn)
          for (Half &value : result)
            value.bits ^= 0x1800;
      },
      shapes, 12);
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "tile_engine");
}

TEST_F(Values, NetOutAloneDiffers) {
  words = assemble(manyOperations, "test").value();
  netIn = HalfBuffer(6 * arch.nativeDim, halfFromFloat(0.5f));
  Recording recording;
  const RunResult good = record(recording, {}, {});
  RunResult bad = good;
  disturb(bad.netOut[arch.nativeDim + 3]);
  const RunContext context{.arch = arch, .words = words};
  const auto divergence = compareRuns(context, {"functional", recording, good}, {"systemc", recording, bad});
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "net_out");
  EXPECT_EQ(divergence->index, 1u);
  EXPECT_EQ(divergence->lane, 3u);
}

/// Events of one chain, in the cycles that `shift` adds to.
class Timings : public testing::Test {
protected:
  struct Shift {
    uint64_t load = 0, pass = 0, beat = 0, writeBack = 0;
  };

  static void record(Recording &recording, const Shift &shift) {
    recording.onEvent({Event::Kind::Load, 5 + shift.load, 0, 0}, {}, {});
    recording.onEvent({Event::Kind::Pass, 12 + shift.pass, 0, 0}, {}, {});
    recording.onEvent({Event::Kind::Beat, 20 + shift.beat, 0, 0}, {}, {});
    recording.onEvent({Event::Kind::WriteBack, 49 + shift.writeBack, 0, 0}, {}, {});
  }

  /// Compares with a run whose events are shifted and whose counters are `counters`.
  std::string unitFor(const Shift &shift, const Counters &counters) {
    Recording good, bad;
    record(good, {});
    record(bad, shift);
    const RunResult goodResult{{}, {.cycles = 60}}, badResult{{}, counters};
    const RunContext context{.arch = arch, .words = words};
    const auto divergence = compareRuns(context, {"systemc", good, goodResult}, {"rtl", bad, badResult});
    return divergence ? divergence->unit : "";
  }

  const Arch arch = loadArch("tiny").value();
  const std::vector<uint64_t> words = assemble("v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", "test").value();
};

TEST_F(Timings, TheCountersTellWhatWasWaitedFor) {
  const auto counters = [](uint64_t Counters::*counter) {
    Counters result{.cycles = 60};
    result.*counter = 1;
    return result;
  };
  EXPECT_EQ(unitFor({}, {.cycles = 60}), "");
  EXPECT_EQ(unitFor({1, 1, 1, 1}, {.cycles = 60}), "sequencer");
  EXPECT_EQ(unitFor({1, 1, 1, 1}, counters(&Counters::sequencerStallDecode)), "decoder");
  EXPECT_EQ(unitFor({1, 1, 1, 1}, counters(&Counters::loaderStallRaw)), "loader");
  EXPECT_EQ(unitFor({0, 1, 1, 1}, counters(&Counters::mvmStallColumns)), "converter");
  EXPECT_EQ(unitFor({0, 1, 1, 1}, counters(&Counters::mvmStallAccumulator)), "mvm_issue");
  EXPECT_EQ(unitFor({0, 0, 1, 1}, counters(&Counters::beatStallMvm)), "tile_engine");
  EXPECT_EQ(unitFor({0, 0, 1, 1}, counters(&Counters::beatStallRaw)), "beat_issue");
  EXPECT_EQ(unitFor({0, 0, 0, 1}, {.cycles = 60}), "write_back");
  EXPECT_EQ(unitFor({}, counters(&Counters::beatStallNetOut)), "net_out");
}

TEST_F(Timings, APassBeforeItsColumnsCanBeThereIsMvmIssue) {
  const unsigned columnLatency = timingOf(arch).columnLatency;
  Counters counters{.cycles = 60};
  counters.mvmStallColumns = 1;
  EXPECT_EQ(unitFor({.pass = columnLatency - 1}, counters), "converter");
  EXPECT_EQ(unitFor({.pass = columnLatency}, counters), "mvm_issue");
}

TEST_F(Timings, AnotherChainIsTheSequencer) {
  Recording good, bad;
  good.onEvent({Event::Kind::Load, 5, 0, 0}, {}, {});
  bad.onEvent({Event::Kind::Load, 5, 2, 0}, {}, {});
  const RunResult result{{}, {.cycles = 60}};
  const auto divergence = compareRuns({.arch = arch, .words = words}, {"systemc", good, result}, {"rtl", bad, result});
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->unit, "sequencer");
}

TEST_F(Timings, WithoutCountersTheIssuePointIsNamed) {
  EXPECT_EQ(unitFor({1, 1, 1, 1}, {}), "loader");
  EXPECT_EQ(unitFor({0, 1, 1, 1}, {}), "mvm_issue");
  EXPECT_EQ(unitFor({0, 0, 1, 1}, {}), "beat_issue");
}

TEST_F(Timings, TheFunctionalEngineHasNoCycles) {
  Recording good, bad;
  record(good, {});
  record(bad, {3, 4, 5, 6});
  const RunContext context{.arch = arch, .words = words};
  EXPECT_FALSE(compareRuns(context, {"functional", good, {}}, {"rtl", bad, {}}));
}

TEST(RecordingTest, KeepsHashesWhenTheBudgetIsSpent) {
  const HalfBuffer one(8, Half{0x3C00}), two(8, Half{0x4000});
  Recording recording(20); // One vector of eight.
  recording.onEvent({Event::Kind::WriteBack, 1, 0, 0}, one, {});
  recording.onEvent({Event::Kind::WriteBack, 2, 0, 1}, two, {});
  ASSERT_EQ(recording.writeBacks(), 2u);
  EXPECT_EQ(recording.vectors(0).result.size(), 8u);
  EXPECT_TRUE(recording.vectors(1).result.empty());
  EXPECT_NE(recording.vectors(0).hash, recording.vectors(1).hash);
}

} // namespace
