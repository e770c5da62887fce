//===- HazardTest.cpp - Dependences at every distance ------------------------------------===//
//
// In one chain, beat r writes what beat r + d reads: both the wait and the forwarded value are checked for each d and each operand.
//
//===-------------------------------------------------------------------------------------===//

#include "TestSupport.h"

#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <fmt/format.h>

using namespace softdpu;
using namespace softdpu::test;

namespace {

struct OperandCase {
  const char *memory;      ///< Where the operand is.
  const char *instruction; ///< Reads it.
  unsigned wait;           ///< Cycles between a beat that writes and the first that may read: WriteBack - read offset.
};

class Hazard : public testing::TestWithParam<OperandCase> {};

constexpr unsigned farthest = 47;

TEST_P(Hazard, BeatsWaitExactlyAsLongAsTheyMust) {
  const OperandCase &operand = GetParam();
  Arch arch = archOf("tiny");
  arch.addSubVrf = arch.multiplyVrf = 2 * (farthest + 1);
  const auto systemc = createSystemCEngine(arch), golden = createFunctionalEngine(arch);
  const std::string fill =
      fmt::format("s_wr rows, {}\n v_rd netin\n v_wr initial[0]\n v_wr {}[0]\n end_chain\n halt", farthest + 1, operand.memory);
  runOn(*systemc, fill, numbers(arch, farthest + 1));
  runOn(*golden, fill, numbers(arch, farthest + 1));

  for (unsigned distance = 1; distance <= farthest; ++distance) {
    SCOPED_TRACE(fmt::format("distance {}", distance));
    const std::string text = fmt::format("s_wr rows, {}\n v_rd initial[0]\n {} {}[0]\n v_wr {}[{}]\n end_chain\n halt", distance + 1,
                                         operand.instruction, operand.memory, operand.memory, distance);
    const TimedRun timed = runOn(*systemc, text), expected = runOn(*golden, text);
    EXPECT_EQ(timed.events.values, expected.events.values);
    const std::vector<uint64_t> beats = timed.events.cycles(Event::Kind::Beat);
    ASSERT_EQ(beats.size(), distance + 1);
    for (unsigned r = 0; r < distance; ++r)
      EXPECT_EQ(beats[r], beats[0] + r);
    EXPECT_EQ(beats[distance], beats[0] + std::max(distance, operand.wait));
  }
}

// On tiny: WriteBack 45; the add operand of MFU k is read 5 + 13k cycles after issue, that of the multiply 10 cycles later.
INSTANTIATE_TEST_SUITE_P(Operands, Hazard,
                         testing::Values(OperandCase{"addsub0", "vv_add", 40}, OperandCase{"addsub1", "vv_a_sub_b", 27},
                                         OperandCase{"addsub2", "vv_max", 14}, OperandCase{"multiply0", "vv_mul", 30},
                                         OperandCase{"multiply1", "vv_mul", 17}, OperandCase{"multiply2", "vv_mul", 4}),
                         [](const auto &info) { return std::string(info.param.memory); });

/// The loader presents an address in the cycle of the write at the earliest: 45 cycles after the beat, which fires one cycle after its
/// load.
TEST(LoaderHazard, SourceVectorsOfTheSameChain) {
  const Arch arch = archOf("tiny");
  const auto systemc = createSystemCEngine(arch), golden = createFunctionalEngine(arch);
  const std::string_view fill = "s_wr rows, 40\n v_rd netin\n v_wr initial[0]\n end_chain\n halt";
  runOn(*systemc, fill, numbers(arch, 40));
  runOn(*golden, fill, numbers(arch, 40));
  for (unsigned distance = 1; distance <= 15; ++distance) { // At most 16 vectors are on their way.
    SCOPED_TRACE(fmt::format("distance {}", distance));
    const std::string text =
        fmt::format("s_wr rows, {}\n v_rd initial[0]\n v_relu mfu0\n v_wr initial[{}]\n end_chain\n halt", distance + 1, distance);
    const TimedRun timed = runOn(*systemc, text), expected = runOn(*golden, text);
    EXPECT_EQ(timed.events.values, expected.events.values);
    const std::vector<uint64_t> loads = timed.events.cycles(Event::Kind::Load);
    ASSERT_EQ(loads.size(), distance + 1);
    EXPECT_EQ(loads[distance], loads[0] + std::max(distance, 46u));
  }
}

/// A recurrence: each iteration's column is the result of the one before. Load to load: 8 + 1 + 6 to the beat, 45 to the write.
TEST(LoaderHazard, RecurrenceThroughMvMul) {
  const Arch arch = archOf("tiny");
  const auto engine = createSystemCEngine(arch);
  RunOptions options;
  options.scalars[0] = 4;
  const TimedRun timed = runOn(*engine,
                               "s_wr rows, 1\n v_rd netin\n v_wr initial[7]\n end_chain\n loop s0\n v_rd initial[7]\n mv_mul mrf[0]\n"
                               "v_sigm mfu0\n v_wr initial[7]\n end_chain\n end_loop\n halt",
                               numbers(arch, 1), {}, options);
  const std::vector<uint64_t> loads = timed.events.cycles(Event::Kind::Load);
  ASSERT_EQ(loads.size(), 5u);
  EXPECT_EQ(loads[1], timed.events.cycles(Event::Kind::Beat)[0] + 45);
  for (size_t i = 2; i < loads.size(); ++i)
    EXPECT_EQ(loads[i], loads[i - 1] + 8 + 1 + 6 + 45);
  EXPECT_GT(timed.result.counters.loaderStallRaw, 0u);
}

} // namespace
