//===- ExploreTest.cpp - softdpu explore, and the parts it is made of ----------------------===//

#include "Tool.h"

#include "explore/Candidates.h"
#include "explore/Pareto.h"
#include "explore/Workers.h"
#include "softdpu/isa/Arch.h"

#include <csignal>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <set>

namespace softdpu {
namespace {

using test::charlm;
using test::softdpu;
using testing::ElementsAre;
using testing::HasSubstr;
using tools::candidates;
using tools::mapInProcesses;
using tools::paretoFront;
using tools::SweepSettings;

using Points = std::vector<std::pair<double, double>>;

TEST(Pareto, KeepsWhatNothingBeats) {
  EXPECT_THAT(paretoFront(Points{}), ElementsAre());
  EXPECT_THAT(paretoFront(Points{{3, 1}, {1, 3}, {2, 2}, {3, 3}}), ElementsAre(1, 2, 0)); // By rising area.
  EXPECT_THAT(paretoFront(Points{{1, 2}, {1, 1}, {2, 1}}), ElementsAre(1));               // Equal in one, worse in the other.
  EXPECT_THAT(paretoFront(Points{{1, 1}, {1, 1}}), ElementsAre(0));                       // Of equal ones the first.
}

TEST(Pareto, IsWhatTheDefinitionSays) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 50; ++round) {
    Points points(40);
    for (auto &[x, y] : points) {
      x = double(random() % 20);
      y = double(random() % 20);
    }
    const auto front = paretoFront(points);
    const std::set<size_t> kept(front.begin(), front.end());
    for (size_t i = 0; i < points.size(); ++i) {
      bool beaten = false;
      for (size_t j = 0; j < points.size(); ++j) {
        const bool noWorse = points[j].first <= points[i].first && points[j].second <= points[i].second;
        beaten |= noWorse && (points[j] != points[i] || j < i);
      }
      EXPECT_EQ(kept.contains(i), !beaten) << "round " << round << ", point " << i;
    }
  }
}

TEST(Candidates, AreValidAndWithinTheBudget) {
  for (const char *name : {"s10", "edge", "odd", "tiny"})
    for (const uint64_t budget : {64u, 4096u, 96000u}) {
      const auto base = loadArch(name);
      ASSERT_TRUE(base);
      SweepSettings sweep;
      sweep.budgetMacs = budget;
      std::set<std::string> names;
      for (const Arch &arch : candidates(*base, sweep)) {
        SCOPED_TRACE(fmt::format("{} from {}", arch.name, name));
        EXPECT_LE(arch.macs(), budget);
        EXPECT_TRUE(parseArch(canonicalArch(arch), arch.name));
        EXPECT_EQ(arch.mantissaBits, base->mantissaBits);
        EXPECT_TRUE(names.insert(arch.name).second);
      }
      if (budget == 96000) {
        EXPECT_GT(names.size(), 50u) << name;
      }
    }
}

TEST(Candidates, GivenAxesAreTakenAndInvalidPairsLeftOut) {
  const auto base = loadArch("s10");
  ASSERT_TRUE(base);
  SweepSettings sweep;
  sweep.budgetMacs = 96000;
  sweep.nativeDims = {128, 176};
  sweep.lanes = {64, 176}; // 64 does not divide 176, nor 176 128.
  sweep.tileEngines = {2, 3};
  sweep.mfus = {3};
  std::vector<std::string> names;
  for (const Arch &arch : candidates(*base, sweep))
    names.push_back(arch.name);
  EXPECT_THAT(names, ElementsAre("n128l64t2m3", "n128l64t3m3", "n176l176t2m3")); // 3 engines of 176 x 176 are s10 itself.
}

// Each native vector is shorter, so that there must be more of them.
TEST(Candidates, MemoriesKeepTheirElements) {
  const auto base = loadArch("s10");
  ASSERT_TRUE(base);
  SweepSettings sweep;
  sweep.budgetMacs = 96000;
  for (const Arch &arch : candidates(*base, sweep)) {
    EXPECT_GE(uint64_t(arch.initialVrf) * arch.nativeDim, uint64_t(base->initialVrf) * base->nativeDim) << arch.name;
    EXPECT_EQ(arch.box, arch.nativeDim) << arch.name;
  }
}

TEST(Workers, ResultsComeInOrder) {
  size_t told = 0;
  const auto results = mapInProcesses(20, 3, [](size_t i) { return std::string(i * 10000, char('a' + i)); }, [&](size_t) { ++told; });
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 20u);
  EXPECT_EQ(told, 20u);
  for (size_t i = 0; i < results->size(); ++i) {
    ASSERT_TRUE((*results)[i]);
    EXPECT_EQ(*(*results)[i], std::string(i * 10000, char('a' + i)));
  }
}

TEST(Workers, ADeadProcessCostsItsItemOnly) {
  const auto results = mapInProcesses(
      6, 2,
      [](size_t i) {
        if (i == 2)
          std::raise(SIGKILL);
        if (i == 4)
          _exit(3);
        return std::to_string(i);
      },
      [](size_t) {});
  ASSERT_TRUE(results);
  for (size_t i : {0, 1, 3, 5})
    EXPECT_EQ((*results)[i].value_or("error"), std::to_string(i));
  EXPECT_THAT((*results)[2].error().message, HasSubstr("signal 9"));
  EXPECT_THAT((*results)[4].error().message, HasSubstr("code 3"));
}

TEST(Command, ArchEstimatesArea) {
  const auto result = softdpu("arch s10 --area");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  EXPECT_THAT(result.out, testing::AllOf(HasSubstr("estimated area of s10"), HasSubstr("box_dot"), HasSubstr("Stratix 10 GX2800")));
  const auto json = softdpu("arch s10 --area --json").json();
  EXPECT_EQ(json["total"]["estimated_dsp_blocks"],
            5545); // 2 x 528 multipliers in the MFUs, 19 in each of 528 dot products, one in the decoder.
  EXPECT_EQ(softdpu("arch --area").exitCode, 2);
}

TEST(Explore, BadUsageIsOneLine) {
  test::TemporaryDirectory directory;
  const std::string model = charlm("charlm_gru_tiny.onnx");
  const std::pair<std::string, const char *> cases[] = {
      {model, "--budget-macs"},
      {model + " --budget-macs 0", "--budget-macs"},
      {model + " --budget-macs many", "--budget-macs"},
      {model + " --budget-macs 16", "no architecture of the sweep is valid and that small"},
      {model + " --budget-macs 4096 --mfus 5", "--mfus"},
      {model + " --budget-macs 4096 --native-dim 64 --lanes 48", "no architecture of the sweep is valid"},
      {model + " --budget-macs 4096 --objective speed", "--objective"},
      {model + " --budget-macs 4096 --arch nosuch", "nosuch"},
      {"nosuch.onnx --budget-macs 4096", "nosuch.onnx: cannot be read"},
      {model + " --budget-macs 4096 --csv " + directory / "none/points.csv", "none/points.csv: cannot be written"},
      {model + " --budget-macs 4096 --plot " + directory / "none/points.svg", "none/points.svg: cannot be written"},
  };
  for (const auto &[arguments, expected] : cases) {
    const auto result = softdpu("explore " + arguments);
    EXPECT_EQ(result.exitCode, 2) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(expected)) << arguments;
  }
}

#if defined(SOFTDPU_HAS_COMPILER) && defined(SOFTDPU_HAS_SYSTEMC)
std::string textOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string tinySweep = " --arch tiny --budget-macs 256 --native-dim 8,16 --tile-engines 1,2,4 --mfus 3 --steps 8 --lanes 4,8,16";

TEST(Explore, CountsTheCyclesThatSimulateCounts) {
  test::TemporaryDirectory directory;
  const std::string model = charlm("charlm_gru_tiny.onnx");
  const auto result = softdpu("explore " + model + tinySweep + " --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["base"], "tiny");
  const auto &base = json["points"][0];
  ASSERT_EQ(base["base"], true);
  ASSERT_TRUE(base.contains("models")) << base;
  ASSERT_EQ(softdpu("compile " + model + " -o " + directory / "model.dpu" + " --arch tiny").exitCode, 0);
  const auto simulated = softdpu("simulate " + directory / "model.dpu" + " --engine systemc --steps 8 --json").json();
  EXPECT_EQ(base["models"][0]["cycles"], simulated["cycles"]) << simulated;
}

TEST(Explore, WritesTheFrontEverywhere) {
  test::TemporaryDirectory directory;
  const std::string csv = directory / "points.csv", svg = directory / "points.svg";
  const auto result = softdpu("explore " + charlm("charlm_gru_tiny.onnx") + tinySweep + " --jobs 2 --csv " + csv + " --plot " + svg);
  ASSERT_EQ(result.exitCode, 0) << result.err;
  EXPECT_THAT(result.out, testing::AllOf(HasSubstr("Pareto front"), HasSubstr("estimate"), HasSubstr("best for latency: ")));
  const auto json = softdpu("explore " + charlm("charlm_gru_tiny.onnx") + tinySweep + " --json").json();
  size_t front = 0;
  for (const auto &point : json["points"]) {
    EXPECT_LE(point["macs"], 256);
    if (!point.value("pareto", false))
      continue;
    ++front;
    EXPECT_THAT(result.out, HasSubstr(point["arch"].get<std::string>()));
    for (const auto &other : json["points"])
      EXPECT_FALSE(other.contains("geomean_ms") && other["geomean_ms"] < point["geomean_ms"] &&
                   other["estimated_device_share"] < point["estimated_device_share"])
          << other << " beats " << point;
  }
  EXPECT_GE(front, 1u);
  const std::string rows = textOf(csv);
  EXPECT_THAT(rows, testing::StartsWith("arch,native_dim,"));
  EXPECT_EQ(size_t(std::ranges::count(rows, '\n')), json["points"].size() + 1);
  EXPECT_THAT(textOf(svg), testing::AllOf(testing::StartsWith("<svg "), testing::EndsWith("</svg>\n"), HasSubstr("estimated area")));
}

TEST(Explore, AModelThatFitsNowhereIsAnError) {
  const auto result = softdpu("explore " + charlm("charlm_lstm.onnx") +
                              " --arch tiny --budget-macs 64 --native-dim 8 --lanes 8 --tile-engines 1 --mfus 3 --steps 2 --format bfp9b8");
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_THAT(result.err, HasSubstr("no architecture of 2 runs every model; tiny: "));
}

TEST(Explore, KnowsTheLayersOfDeepBench) {
  const auto result =
      softdpu("explore gru512 lstm256 --budget-macs 96000 --native-dim 128 --lanes 128 --tile-engines 2 --mfus 3 --objective area --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  ASSERT_EQ(json["points"].size(), 2u);
  EXPECT_EQ(json["points"][0]["arch"], "s10");
  EXPECT_EQ(json["points"][1]["arch"], "n128l128t2m3");
  const auto bench = softdpu("bench deepbench --arch s10 --timing-only --points gru512,lstm256 --json").json();
  for (size_t i : {0, 1})
    EXPECT_EQ(json["points"][0]["models"][i]["cycles"], bench["points"][i]["cycles"]) << i;
  EXPECT_EQ(json["points"][1]["models"][0]["steps"], 1);
  EXPECT_EQ(json["points"][1]["models"][1]["steps"], 150);
}
#endif

} // namespace
} // namespace softdpu
