//===- ImportTest.cpp - What the importer refuses, and how it says so --------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <gmock/gmock.h>

#include <limits>

namespace softdpu::test {
namespace {

using testing::HasSubstr;

CompileOptions optionsFor(const std::string &arch) {
  CompileOptions options;
  options.arch = *loadArch(arch);
  return options;
}

/// The message for a model that does not compile; empty if it does.
std::string refusal(const std::vector<std::byte> &bytes, const CompileOptions &options = optionsFor("edge")) {
  const auto program = compileOnnxBytes(bytes, "m.onnx", options);
  return program ? "" : program.error().message;
}

std::vector<std::byte> bytesOf(std::string_view text) {
  const auto *data = reinterpret_cast<const std::byte *>(text.data());
  return {data, data + text.size()};
}

/// An LSTM of 4 inputs and 3 hidden units, ready for node attributes.
ModelBuilder lstm(std::vector<std::string> moreInputs = {}) {
  ModelBuilder model;
  std::vector<std::string> inputs{"X", "W", "R"};
  inputs.insert(inputs.end(), moreInputs.begin(), moreInputs.end());
  model.input("X", {-1, 1, 4}).weights("W", {1, 12, 4}).weights("R", {1, 12, 3}).output("Y", {-1, 1, 1, 3});
  model.node("LSTM", inputs, {"Y"}).set("hidden_size", int64_t(3));
  return model;
}

TEST(Import, AcceptsTheModelThatTheOthersBreak) { EXPECT_EQ(refusal(lstm().bytes()), ""); }

TEST(Import, RefusesWhatIsNoModel) {
  EXPECT_THAT(refusal(bytesOf("")), HasSubstr("m.onnx: not an ONNX model"));
  EXPECT_THAT(refusal(bytesOf("this is not protobuf")), HasSubstr("m.onnx: not an ONNX model"));
}

TEST(Import, RefusesEveryTruncation) {
  const auto bytes = lstm().bytes();
  for (size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_NE(refusal({bytes.begin(), bytes.begin() + int64_t(size)}), "") << size;
}

TEST(Import, NamesAMissingFile) {
  const auto program = compileOnnx("/nowhere/m.onnx", optionsFor("edge"));
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message, "/nowhere/m.onnx: no such file");
}

TEST(Import, NamesAnUnsupportedOperator) {
  ModelBuilder model;
  model.input("X", {-1, 4}).output("Y", {-1, 4}).node("Det", {"X"}, {"Y"});
  EXPECT_EQ(refusal(model.bytes()),
            "m.onnx: node \"/Det_0\" (Det): this operator is not supported; docs/supported_ops.md lists those that are");
}

TEST(Import, NamesAnUnsupportedAttribute) {
  EXPECT_THAT(
      refusal(lstm().set("direction", std::string("sideways")).bytes()),
      HasSubstr("node \"/LSTM_0\" (LSTM): attribute \"direction\" is \"sideways\"; forward, reverse or bidirectional is supported"));
  EXPECT_THAT(refusal(lstm().set("clip", -1.0f).bytes()), HasSubstr("attribute \"clip\" is -1; a positive number is supported"));
  EXPECT_THAT(refusal(lstm().set("activations", std::vector<std::string>{"Sigmoid", "Mish", "Tanh"}).bytes()),
              HasSubstr("attribute \"activations\" is [Sigmoid, Mish, Tanh]; a list of Affine, Elu, "));
  EXPECT_THAT(refusal(lstm().set("activations", std::vector<std::string>{"Sigmoid"}).bytes()), HasSubstr("has 1 names; 3 are expected"));
  EXPECT_THAT(refusal(lstm().set("activations", std::vector<std::string>{"Sigmoid", "affine", "Tanh"}).bytes()),
              HasSubstr("Affine has no default for its alpha and beta; activation_alpha and activation_beta must give them"));
}

/// The host steps of `model` other than changes of shape.
std::vector<std::string> hostSteps(const ModelBuilder &model) {
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", optionsFor("edge"));
  EXPECT_TRUE(program) << program.error().message;
  std::vector<std::string> ops;
  if (program)
    for (const Step &step : program->steps)
      if (const auto *host = std::get_if<HostStep>(&step))
        ops.push_back(host->op);
  return ops;
}

// What the DPU has no instruction for runs on the CPU by itself; on the DPU it is refused, with the reason.
TEST(Import, PlacesOnTheCpuWhatTheDpuCannotDo) {
  ModelBuilder peepholes = lstm({"", "", "", "", "P"});
  peepholes.weights("P", {1, 9});
  EXPECT_THAT(hostSteps(peepholes), testing::Contains("LSTM"));
  EXPECT_THAT(hostSteps(lstm().set("clip", 1.0f)), testing::Contains("LSTM"));
  EXPECT_THAT(hostSteps(lstm().set("input_forget", int64_t(1))), testing::Contains("LSTM"));
  EXPECT_THAT(hostSteps(lstm().set("activations", std::vector<std::string>{"Sigmoid", "Elu", "Tanh"})), testing::Contains("LSTM"));
  EXPECT_THAT(hostSteps(lstm()), testing::Not(testing::Contains("LSTM")));

  CompileOptions options = optionsFor("edge");
  options.placement["/LSTM_0"] = "dpu";
  EXPECT_THAT(refusal(peepholes.bytes(), options),
              HasSubstr("node \"/LSTM_0\" (LSTM): is placed on the DPU, but the DPU has no peepholes (input P)"));
  EXPECT_THAT(refusal(lstm().set("activations", std::vector<std::string>{"Sigmoid", "softsign", "Tanh"}).bytes(), options),
              HasSubstr("the DPU has no activation Softsign; it has Relu, Sigmoid and Tanh"));
  EXPECT_EQ(refusal(lstm().bytes(), options), "");
}

// A host operator that the user wants on the DPU is refused too, not left on the CPU.
TEST(Import, RefusesToPlaceOnTheDpuWhatItHasNot) {
  CompileOptions options = optionsFor("edge");
  options.placement["/Softmax_0"] = "dpu";
  ModelBuilder softmax;
  softmax.input("X", {3, 8}).output("Y", {3, 8}).node("Softmax", {"X"}, {"Y"});
  EXPECT_THAT(refusal(softmax.bytes(), options),
              HasSubstr("node \"/Softmax_0\" (Softmax): is placed on the DPU, but the DPU has no Softmax"));
}

TEST(Import, SequenceLengthsGoToTheCpuUnlessTheyAreThatOfX) {
  ModelBuilder model;
  model.input("X", {5, 1, 4}).weights("W", {1, 3, 4}).weights("R", {1, 3, 3}).integers("L", {1}, {4}).output("Y", {5, 1, 1, 3});
  onnx::TensorProto *lengths = model.proto().mutable_graph()->mutable_initializer(2);
  lengths->set_data_type(onnx::TensorProto::INT32);
  lengths->clear_int64_data();
  lengths->add_int32_data(4);
  model.node("RNN", {"X", "W", "R", "", "L"}, {"Y"}).set("hidden_size", int64_t(3));
  EXPECT_THAT(hostSteps(model), testing::Contains("RNN"));
  lengths->set_int32_data(0, 5);
  EXPECT_THAT(hostSteps(model), testing::Not(testing::Contains("RNN")));
  lengths->set_int32_data(0, 6);
  EXPECT_THAT(refusal(model.bytes()), HasSubstr("(RNN): sequence_lens has 6; 0 to the sequence length 5 is expected"));
}

TEST(Import, RefusesWeightsThatAreNotFinite) {
  ModelBuilder model = lstm();
  model.proto().mutable_graph()->mutable_initializer(1)->set_float_data(5, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(refusal(model.bytes()), "m.onnx: tensor \"R\": element 5 is nan; weights must be finite");
}

TEST(Import, RefusesShapesThatDoNotFit) {
  ModelBuilder model;
  model.input("X", {-1, 1, 4}).weights("W", {1, 12, 5}).weights("R", {1, 12, 3}).output("Y", {-1, 1, 1, 3});
  model.node("LSTM", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(3));
  EXPECT_THAT(refusal(model.bytes()), HasSubstr("W has shape [1, 12, 5]; [1, 12, 4] is expected"));
}

TEST(Import, RefusesBrokenGraphs) {
  ModelBuilder undefined;
  undefined.input("X", {-1, 4}).output("Y", {-1, 4}).node("Relu", {"Z"}, {"Y"});
  EXPECT_THAT(refusal(undefined.bytes()), HasSubstr("input \"Z\" is not defined anywhere"));
  ModelBuilder cycle;
  cycle.input("X", {-1, 4}).output("Y", {-1, 4}).node("Add", {"X", "Y"}, {"Z"}).node("Relu", {"Z"}, {"Y"});
  EXPECT_THAT(refusal(cycle.bytes()), HasSubstr("the graph has a cycle"));
}

TEST(Import, RefusesUnknownOpsetsAndFormats) {
  EXPECT_THAT(refusal(ModelBuilder(6).input("X", {4}).output("X", {4}).bytes()), HasSubstr("opset 6 is not supported; 7 to 22 are"));
  EXPECT_THAT(refusal(ModelBuilder(23).input("X", {4}).output("X", {4}).bytes()), HasSubstr("opset 23 is not supported; 7 to 22 are"));
  ModelBuilder newer(22);
  newer.input("X", {4}).output("Y", {4}).node("Relu", {"X"}, {"Y"});
  newer.proto().set_ir_version(10);
  EXPECT_EQ(refusal(newer.bytes()), "");
  newer.proto().set_ir_version(11);
  EXPECT_THAT(refusal(newer.bytes()), HasSubstr("ONNX format (IR) version 11 is not supported; versions up to 10 are"));
}

TEST(Import, SaysHowMuchMemoryIsMissing) {
  ModelBuilder model;
  model.input("X", {-1, 1, 100}).weights("W", {1, 800, 100}).weights("R", {1, 800, 200}).output("Y", {-1, 1, 1, 200});
  model.node("LSTM", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(200));
  EXPECT_THAT(refusal(model.bytes(), optionsFor("tiny")), HasSubstr("architecture tiny takes at most 16 (max_columns)"));
  ModelBuilder square;
  square.input("X", {-1, 1, 100}).weights("W", {1, 400, 100}).weights("R", {1, 400, 100}).output("Y", {-1, 1, 1, 100});
  square.node("LSTM", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(100));
  EXPECT_THAT(refusal(square.bytes(), optionsFor("tiny")),
              HasSubstr("native tiles in every tile engine; architecture tiny has 128 (mrf_tiles). Choose a larger architecture"));
}

TEST(Import, ChecksOptions) {
  CompileOptions options = optionsFor("edge");
  options.placement = {{"nobody", "cpu"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("node \"nobody\" is placed on cpu, but the model has no such node"));
  options.placement = {{"*", "gpu"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("placed on \"gpu\"; cpu and dpu are supported"));
  options.placement.clear();
  options.format = "bfp12b16";
  EXPECT_NE(refusal(lstm().bytes(), options), "");
  options.format = "msfp13";
  EXPECT_EQ(refusal(lstm().bytes(), options), "");
  options.nodeFormats = {{"nobody", "msfp12"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("node \"nobody\" has the format msfp12, but the model has no such node"));
  options.nodeFormats = {{"/LSTM_0", "msfp99"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("node \"/LSTM_0\": unknown number format \"msfp99\""));
  options.nodeFormats = {{"/LSTM_0", "bfp5b8"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("node \"/LSTM_0\": format bfp5b8 has boxes of 8"));
  options.nodeFormats = {{"/LSTM_0", "msfp12"}};
  EXPECT_EQ(refusal(lstm().bytes(), options), "");
  options.placement = {{"*", "cpu"}};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("node \"/LSTM_0\" has the format msfp12, but no matrix on the DPU"));
  options.placement.clear();
  options.nodeFormats.clear();
  options.extraOutputs = {"nothing"};
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("tensor \"nothing\" is to be an output, but the model has no such tensor"));
  options.extraOutputs.clear();
  options.bindings["nobody"] = randomTensor({1}, 1);
  EXPECT_THAT(refusal(lstm().bytes(), options), HasSubstr("input \"nobody\" is bound, but the model has no such input"));
}

// ONNX's node tests have their weights as inputs.
TEST(Import, BindsInputs) {
  ModelBuilder model;
  model.input("X", {-1, 1, 4}).input("W", {1, 12, 4}).weights("R", {1, 12, 3}).output("Y", {-1, 1, 1, 3});
  model.node("LSTM", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(3));
  EXPECT_THAT(hostSteps(model), testing::Contains("LSTM")); // with weights that vary
  CompileOptions onDpu = optionsFor("edge");
  onDpu.placement["/LSTM_0"] = "dpu";
  EXPECT_THAT(refusal(model.bytes(), onDpu), HasSubstr("W is not constant; freeze the inputs that it depends on with --bind INPUT=FILE"));
  CompileOptions options = optionsFor("edge");
  options.bindings["W"] = randomTensor({1, 12, 4}, 1);
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_EQ(program->inputs.size(), 1u);
  EXPECT_EQ(program->inputs[0].name, "X");
}

// The sequence length stays open: the signature names it, and shape arithmetic on it stays on the host.
TEST(Import, KeepsSymbolicDimensions) {
  const auto program = compileOnnxBytes(lstm().bytes(), "m.onnx", optionsFor("edge"));
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->inputs[0].shape[0].symbol, "T");
  EXPECT_EQ(program->outputs[0].shape[0].symbol, "T");
}

// torch exports zero states as arithmetic on the shape of the input; nothing of it must remain.
TEST(Import, FoldsShapeArithmeticForZeroStates) {
  ModelBuilder model;
  model.input("X", {-1, -2, 4}).weights("W", {1, 12, 4}).weights("R", {1, 12, 3}).output("Y", {-1, 1, -2, 3});
  model.integers("i1", {}, {1}).integers("axis", {1}, {0}).integers("one", {1}, {1}).integers("three", {1}, {3});
  model.node("Shape", {"X"}, {"shape"}).node("Gather", {"shape", "i1"}, {"batch"}).set("axis", int64_t(0));
  model.node("Unsqueeze", {"batch", "axis"}, {"batch1"}).node("Concat", {"one", "batch1", "three"}, {"state"}).set("axis", int64_t(0));
  model.node("ConstantOfShape", {"state"}, {"zeros"});
  model.node("LSTM", {"X", "W", "R", "", "", "zeros", "zeros"}, {"Y"}).set("hidden_size", int64_t(3));
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", optionsFor("edge"));
  ASSERT_TRUE(program) << program.error().message;
  ASSERT_EQ(program->steps.size(), 2u); // the region, and the direction axis of Y
  ASSERT_TRUE(std::holds_alternative<DpuRegion>(program->steps[0]));
  EXPECT_TRUE(std::get<DpuRegion>(program->steps[0]).stateInputs.empty());
  const Tensors inputs{{"X", randomTensor({5, 2, 4}, 3)}};
  const auto actual = compileAndRun(model.bytes(), "small", inputs), expected = compileAndRun(model.bytes(), "cpu", inputs);
  ASSERT_TRUE(actual) << actual.error().message;
  ASSERT_TRUE(expected) << expected.error().message;
  EXPECT_LT(maxDifference(actual->at("Y"), expected->at("Y")), 4e-3);
}

} // namespace
} // namespace softdpu::test
