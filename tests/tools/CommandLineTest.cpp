//===- CommandLineTest.cpp - Parts of the tool that need no process ----------------------===//

#include "CommandLine.h"
#include "Inputs.h"
#include "SdmBound.h"
#include "Text.h"

#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu::tools {
namespace {

int exitCodeOf(Expected<Outcome> outcome) {
  CommandLine line;
  line.add("try", "", "softdpu try", [&] { return outcome; });
  char name[] = "softdpu", command[] = "try";
  char *arguments[] = {name, command, nullptr};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = line.run(2, arguments);
  testing::internal::GetCapturedStdout();
  const std::string err = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(err, '\n'), outcome ? 0 : 1) << err;
  return code;
}

TEST(CommandLine, ExitCodes) {
  EXPECT_EQ(exitCodeOf(Outcome{.json = {}, .text = "fine\n", .passed = true}), 0);
  EXPECT_EQ(exitCodeOf(Outcome{.json = {}, .text = "failed\n", .passed = false}), 1);
  EXPECT_EQ(exitCodeOf(fail("two\nlines\n")), 2);
}

TEST(Text, Units) {
  EXPECT_EQ(grouped(7), "7");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(duration(0.00123), "1.23 ms");
  EXPECT_EQ(duration(4.2e-6), "4.20 us");
  EXPECT_EQ(duration(75), "75.0 s");
  EXPECT_EQ(byteSize(512), "512 bytes");
  EXPECT_EQ(byteSize(3 << 20), "3.0 MiB");
  EXPECT_EQ(magnitude(12345), "12.3 k");
  EXPECT_EQ(counted(1, "step"), "1 step");
}

TEST(Text, TableAlignsColumns) {
  Table table({"a", ">b"});
  table.add({"long", "1"});
  table.add({"x", "234"});
  EXPECT_EQ(table.str(""), "a       b\nlong    1\nx     234\n");
}

Program lookupProgram() {
  Program program;
  const Dimension t{-1, "T"}, b{-1, "B"}, three{3, ""};
  program.inputs = {{"tokens", ElementType::Int64, {t, b}}, {"h0", ElementType::Float32, {b, three}}};
  program.constants = {{"table", makeTensor(ElementType::Float32, {5, 3}).value()}};
  program.steps = {HostStep{"Gather", "lookup", {"table", "tokens"}, {"x"}, {}}};
  return program;
}

TEST(Inputs, RandomOnesFitTheSignatureAndTheSeed) {
  const auto make = [](uint64_t seed) {
    return makeInputs(lookupProgram(), {.files = {}, .dimensions = {"B=2"}, .steps = 100, .seed = seed, .missing = Missing::Random})
        .value();
  };
  const Tensors inputs = make(1);
  EXPECT_EQ(inputs.at("tokens").shape, (std::vector<int64_t>{100, 2}));
  EXPECT_EQ(inputs.at("h0").shape, (std::vector<int64_t>{2, 3}));
  const auto tokens = values<int64_t>(inputs.at("tokens"));
  EXPECT_EQ(*std::ranges::min_element(tokens), 0);
  EXPECT_EQ(*std::ranges::max_element(tokens), 4);
  for (const float value : values<float>(inputs.at("h0")))
    EXPECT_LE(std::abs(value), 1);
  EXPECT_EQ(inputs, make(1));
  EXPECT_NE(inputs, make(2));
}

TEST(Inputs, DimensionsAreChecked) {
  for (const char *text : {"B", "B=", "B=0", "B=x", "B=3x"})
    EXPECT_FALSE(makeInputs(lookupProgram(), {.files = {}, .dimensions = {text}, .steps = {}, .seed = 1, .missing = Missing::Random}))
        << text;
}

/// x is added to a running sum. The loop-carried path is one addition, whatever else stands around it.
TEST(SdmBound, RunningSumCostsOneAddition) {
  Program program;
  program.arch = loadArch("tiny").value();
  program.instructions = assemble("v_rd netin\nv_wr addsub0[0]\nend_chain\nloop s0\nv_rd netin\nvv_add addsub0[0]\nv_tanh mfu1\n"
                                  "v_wr netout\nend_chain\nv_rd netin\nvv_add addsub0[0]\nv_wr addsub0[0]\nend_chain\nend_loop\nhalt\n",
                                  "test")
                             .value();
  const auto bound = sdmCyclesPerStep(program, {"r", 0, "x", {}, {}, {}, {}});
  ASSERT_TRUE(bound) << bound.error().message;
  EXPECT_DOUBLE_EQ(*bound, Timing::addLatency);
}

/// h = tanh(R h): the path is the product and the activation; hoisted products only cost multiplier time.
TEST(SdmBound, RecurrentProduct) {
  Program program;
  program.arch = loadArch("tiny").value();
  program.instructions =
      assemble("loop s0\ns_wr rows, 3\ns_wr cols, 3\nv_rd initial[0]\nmv_mul mrf[0], scale=-20\nv_tanh mfu0\nv_wr initial[0]\n"
               "v_wr netout\nend_chain\nend_loop\nhalt\n",
               "test")
          .value();
  const auto bound = sdmCyclesPerStep(program, {"r", 0, "x", {}, {}, {}, {}});
  ASSERT_TRUE(bound) << bound.error().message;
  const Timing timing = timingOf(program.arch);
  const double macCycles = 9.0 * 8 * 8 / double(program.arch.macs()); // Nine native tiles on all multipliers.
  EXPECT_DOUBLE_EQ(*bound, macCycles + Timing::convertLatency + timing.dotLatency + Timing::alignLatency + timing.boxSumLatency +
                               timing.reduceLatency + Timing::roundLatency + Timing::activationLatency);
}

} // namespace
} // namespace softdpu::tools
