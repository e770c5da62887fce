//===- AccuracyTest.cpp - What a format costs, and which one is suggested ----------------===//

#include "Tool.h"
#include "accuracy/Layers.h"
#include "accuracy/Metric.h"
#include "accuracy/Suggestion.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <array>
#include <cmath>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

using test::charlm;
using test::softdpu;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace tools;

Measured measured(double loss, std::vector<uint64_t> bytes, const Assignment &assignment = {}) {
  return {.assignment = assignment,
          .layers = {},
          .weightBytes = std::move(bytes),
          .programBytes = 0,
          .loss = loss,
          .accuracy = {},
          .cycles = {},
          .saturated = 0};
}

TEST(AllowedLoss, IsAShareOrANumber) {
  EXPECT_DOUBLE_EQ(parseAllowedLoss("1%")->limit(2), 2.02);
  EXPECT_DOUBLE_EQ(parseAllowedLoss("0.5 %")->limit(2), 2.01);
  EXPECT_DOUBLE_EQ(parseAllowedLoss("0.02")->limit(2), 2.02);
  EXPECT_DOUBLE_EQ(parseAllowedLoss("0")->limit(2), 2);
  for (const char *text : {"", "%", "-1%", "1x", "nan", "inf", "1 percent"})
    EXPECT_THAT(parseAllowedLoss(text).error().message, HasSubstr("expected a share of float32's metric")) << text;
}

TEST(Narrowest, HasTheFewestBytesWithinTheLimit) {
  const std::array formats{measured(1.00, {70, 7}), measured(1.02, {50, 5}), measured(1.01, {40, 4}), measured(1.2, {30, 3})};
  EXPECT_EQ(narrowestWithin(formats, 1.02), 2u);
  EXPECT_EQ(narrowestWithin(formats, 1.005), 0u);
  EXPECT_EQ(narrowestWithin(formats, 2), 3u);
  EXPECT_EQ(narrowestWithin(formats, 0.5), std::nullopt);
}

/// A model whose loss is a sum over layers, and a format's bytes its last digit.
class Additive {
public:
  std::vector<std::map<std::string, double>> losses;
  std::vector<uint64_t> sizes;
  unsigned runs = 0;

  Expected<Measured> operator()(const Assignment &assignment) {
    ++runs;
    double loss = 1;
    std::vector<uint64_t> bytes;
    for (size_t i = 0; i < losses.size(); ++i) {
      loss += losses[i].at(assignment.of(i));
      bytes.push_back(sizes[i] * uint64_t(assignment.of(i).back() - '0'));
    }
    return measured(loss, bytes, assignment);
  }
};

TEST(NarrowLayers, NarrowsWhatLosesLeastForWhatItSaves) {
  Additive model;
  model.losses = {{{"f6", 0}, {"f4", 0.001}, {"f2", 0.5}}, {{"f6", 0}, {"f4", 0.02}, {"f2", 0.3}}};
  model.sizes = {10, 10};
  const std::vector<std::string> formats{"f6", "f4", "f2"};
  const auto start = model({.format = "f6", .layers = {}});
  const auto result = narrowLayers(*start, formats, 1.01, std::ref(model));
  ASSERT_TRUE(result);
  // All layers at f4 lose 0.021, which is too much; one of them alone does not.
  EXPECT_THAT(result->assignment.layers, ElementsAre("f4", "f6"));
  EXPECT_LE(*result->loss, 1.01);
  EXPECT_LT(result->totalWeightBytes(), start->totalWeightBytes());
}

TEST(NarrowLayers, PrefersTheLargerLayerAtEqualLoss) {
  Additive model;
  model.losses = {{{"f6", 0}, {"f4", 0.01}}, {{"f6", 0}, {"f4", 0.01}}};
  model.sizes = {1, 100};
  const std::vector<std::string> formats{"f6", "f4"};
  const auto result = narrowLayers(*model({.format = "f6", .layers = {}}), formats, 1.015, std::ref(model));
  ASSERT_TRUE(result);
  EXPECT_THAT(result->assignment.layers, ElementsAre("f6", "f4"));
}

TEST(NarrowLayers, StopsAtTheNarrowestAndAtTheLimit) {
  Additive model;
  model.losses = {{{"f6", 0}, {"f4", 0}}};
  model.sizes = {1};
  const std::vector<std::string> formats{"f6", "f4"};
  const auto start = *model({.format = "f6", .layers = {}});
  EXPECT_THAT(narrowLayers(start, formats, 1, std::ref(model))->assignment.layers, ElementsAre("f4"));
  model.losses[0]["f4"] = 1;
  EXPECT_THAT(narrowLayers(start, formats, 1, std::ref(model))->assignment.layers, ElementsAre("f6"));
  model.runs = 0;
  const auto failing = narrowLayers(start, formats, 1, [](const Assignment &) -> Expected<Measured> { return fail("broken"); });
  ASSERT_FALSE(failing);
  EXPECT_EQ(failing.error().message, "broken");
}

TEST(LayerError, IsASignalToNoiseRatio) {
  LayerError error;
  EXPECT_TRUE(std::isinf(error.decibels()));
  ASSERT_TRUE(addError(error, tensorOf<float>({2}, {10.f, 1.f}), tensorOf<float>({2}, {10.f, 0.f})));
  EXPECT_NEAR(error.decibels(), 20, 1e-9);
  EXPECT_EQ(error.worst, 1);
  EXPECT_EQ(error.worstReference, 0);
  EXPECT_THAT(addError(error, tensorOf<float>({1, 2}, {1.f, 1.f}), tensorOf<float>({2}, {1.f, 1.f})).error().message,
              HasSubstr("float32 [1, 2] on the DPU, float32 [2] in float32"));
}

/// A program with one output "y", the result of `op`.
Program outputOf(const std::string &op) {
  Program program;
  program.outputs = {{.name = "y", .type = ElementType::Float32, .shape = {}}};
  program.steps = {HostStep{.op = op, .node = "last", .inputs = {"x"}, .outputs = {"y"}, .attributes = {}}};
  return program;
}

TEST(Score, OfLogitsAndOfProbabilitiesIsTheSame) {
  const std::array<float, 6> logits{1, 2, 3, 0, -1, 4};
  std::array<float, 6> probabilities{};
  for (size_t row = 0; row < 2; ++row) {
    double sum = 0;
    for (size_t i = 0; i < 3; ++i)
      sum += std::exp(logits[row * 3 + i]);
    for (size_t i = 0; i < 3; ++i)
      probabilities[row * 3 + i] = float(std::exp(logits[row * 3 + i]) / sum);
  }
  const Tensor labels = tensorOf<int64_t>({2, 1}, {2, 0});
  std::vector<double> losses;
  for (const auto &[op, values] : {std::pair{"MatMul", logits}, {"Softmax", probabilities}}) {
    const Tensors outputs{{"y", tensorOf<float>({2, 1, 3}, std::span(values))}};
    const auto task = taskOf(outputOf(op), outputs, labels, "");
    ASSERT_TRUE(task) << task.error().message;
    EXPECT_TRUE(task->classes);
    Score score(*task);
    ASSERT_TRUE(score.add(outputs, labels));
    EXPECT_EQ(score.labels(), 2u);
    EXPECT_EQ(*score.accuracy(), 0.5);
    losses.push_back(score.loss());
  }
  EXPECT_NEAR(losses[0], losses[1], 1e-5);
  EXPECT_NEAR(losses[0], (0.40761 + 4.02475) / 2 / std::log(2.0), 1e-4); // nats to bits
}

TEST(Score, NegativeClassesAreNoLabels) {
  const Tensors outputs{{"y", tensorOf<float>({2, 2}, {0.f, 0.f, 9.f, 0.f})}};
  const Tensor labels = tensorOf<int64_t>({2}, {1, -1});
  Score score(*taskOf(outputOf("MatMul"), outputs, labels, ""));
  ASSERT_TRUE(score.add(outputs, labels));
  EXPECT_EQ(score.labels(), 1u);
  EXPECT_DOUBLE_EQ(score.loss(), 1);
  EXPECT_EQ(score.add(outputs, tensorOf<int64_t>({2}, {0, 2})).error().message, "label 1 is 2; output \"y\" has 2 classes");
}

TEST(Score, OfFloatsIsTheMeanSquaredError) {
  const Tensors outputs{{"y", tensorOf<float>({2, 2}, {0.f, 1.f, 2.f, 3.f})}};
  const Tensor labels = tensorOf<float>({2, 2}, {0.f, 1.f, 2.f, 5.f});
  Score score(*taskOf(outputOf("MatMul"), outputs, labels, ""));
  ASSERT_TRUE(score.add(outputs, labels));
  EXPECT_DOUBLE_EQ(score.loss(), 1);
  EXPECT_FALSE(score.accuracy());
}

#ifdef SOFTDPU_HAS_COMPILER
/// charlm_gru_tiny and the beginning of its held-out text.
class AccuracyCommand : public testing::Test {
protected:
  static constexpr int64_t steps = 100;

  test::TemporaryDirectory directory;
  Tensors arrays;

  AccuracyCommand() {
    const auto file = readTensors(charlm("heldout_tokens.npy"));
    const auto tokens = values<int64_t>(file->at("")).first(size_t(steps) + 1);
    arrays["tokens"] = tensorOf<int64_t>({steps, 1}, tokens.first(size_t(steps)));
    arrays["labels"] = tensorOf<int64_t>({steps, 1}, tokens.last(size_t(steps)));
    arrays["h0"] = *makeTensor(ElementType::Float32, {1, 1, 24});
  }

  test::ToolResult run(const std::string &options) {
    const std::string data = directory / "data.npz";
    EXPECT_TRUE(writeNpz(arrays, data));
    return softdpu("accuracy " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --data " + data + " " + options);
  }
};

TEST_F(AccuracyCommand, MeasuresLayersMetricMemoryAndCycles) {
  const auto result = run("--formats bfp2b8,bfp7b8,bfp4b8 --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  EXPECT_EQ(json["labels"], steps);
  EXPECT_EQ(json["metric"], "cross-entropy (bits)");
  const auto formats = json["formats"];
  ASSERT_EQ(formats.size(), 3u);
  EXPECT_EQ(formats[0]["format"], "bfp7b8"); // From wide to narrow, whatever the order on the command line.
  EXPECT_EQ(formats[2]["format"], "bfp2b8");
  ASSERT_EQ(formats[0]["layers"].size(), 2u);
  EXPECT_EQ(formats[0]["layers"][0]["op"], "GRU");
  EXPECT_EQ(formats[0]["layers"][1]["op"], "MatMul");
  for (size_t layer = 0; layer < 2; ++layer) {
    const auto of = [&](size_t format, const char *key) { return formats[format]["layers"][layer][key].get<double>(); };
    EXPECT_GT(of(0, "snr_db"), 30);
    for (size_t format = 1; format < 3; ++format) {
      EXPECT_LT(of(format, "snr_db"), of(format - 1, "snr_db") - 5); // Six decibels for each bit, about.
      EXPECT_GT(of(format, "worst"), of(format - 1, "worst"));
      EXPECT_LT(of(format, "weight_bytes"), of(format - 1, "weight_bytes"));
    }
  }
  const double reference = json["float32"]["loss"];
  EXPECT_NEAR(formats[0]["loss"], reference, 0.01 * reference);
  EXPECT_GT(std::abs(formats[2]["loss"].get<double>() - reference), std::abs(formats[0]["loss"].get<double>() - reference));
  EXPECT_EQ(formats[0]["weight_bytes"], formats[0]["program_weight_bytes"]); // The widest is as wide as the device.
  EXPECT_EQ(formats[2]["program_weight_bytes"], formats[0]["program_weight_bytes"]);
#ifdef SOFTDPU_HAS_SYSTEMC
  EXPECT_GT(formats[0]["cycles"], 0);
  EXPECT_NEAR(formats[0]["cycles"], formats[2]["cycles"], 20); // The widest needs no instruction to select it.
#endif
}

// Intermediate values are the model's own: what is measured beside them is what bpc measures.
TEST_F(AccuracyCommand, AgreesWithBitsPerCharacter) {
  const auto json = run("--formats bfp4b8 --json").json();
  const auto bpc = softdpu("bpc " + charlm("charlm_gru_tiny.onnx") + " --text " + charlm("heldout.txt") +
                           " --arch tiny --formats bfp4b8 --bytes " + std::to_string(steps + 1) + " --json")
                       .json();
  EXPECT_NEAR(json["float32"]["loss"], bpc["float32"], 1e-9);
  EXPECT_NEAR(json["formats"][0]["loss"], bpc["formats"]["bfp4b8"], 1e-9);
}

TEST_F(AccuracyCommand, SuggestsTheNarrowestFormatAndMixesFormats) {
  const auto result = run("--formats bfp7b8,bfp4b8,bfp3b8,bfp2b8 --loss 3% --mixed --json");
  ASSERT_EQ(result.exitCode, 0) << result.err;
  const auto json = result.json();
  const double limit = json["allowed_loss"];
  EXPECT_NEAR(limit, 1.03 * json["float32"]["loss"].get<double>(), 1e-9);
  ASSERT_TRUE(json["suggested"].is_string());
  uint64_t fewest = 0;
  for (const auto &format : json["formats"]) {
    if (format["format"] == json["suggested"]) {
      EXPECT_LE(format["loss"], limit);
      fewest = format["weight_bytes"];
    }
  }
  for (const auto &format : json["formats"]) {
    if (format["weight_bytes"] < fewest) {
      EXPECT_GT(format["loss"], limit);
    }
  }
  EXPECT_LE(json["mixed"]["loss"], limit);
  EXPECT_EQ(json["mixed_pays"], json["mixed"]["weight_bytes"].get<uint64_t>() < fewest);
}

TEST_F(AccuracyCommand, WritesTablesAndAPicture) {
  const std::string picture = directory / "formats.svg";
  const auto result = run("--formats bfp7b8,bfp3b8 --loss 50% --mixed --plot " + picture);
  ASSERT_EQ(result.exitCode, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("signal-to-noise ratio"), HasSubstr("largest absolute error"), HasSubstr("bfp3b8"),
                                HasSubstr("accuracy"), HasSubstr("for a loss of at most 50%")));
  EXPECT_EQ(result.err, "");
  std::ifstream file(picture);
  const std::string svg((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(svg, AllOf(HasSubstr("<svg"), HasSubstr("bfp3b8"), HasSubstr("cross-entropy"), HasSubstr("</svg>")));
}

TEST_F(AccuracyCommand, MeasuresLayersWithoutLabels) {
  arrays.erase("labels");
  const auto json = run("--formats bfp7b8 --json").json();
  EXPECT_TRUE(json["metric"].is_null());
  EXPECT_TRUE(json["formats"][0]["loss"].is_null());
  EXPECT_GT(json["formats"][0]["layers"][0]["snr_db"], 30);
  EXPECT_THAT(run("--loss 1%").err, HasSubstr("there are no labels to measure a loss with"));
  EXPECT_THAT(run("--output logits").err, HasSubstr("there are no labels"));
}

TEST_F(AccuracyCommand, ReadsDirectories) {
  const std::string arraysDirectory = directory / "arrays", archives = directory / "archives";
  std::filesystem::create_directory(arraysDirectory);
  std::filesystem::create_directory(archives);
  for (const auto &[name, tensor] : arrays)
    ASSERT_TRUE(writeNpy(tensor, arraysDirectory + "/" + name + ".npy"));
  for (const char *name : {"/a.npz", "/b.npz"})
    ASSERT_TRUE(writeNpz(arrays, archives + name));
  const std::string command = "accuracy " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --formats bfp4b8 --json --data ";
  const auto one = softdpu(command + arraysDirectory).json(), two = softdpu(command + archives).json();
  EXPECT_EQ(one["samples"], 1);
  EXPECT_EQ(two["samples"], 2);
  EXPECT_EQ(two["labels"], 2 * steps);
  EXPECT_NEAR(one["formats"][0]["loss"], two["formats"][0]["loss"], 1e-12);
  EXPECT_THAT(softdpu(command + (directory / "nowhere.npz")).err, HasSubstr("nowhere.npz"));
  std::filesystem::create_directory(directory / "empty");
  EXPECT_THAT(softdpu(command + (directory / "empty")).err, HasSubstr("no .npz and no .npy file"));
}

TEST_F(AccuracyCommand, SaysWhatIsWrongWithTheData) {
  const Tensor h0 = arrays.at("h0");
  arrays.erase("h0");
  auto result = run("");
  EXPECT_EQ(result.exitCode, 2);
  EXPECT_THAT(result.err, HasSubstr("no array \"h0\" for the input float32 [1, 1, 24]; it holds tokens. Add the array, or --zeros"));
  EXPECT_EQ(run("--formats bfp7b8 --zeros").exitCode, 0);
  arrays["h0"] = *makeTensor(ElementType::Float32, {1, 1, 25});
  EXPECT_THAT(run("").err, AllOf(HasSubstr("data.npz"), HasSubstr("\"h0\""), HasSubstr("25"), HasSubstr("[1, 1, 24]")));
  arrays["h0"] = h0;
  arrays["labels"] = tensorOf<int64_t>({3}, {1, 2, 3});
  EXPECT_THAT(run("").err, HasSubstr("labels are int64 [3], and fit no output: found logits float32 [100, 1, 73]"));
  arrays["labels"] = *makeTensor(ElementType::UInt8, {steps});
  EXPECT_THAT(run("").err, HasSubstr("expected int64 or int32 classes, or float32 values"));
}

TEST_F(AccuracyCommand, RefusesWrongOptions) {
  EXPECT_THAT(run("--formats msfp99").err, HasSubstr("unknown number format \"msfp99\""));
  EXPECT_THAT(run("--formats msfp13").err, HasSubstr("architecture tiny has boxes of 8"));
  EXPECT_THAT(run("--loss much").err, HasSubstr("--loss much"));
  EXPECT_THAT(run("--mixed").err, HasSubstr("--loss 1%"));
  EXPECT_THAT(run("--output nothing").err, HasSubstr("--output nothing: the model has no such output"));
  EXPECT_THAT(run("--place '*=cpu'").err, HasSubstr("no layer of it runs on the DPU"));
  EXPECT_THAT(run("--engine cpu").err, HasSubstr("float32 on the CPU is the reference"));
}

/// docs/accuracy.md: a format with five mantissa bits costs less than 1 % of the metric.
TEST(Accuracy, SaysThatLayersInsideOfLoopsHaveNothingToCompareWith) {
  const test::TemporaryDirectory directory;
  const std::string data = directory / "data.npz";
  const Tensor state = *makeTensor(ElementType::Float32, {2, 4});
  ASSERT_TRUE(writeNpz({{"x", *makeTensor(ElementType::Float32, {3, 2, 3})}, {"h", state}, {"c", state}}, data));
  const auto ran = softdpu("accuracy " SOFTDPU_SOURCE "/tests/compiler/models/torch_last.onnx --data " + data + " --arch edge");
  EXPECT_EQ(ran.exitCode, 2);
  EXPECT_THAT(ran.err, HasSubstr("inside of Loop, Scan or If, so that float32 has no tensor to compare them with; layers that are nodes"));
}

TEST(TrainedModel, FiveMantissaBitsAreEnough) {
  const std::string models = SOFTDPU_SOURCE "/models/";
  for (const auto &[model, data, accuracy] : {std::tuple{"tagger/hyphenation_gru.onnx", "tagger/heldout.npz", 0.96},
                                              {"charlm/charlm_gru_tiny.onnx", "charlm/heldout.npz", 0.46}}) {
    const auto result = softdpu("accuracy " + models + model + " --arch edge --data " + models + data + " --zeros --formats msfp14 --json");
    ASSERT_EQ(result.exitCode, 0) << result.err;
    const auto json = result.json();
    EXPECT_LT(json["formats"][0]["loss"], 1.01 * json["float32"]["loss"].get<double>()) << model;
    EXPECT_GT(json["formats"][0]["accuracy"], accuracy) << model;
  }
}

TEST_F(AccuracyCommand, MixedFormatsCompile) {
  const std::string program = directory / "mixed.dpu";
  const auto layers = run("--formats bfp7b8 --json").json()["formats"][0]["layers"];
  const std::string node = layers[0]["node"];
  const auto compiled =
      softdpu("compile --arch tiny --format '" + node + "=bfp3b8' --format bfp5b8 " + charlm("charlm_gru_tiny.onnx") + " -o " + program);
  ASSERT_EQ(compiled.exitCode, 0) << compiled.err;
  EXPECT_THAT(softdpu("disasm " + program).out, AllOf(HasSubstr("mantissa, 3"), HasSubstr("mantissa, 5")));
  EXPECT_THAT(softdpu("compile " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --format nobody=bfp3b8 -o " + program).err,
              HasSubstr("node \"nobody\" has the format bfp3b8, but the model has no such node"));
}
#endif

} // namespace
} // namespace softdpu
