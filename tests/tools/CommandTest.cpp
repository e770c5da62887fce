//===- CommandTest.cpp - What the commands print and write -------------------------------===//

#include "Tool.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <array>
#include <cmath>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <set>

namespace softdpu {
namespace {

using test::charlm;
using test::softdpu;
using testing::HasSubstr;

TEST(Command, EveryCommandHasHelpWithExamples) {
  EXPECT_EQ(softdpu("--help").exitCode, 0);
  for (const char *command :
       {"compile", "info", "disasm", "asm", "run", "simulate", "verify", "accuracy", "bpc", "bench", "arch", "explore"}) {
    const auto result = softdpu(std::string(command) + " --help");
    EXPECT_EQ(result.exitCode, 0) << command;
    EXPECT_THAT(result.out, HasSubstr("Examples:\n  softdpu " + std::string(command))) << command;
    EXPECT_THAT(result.out, HasSubstr("--json")) << command;
  }
}

TEST(Command, ReportSaysWhereEachNodeRunsAndWhy) {
  const std::string compile = "compile " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --report";
  EXPECT_THAT(softdpu(compile).out, testing::ContainsRegex("Gather +CPU +because the DPU has no Gather"));
  const auto placeOf = [](const nlohmann::json &report, const std::string &op) {
    for (const auto &node : report["nodes"])
      if (node["op"] == op)
        return node["place"].get<std::string>() + ": " + node["detail"].get<std::string>();
    return std::string("absent");
  };
  const auto free = softdpu(compile + " --json").json(),
             placed = softdpu(compile + " --place /output/Add=cpu --place '*=dpu' --json").json();
  EXPECT_EQ(placeOf(free, "GRU"), "dpu: region0");
  EXPECT_EQ(placeOf(free, "MatMul"), "dpu: region0"); // Part of the addition behind it.
  EXPECT_EQ(placeOf(free, "Add"), "dpu: region0");
  EXPECT_EQ(placeOf(placed, "Add"), "cpu: it is placed there");
  EXPECT_EQ(placeOf(placed, "MatMul"), "dpu: region0");
}

#ifdef SOFTDPU_STREAMING_MODEL
TEST(Command, CellsThatAreWrittenOutAreLayersOfTheDpu) {
  const test::TemporaryDirectory directory;
  const std::string file = directory / "streaming.onnx";
  ASSERT_EQ(std::system((SOFTDPU_STREAMING_MODEL " " + file).c_str()), 0);
  const auto report = softdpu("compile " + file + " --arch edge --report --json").json();
  std::map<std::string, std::string> details;
  std::set<std::string> onCpu;
  for (const auto &node : report["nodes"]) {
    details[node["node"]] = node["detail"];
    if (node["place"] != "dpu")
      onCpu.insert(node["node"]);
  }
  EXPECT_EQ(onCpu, std::set<std::string>{"scores"});
  EXPECT_EQ(details["gru_h_next"], "region0, GRU of 14 nodes");
  EXPECT_EQ(details["gru.n.reset"], "region0, part of the GRU \"gru_h_next\"");
  EXPECT_EQ(details["lstm_h_next"], "region0, LSTM of 14 nodes");
  EXPECT_EQ(details["lstm_c_next"], "region0, part of the LSTM \"lstm_h_next\"");

  // One node of the cell on the CPU: all of it is as the model has it.
  for (const auto &node : softdpu("compile " + file + " --arch edge --report --json --place gru.r=cpu").json()["nodes"])
    EXPECT_THAT(node["detail"].get<std::string>(), testing::Not(HasSubstr("GRU"))) << node;

  const auto verified = softdpu("verify " + file + " --arch edge --json");
  ASSERT_EQ(verified.exitCode, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.json()["mismatched_values"], 0);
  EXPECT_LT(verified.json()["max_abs_error_vs_float32"], 0.02);
}
#endif

TEST(Command, VersionNamesWhatProgramsItTakes) {
  const auto result = softdpu("--version");
  EXPECT_EQ(result.exitCode, 0);
  EXPECT_THAT(result.out, testing::MatchesRegex("softdpu [0-9.]+; programs: format [0-9.]+, instruction set [0-9.]+\n"));
}

TEST(Command, ArchListsConfigurations) {
  EXPECT_THAT(softdpu("arch").out, testing::AllOf(HasSubstr("tiny"), HasSubstr("edge"), HasSubstr("MHz")));
  const auto archs = softdpu("arch --json").json()["archs"];
  EXPECT_THAT(archs.dump(), HasSubstr("\"name\":\"s10\""));
  EXPECT_THAT(softdpu("arch edge").out, HasSubstr("native_dim = 64"));
}

TEST(Command, RandomProgramsAgree) {
  const auto result = softdpu("verify --random 6 --seed 7 --json");
  ASSERT_EQ(result.exitCode, 0) << result.out << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["programs"], 6);
  EXPECT_EQ(json["archs"], nlohmann::json({"tiny", "small", "odd"}));
  EXPECT_EQ(json["mismatched_values"], 0);
  EXPECT_EQ(json["cycle_difference"], 0);
  EXPECT_TRUE(json["first_divergence"].is_null());
  if (json["engines"].size() > 1) {
    EXPECT_GT(json["values_compared"], 0);
  }
}

#ifdef SOFTDPU_HAS_COMPILER
/// charlm_gru_tiny for `tiny`, compiled once.
class CompiledModel : public testing::Test {
protected:
  static void SetUpTestSuite() {
    directory = new test::TemporaryDirectory;
    const auto result = softdpu("compile " + charlm("charlm_gru_tiny.onnx") + " -o " + program() + " --arch tiny --json");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    summary = result.json();
  }
  static void TearDownTestSuite() { delete directory; }
  static std::string program() { return *directory / "model.dpu"; }

  static inline test::TemporaryDirectory *directory = nullptr;
  static inline nlohmann::json summary;
};

TEST_F(CompiledModel, CompileReports) {
  EXPECT_EQ(summary["arch"], "tiny");
  EXPECT_GE(summary["regions"], 1);
  EXPECT_GT(summary["memory"]["mrf_tiles"]["used"], 0);
  EXPECT_LE(summary["memory"]["mrf_tiles"]["used"], summary["memory"]["mrf_tiles"]["available"]);
  EXPECT_GT(summary["compile_seconds"], 0);
}

TEST_F(CompiledModel, InfoShowsSignatureAndNodes) {
  const auto json = softdpu("info " + program() + " --json").json();
  EXPECT_EQ(json["inputs"][0]["name"], "tokens");
  EXPECT_EQ(json["inputs"][0]["type"], "int64");
  EXPECT_EQ(json["inputs"][0]["shape"], nlohmann::json({"T", 1}));
  EXPECT_EQ(json["outputs"][0]["name"], "logits");
  EXPECT_THAT(json["nodes"].dump(), HasSubstr("GRU"));
  EXPECT_THAT(softdpu("info " + program()).out, testing::AllOf(HasSubstr("tokens"), HasSubstr("GRU"), HasSubstr("MRF")));
}

TEST_F(CompiledModel, DisassemblyNamesNodesAndAssemblesAgain) {
  const auto listing = softdpu("disasm " + program());
  EXPECT_THAT(listing.out, testing::AllOf(HasSubstr("; ---- load sequence"), HasSubstr("mv_mul"), HasSubstr("GRU")));
  ASSERT_TRUE(writeFile(*directory / "model.s", std::as_bytes(std::span(listing.out))));
  const auto assembled = softdpu("asm " + (*directory / "model.s") + " -o " + (*directory / "again.dpu") + " --arch tiny");
  ASSERT_EQ(assembled.exitCode, 0) << assembled.err;
  EXPECT_EQ(readProgram(*directory / "again.dpu").value().instructions, readProgram(program()).value().instructions);
}

TEST_F(CompiledModel, RunWritesOutputsOfTheModelsTypesAndShapes) {
  ASSERT_TRUE(writeNpz({{"tokens", tensorOf<int64_t>({3, 1}, {5, 6, 7})}, {"h0", makeTensor(ElementType::Float32, {1, 1, 24}).value()}},
                       *directory / "in.npz"));
  const auto result = softdpu("run " + program() + " --engine functional --input " + (*directory / "in.npz") + " --output " +
                              (*directory / "out") + " --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  EXPECT_EQ(readTensors(*directory / "out/logits.npy").value().at("").shape, (std::vector<int64_t>{3, 1, 73}));
  EXPECT_EQ(readTensors(*directory / "out/hn.npy").value().at("").shape, (std::vector<int64_t>{1, 1, 24}));
  EXPECT_EQ(result.json()["outputs"].size(), 2u);
}

TEST_F(CompiledModel, VerifyHasAllFields) {
  const auto result = softdpu("verify " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --steps 5 --seed 3 --json");
  ASSERT_EQ(result.exitCode, 0) << result.out << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["steps"], 5);
  EXPECT_EQ(json["mismatched_values"], 0);
  EXPECT_EQ(json["cycle_difference"], 0);
  EXPECT_TRUE(json["first_divergence"].is_null());
  EXPECT_GT(json["max_abs_error_vs_float32"], 0); // Block floating point is not float32,
  EXPECT_LT(json["max_abs_error_vs_float32"], 1); // but near.
  EXPECT_EQ(json["engines"][0], "functional");
  for (const auto &[engine, cycles] : json["cycles"].items())
    EXPECT_GT(cycles, 100) << engine;
  const auto compiled = softdpu("verify " + program() + " --steps 5 --seed 3 --json").json();
  EXPECT_TRUE(compiled["max_abs_error_vs_float32"].is_null());
  EXPECT_EQ(compiled["cycles"], json["cycles"]);
  const auto withModel =
      softdpu("verify " + program() + " --model " + charlm("charlm_gru_tiny.onnx") + " --steps 5 --seed 3 --json").json();
  EXPECT_EQ(withModel["max_abs_error_vs_float32"], json["max_abs_error_vs_float32"]);
}

TEST_F(CompiledModel, NoStepsAtAll) {
  const auto verified = softdpu("verify " + program() + " --steps 0 --json");
  ASSERT_EQ(verified.exitCode, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.json()["steps"], 0);
  EXPECT_GT(verified.json()["values_compared"], 0); // The final state.
  const auto run = softdpu("run " + program() + " --zeros --steps 0 --json");
  ASSERT_EQ(run.exitCode, 0) << run.err;
  EXPECT_THAT(run.json()["outputs"].dump(), HasSubstr("[0,1,73]"));
}

TEST_F(CompiledModel, VerifyTakesTheFirstStepsOfAFile) {
  ASSERT_TRUE(writeNpy(tensorOf<int64_t>({6, 1}, {1, 2, 3, 4, 5, 6}), *directory / "tokens.npy"));
  const auto json =
      softdpu("verify " + program() + " --engines functional --steps 4 --input tokens=" + (*directory / "tokens.npy") + " --json").json();
  EXPECT_EQ(json["steps"], 4);
  EXPECT_EQ(json["engines"], nlohmann::json({"functional"}));
}

#ifdef SOFTDPU_HAS_SYSTEMC
TEST_F(CompiledModel, SimulateCountsCyclesWithAndWithoutData) {
  const std::string simulate = "simulate " + program() + " --engine systemc --steps 6 --json";
  const auto json = softdpu(simulate + " --trace " + (*directory / "trace.json")).json();
  const auto &region = json["regions"][0];
  EXPECT_EQ(region["steps"], 6);
  EXPECT_GT(region["cycles"], 0);
  EXPECT_GT(region["sdm_cycles_per_step"], 0);
  EXPECT_LE(region["sdm_cycles_per_step"], region["cycles_per_step"]);
  EXPECT_EQ(region["counters"]["cycles"], region["cycles"]);
  EXPECT_FALSE(nlohmann::json::parse(std::ifstream(*directory / "trace.json"), nullptr, false).is_discarded());
  const auto timing = softdpu(simulate + " --timing-only").json();
  EXPECT_EQ(timing["regions"][0]["counters"], region["counters"]);
}

TEST_F(CompiledModel, SimulateExplainsWhereTheCyclesOfAStepGo) {
  const std::string simulate = "simulate " + program() + " --explain --timing-only --steps 30";
  const auto result = softdpu(simulate + " --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto explanation = result.json()["regions"][0]["explanation"];
  uint64_t units = 0, path = 0;
  for (const auto &part : explanation["path_units"])
    units += part["cycles"].get<uint64_t>();
  for (const auto &part : explanation["path"]) {
    path += part["cycles"].get<uint64_t>();
    EXPECT_THAT(std::string(part["node"]), testing::AnyOf("/recurrent/GRU", "/output/MatMul"));
  }
  EXPECT_EQ(units, explanation["path_cycles"]);
  EXPECT_EQ(path, explanation["path_cycles"]);
  EXPECT_EQ(double(explanation["cycles_per_step"]) * double(explanation["path_steps"]), double(units));
  EXPECT_GE(explanation["what_if"].size(), 5u);
  const std::string text = softdpu(simulate).out;
  for (const char *part : {"cycles per step, from step", "bound by ", "critical path of ", "in order of time", "on another machine"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(softdpu("simulate " + program() + " --explain --steps 2").err, HasSubstr("run more steps"));
}

TEST_F(CompiledModel, SimulateHasNoCyclesPerStepWithoutSteps) {
  const auto region = softdpu("simulate " + program() + " --steps 0 --json").json()["regions"][0];
  EXPECT_GT(region["cycles"], 0);
  EXPECT_TRUE(region["cycles_per_step"].is_null());
  EXPECT_THAT(softdpu("simulate " + program() + " --steps 0").out, testing::Not(HasSubstr("cycles per step")));
}
#endif

#ifdef SOFTDPU_HAS_RTL
TEST_F(CompiledModel, TracesOfBothEnginesAreEqualAndNameNodes) {
  std::array<std::string, 2> traces;
  for (size_t i = 0; const std::string engine : {"systemc", "rtl"}) {
    const std::string path = *directory / (engine + ".json");
    ASSERT_EQ(softdpu("simulate " + program() + " --steps 5 --engine " + engine + " --trace " + path).exitCode, 0);
    const auto bytes = readFile(path).value();
    traces[i++].assign(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  }
  EXPECT_TRUE(traces[0] == traces[1]);
  size_t slices = 0;
  std::set<std::string> tracks, nodes;
  const auto trace = nlohmann::json::parse(traces[0]);
  for (const auto &event : trace["traceEvents"])
    if (event["ph"] == "X") {
      ++slices;
      if (event["args"].contains("node"))
        nodes.insert(event["args"]["node"]);
    } else if (event["name"] == "thread_name") {
      tracks.insert(event["args"]["name"]);
    }
  EXPECT_GT(slices, 1000u);
  EXPECT_THAT(nodes, testing::ElementsAre("/output/MatMul", "/recurrent/GRU"));
  EXPECT_THAT(tracks, testing::IsSupersetOf({"loader", "converter", "tile engines", "reduction and rounder", "mfu2", "write-back"}));
}

TEST_F(CompiledModel, SimulateRecordsWaves) {
  const std::string simulate = "simulate " + program() + " --engine rtl --steps 2 --json", waves = *directory / "model.fst";
  const auto recorded = softdpu(simulate + " --wave " + waves);
  ASSERT_EQ(recorded.exitCode, 0) << recorded.err;
  EXPECT_EQ(recorded.json()["regions"][0]["counters"], softdpu(simulate).json()["regions"][0]["counters"]);
  EXPECT_GT(readFile(waves).value().size(), 1000u);
}
#endif

TEST_F(CompiledModel, BitsPerCharacterFollowTheFormat) {
  const auto result = softdpu("bpc " + charlm("charlm_gru_tiny.onnx") + " --text " + charlm("heldout.txt") +
                              " --arch tiny --formats bfp7b8,bfp2b8 --bytes 1500 --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["characters"], 1499);
  const double reference = json["float32"], fine = json["formats"]["bfp7b8"], coarse = json["formats"]["bfp2b8"];
  EXPECT_GT(reference, 1);
  EXPECT_LT(reference, 5);
  EXPECT_NEAR(fine, reference, 0.05);
  EXPECT_GT(std::abs(coarse - reference), std::abs(fine - reference));
}

TEST_F(CompiledModel, EmitPrintsIntermediateForms) {
  for (const auto &[form, part] : {std::pair{"rnn", "rnn."}, {"dpu", "dpu."}, {"asm", "mv_mul"}}) {
    const auto result = softdpu("compile " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --emit " + form);
    EXPECT_EQ(result.exitCode, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr(part));
  }
}

#ifdef SOFTDPU_HAS_SYSTEMC
TEST(Bench, DeepBenchPointsAreCheckedAndCompared) {
  const auto result = softdpu("bench deepbench --arch s10 --points gru512,lstm256 --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  ASSERT_EQ(json["points"].size(), 2u);
  const auto &gru = json["points"][0], &lstm = json["points"][1];
  EXPECT_EQ(gru["cell"], "GRU");
  EXPECT_EQ(gru["steps"], 1);
  EXPECT_EQ(lstm["values_compared"], 150 * 352); // 256 elements in two native vectors of 176.
  EXPECT_EQ(lstm["mismatched_values"], 0);
  for (const auto &point : json["points"]) {
    const double cycles = point["cycles"], ms = point["ms"], hidden = point["hidden"], steps = point["steps"];
    EXPECT_DOUBLE_EQ(ms, cycles / 250e3);
    EXPECT_DOUBLE_EQ(point["speedup"], double(point["brainwave_ms"]) / ms);
    EXPECT_NEAR(point["utilisation"], 2 * (point["cell"] == "GRU" ? 3 : 4) * hidden * hidden * steps / 92928 / cycles, 1e-9);
    EXPECT_LT(point["udm_ms"], point["sdm_ms"]);
    EXPECT_LT(point["sdm_ms"], point["ms"]);
  }
  EXPECT_NEAR(json["geomean_speedup"], std::sqrt(double(gru["speedup"]) * double(lstm["speedup"])), 1e-9);
  const auto timing = softdpu("bench deepbench --arch s10 --points gru512,lstm256 --timing-only --json").json();
  EXPECT_EQ(timing["points"][1]["counters"], lstm["counters"]);
}

TEST(Bench, PointsThatDoNotFitAreNamed) {
  const auto some = softdpu("bench deepbench --arch edge --points gru1024,lstm256 --steps 2 --timing-only --json");
  ASSERT_EQ(some.exitCode, 0) << some.err;
  const auto points = some.json()["points"];
  EXPECT_THAT(std::string(points[0]["error"]), HasSubstr("mrf_tiles"));
  EXPECT_FALSE(points[1].contains("brainwave_ms")) << "other steps than the published ones are not comparable";
  EXPECT_TRUE(some.json()["geomean_speedup"].is_null());
  const auto none = softdpu("bench deepbench --arch edge --points gru1024 --timing-only");
  EXPECT_EQ(none.exitCode, 2);
  EXPECT_THAT(none.err, HasSubstr("mrf_tiles"));
}

TEST(Bench, UnknownNamesAreRefused) {
  EXPECT_THAT(softdpu("bench deepbench --arch edge --points gru2817").err, HasSubstr("gru2816"));
  EXPECT_THAT(softdpu("bench mlperf --arch edge").err, HasSubstr("deepbench"));
  EXPECT_EQ(softdpu("bench deepbench --arch edge --engine functional").exitCode, 2);
}
#endif

#ifdef SOFTDPU_HAS_RTL
/// DeepBench scaled down: sizes that fill native vectors and sizes that do not.
TEST(Bench, ScaledLayersAgreeOnAllEngines) {
  for (const std::string arch : {"edge", "odd"}) {
    const std::string arguments = "bench deepbench --arch " + arch + " --hidden 40,96,128 --steps 6 --json";
    const auto systemc = softdpu(arguments), rtl = softdpu(arguments + " --engine rtl");
    ASSERT_EQ(systemc.exitCode, 0) << systemc.err;
    ASSERT_EQ(rtl.exitCode, 0) << rtl.err;
    const auto expected = systemc.json()["points"], found = rtl.json()["points"];
    ASSERT_EQ(expected.size(), 6u);
    ASSERT_EQ(found.size(), 6u);
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_GT(found[i]["values_compared"], 0);
      EXPECT_EQ(found[i]["mismatched_values"], 0);
      EXPECT_EQ(found[i]["counters"], expected[i]["counters"]) << arch << " " << found[i]["cell"] << " " << found[i]["hidden"];
    }
  }
}
#endif
#endif

} // namespace
} // namespace softdpu
