//===- ZooTest.cpp - Every model of the zoo, scaled down, compiles, runs and agrees ------===//

#include "Tool.h"
#include "zoo/Entries.h"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

using test::softdpu;
using testing::HasSubstr;

#if defined(SOFTDPU_HAS_COMPILER) && defined(SOFTDPU_HAS_SYSTEMC)
std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const zoo::Entry &entry : zoo::entries())
    all.emplace_back(entry.name);
  return all;
}

class Zoo : public testing::TestWithParam<std::string> {};

TEST_P(Zoo, BenchRunsItOnDpuAndCpu) {
  const std::string name = GetParam();
  const auto result = softdpu("bench zoo --arch edge --scale 10 --steps 4 --repeat 1 --points " + name + " --json");
  ASSERT_EQ(result.exitCode, 0) << result.out << result.err;
  const auto json = result.json()["models"].at(0);
  EXPECT_EQ(json["name"], name);
  EXPECT_GT(json["values_compared"], 0);
  EXPECT_EQ(json["mismatched_values"], 0);
  EXPECT_GT(json["dpu_cycles"], 0);
  EXPECT_GT(json["cpu_ms"], 0);
  EXPECT_NEAR(json["end_to_end_ms"], json["dpu_ms"].get<double>() + json["host_ms"].get<double>(), 1e-9);
  EXPECT_TRUE(json["speedup_over_published"].is_null()); // It is another model.
  uint64_t cycles = 0;
  for (const auto &region : json["regions"])
    cycles += region["cycles"].get<uint64_t>();
  EXPECT_EQ(json["dpu_cycles"], cycles);
}

/// The file that the generator writes is a model like any other: seven mantissa bits are near float32.
TEST_P(Zoo, FileVerifies) {
  const test::TemporaryDirectory directory;
  const std::string name = GetParam(), file = directory / (name + ".onnx");
  ASSERT_EQ(std::system((SOFTDPU_ZOO_MODEL " " + (directory / "") + " --scale 20 " + name).c_str()), 0);
  const auto result = softdpu("verify " + file + " --arch edge --steps 3 --dim D=3 P=3 N=2 --json");
  ASSERT_EQ(result.exitCode, 0) << result.out << result.err;
  EXPECT_EQ(result.json()["mismatched_values"], 0);
  EXPECT_LT(result.json()["max_abs_error_vs_float32"], 0.2);
}

INSTANTIATE_TEST_SUITE_P(All, Zoo, testing::ValuesIn(names()), [](const auto &info) { return info.param; });

TEST(ZooCommand, NamesWhatThereIs) {
  const auto unknown = softdpu("bench zoo --arch edge --points gru2816");
  EXPECT_EQ(unknown.exitCode, 2);
  EXPECT_THAT(unknown.err, testing::AllOf(HasSubstr("gru2816"), HasSubstr("production1_lstm")));
  EXPECT_THAT(softdpu("bench zoo --arch edge --hidden 64").err, HasSubstr("--scale"));
  EXPECT_THAT(softdpu("bench deepbench --arch edge --scale 2").err, HasSubstr("--hidden"));
}
#endif

} // namespace
} // namespace softdpu
