//===- EndToEndTest.cpp - Compiled models against the float32 reference ------------------===//
//
// Every model runs on the functional engine and, placed on the CPU, in float32. With weights within +/-0.5 they agree to the precision of
// the format. Architectures that share format and box agree to the bit.
//
//===-------------------------------------------------------------------------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <regex>

namespace softdpu::test {
namespace {

/// Ten mantissa bits on `small`, seven on the others.
double toleranceOf(const std::string &arch) { return arch == "small" ? 8e-3 : 6e-2; }

struct Cell {
  std::string op;
  int64_t gates;
  bool linearBeforeReset = false;
  bool bias = true;
  std::vector<std::string> activations = {};
};

std::ostream &operator<<(std::ostream &os, const Cell &cell) {
  os << cell.op << (cell.linearBeforeReset ? "_linear" : "") << (cell.bias ? "" : "_unbiased");
  for (const std::string &name : cell.activations)
    os << "_" << name;
  return os;
}

/// X [T,B,I] -> layers -> Y, Y_h (and Y_c) of the last layer, all states as inputs of the first layer.
ModelBuilder stack(const Cell &cell, int64_t inputs, int64_t hidden, unsigned layers, int64_t batch, bool states) {
  ModelBuilder model;
  model.input("X", {-1, batch, inputs});
  if (states) {
    model.input("h0", {1, batch, hidden});
    if (cell.op == "LSTM")
      model.input("c0", {1, batch, hidden});
  }
  model.integers("one", {1}, {1});
  std::string x = "X";
  for (unsigned layer = 0; layer < layers; ++layer) {
    const std::string l = std::to_string(layer);
    model.weights("W" + l, {1, cell.gates * hidden, layer == 0 ? inputs : hidden}).weights("R" + l, {1, cell.gates * hidden, hidden});
    if (cell.bias)
      model.weights("B" + l, {1, 2 * cell.gates * hidden});
    const bool last = layer == layers - 1;
    std::vector<std::string> in{x, "W" + l, "R" + l, cell.bias ? "B" + l : "", "", states && layer == 0 ? "h0" : ""};
    std::vector<std::string> out{"Y" + l, last ? "Yh" : ""};
    if (cell.op == "LSTM") {
      in.push_back(states && layer == 0 ? "c0" : "");
      out.push_back(last ? "Yc" : "");
    }
    model.node(cell.op, in, out).set("hidden_size", hidden);
    if (cell.linearBeforeReset)
      model.set("linear_before_reset", int64_t(1));
    if (!cell.activations.empty())
      model.set("activations", cell.activations);
    if (!last)
      model.node("Squeeze", {"Y" + l, "one"}, {"x" + l});
    x = last ? "Y" + l : "x" + l;
  }
  model.output(x, {-1, 1, batch, hidden}).output("Yh", {1, batch, hidden});
  if (cell.op == "LSTM")
    model.output("Yc", {1, batch, hidden});
  return model;
}

Tensors inputsOf(const Cell &cell, int64_t steps, int64_t inputs, int64_t hidden, int64_t batch, bool states) {
  Tensors tensors{{"X", randomTensor({steps, batch, inputs}, 7)}};
  if (states) {
    tensors["h0"] = randomTensor({1, batch, hidden}, 8);
    if (cell.op == "LSTM")
      tensors["c0"] = randomTensor({1, batch, hidden}, 9);
  }
  return tensors;
}

float largest(const Tensor &tensor) {
  float result = 0;
  for (float value : values<float>(tensor))
    result = std::max(result, std::abs(value));
  return result;
}

void expectClose(const std::vector<std::byte> &model, const std::string &arch, const Tensors &inputs) {
  const auto expected = compileAndRun(model, "cpu", inputs);
  ASSERT_TRUE(expected) << expected.error().message;
  const auto actual = compileAndRun(model, arch, inputs);
  ASSERT_TRUE(actual) << actual.error().message;
  for (const auto &[name, tensor] : *expected)
    EXPECT_LE(maxDifference(actual->at(name), tensor), toleranceOf(arch) * std::max(1.0f, largest(tensor))) << name << " on " << arch;
}

class Cells : public testing::TestWithParam<std::tuple<Cell, std::string>> {};

// The prologue, the loop and the epilogue of the software pipeline must be right for every number of steps, above all for fewer than
// stages. After no step at all the final states are the initial ones.
TEST_P(Cells, EveryLengthMatchesFloat32) {
  const auto &[cell, arch] = GetParam();
  const ModelBuilder model = stack(cell, 11, 20, 2, 1, true);
  for (int64_t steps = 0; steps <= 6; ++steps) {
    SCOPED_TRACE("T = " + std::to_string(steps));
    expectClose(model.bytes(), arch, inputsOf(cell, steps, 11, 20, 1, true));
  }
}

TEST_P(Cells, BatchesAndMissingStatesMatchFloat32) {
  const auto &[cell, arch] = GetParam();
  expectClose(stack(cell, 5, 9, 1, 3, false).bytes(), arch, inputsOf(cell, 4, 5, 9, 3, false));
  expectClose(stack(cell, 5, 9, 1, 3, true).bytes(), arch, inputsOf(cell, 4, 5, 9, 3, true));
}

const Cell cells[] = {{"RNN", 1},
                      {"RNN", 1, false, false, {"Sigmoid"}},
                      {"RNN", 1, false, true, {"Relu"}},
                      {"GRU", 3},
                      {"GRU", 3, true},
                      {"GRU", 3, true, false},
                      {"GRU", 3, false, true, {"Tanh", "Sigmoid"}},
                      {"LSTM", 4},
                      {"LSTM", 4, false, false},
                      {"LSTM", 4, false, true, {"Sigmoid", "Sigmoid", "Sigmoid"}}};

INSTANTIATE_TEST_SUITE_P(All, Cells, testing::Combine(testing::ValuesIn(cells), testing::Values("edge", "tiny", "small", "odd")),
                         [](const auto &info) { return testing::PrintToString(std::get<0>(info.param)) + "_" + std::get<1>(info.param); });

//===----------------------------------------------------------------------===//
// Trained models
//===----------------------------------------------------------------------===//

std::vector<std::byte> readModel(const std::string &name) {
  std::ifstream file(std::string(SOFTDPU_MODELS) + "/charlm/" + name, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto *data = reinterpret_cast<const std::byte *>(text.data());
  return {data, data + text.size()};
}

Tensors tokens(int64_t steps, const std::vector<std::pair<std::string, std::vector<int64_t>>> &states) {
  Tensors inputs{{"tokens", *makeTensor(ElementType::Int64, {steps, 1})}};
  for (int64_t t = 0; t < steps; ++t)
    values<int64_t>(inputs["tokens"])[size_t(t)] = (t * 31 + 7) % 73;
  for (const auto &[name, shape] : states)
    inputs[name] = randomTensor(shape, 3);
  return inputs;
}

TEST(TrainedModels, GruMatchesFloat32) { expectClose(readModel("charlm_gru.onnx"), "edge", tokens(12, {{"h0", {2, 1, 256}}})); }

TEST(TrainedModels, LstmMatchesFloat32) {
  expectClose(readModel("charlm_lstm.onnx"), "edge", tokens(12, {{"h0", {2, 1, 256}}, {"c0", {2, 1, 256}}}));
}

TEST(TrainedModels, TinyGruFitsTheTinyDevice) { expectClose(readModel("charlm_gru_tiny.onnx"), "tiny", tokens(12, {{"h0", {1, 1, 24}}})); }

// edge and odd differ in native dimension, lanes and tile engines; format and box are the same, so every bit must be.
TEST(TrainedModels, TheShapeOfTheDeviceChangesNoBit) {
  const auto model = readModel("charlm_gru.onnx");
  const Tensors inputs = tokens(6, {{"h0", {2, 1, 256}}});
  const auto edge = compileAndRun(model, "edge", inputs), odd = compileAndRun(model, "odd", inputs);
  ASSERT_TRUE(edge) << edge.error().message;
  ASSERT_TRUE(odd) << odd.error().message;
  EXPECT_EQ(*edge, *odd);
}

// Both directions of every cell, both layouts, states of their own, and any subset of the outputs: the DPU runs time forward, so the host
// turns the sequences.
class DirectionTest : public testing::TestWithParam<std::tuple<std::string, std::string, int64_t>> {};

TEST_P(DirectionTest, AgreesWithTheFloatReference) {
  const auto &[op, direction, layout] = GetParam();
  const int64_t gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1, directions = direction == "bidirectional" ? 2 : 1, steps = 5, batch = 2;
  const std::vector<int64_t> x = layout ? std::vector<int64_t>{batch, steps, 6} : std::vector<int64_t>{steps, batch, 6},
                             state = layout ? std::vector<int64_t>{batch, directions, 7} : std::vector<int64_t>{directions, batch, 7},
                             y = layout ? std::vector<int64_t>{batch, steps, directions, 7}
                                        : std::vector<int64_t>{steps, directions, batch, 7};
  for (const bool last : {false, true}) {
    ModelBuilder model;
    model.input("X", x).input("h0", state).output("Y", y);
    model.weights("W", {directions, gates * 7, 6}).weights("R", {directions, gates * 7, 7}).weights("B", {directions, 2 * gates * 7});
    if (last)
      model.output("Yh", state);
    model.node(op, {"X", "W", "R", "B", "", "h0"}, {"Y", last ? "Yh" : ""});
    model.set("hidden_size", int64_t(7)).set("direction", direction).set("layout", layout);
    const Tensors inputs{{"X", randomTensor(x, 1)}, {"h0", randomTensor(state, 2)}};
    const auto dpu = compileAndRun(model.bytes(), "small", inputs), reference = compileAndRun(model.bytes(), "cpu", inputs);
    ASSERT_TRUE(dpu) << dpu.error().message;
    ASSERT_TRUE(reference) << reference.error().message;
    for (const auto &[name, tensor] : *reference)
      EXPECT_LT(maxDifference(dpu->at(name), tensor), toleranceOf("small")) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, DirectionTest,
                         testing::Combine(testing::Values("RNN", "GRU", "LSTM"), testing::Values("forward", "reverse", "bidirectional"),
                                          testing::Values(int64_t(0), int64_t(1))));

// Two bidirectional layers: what stands between them stays on the host, both layers are on the DPU, each with its two directions in one
// region, so that they fill each other's latency.
TEST(EndToEnd, BidirectionalLayersStack) {
  ModelBuilder model;
  model.input("X", {-1, 1, 5}).output("Y1", {-1, 2, 1, 4}).integers("shape", {3}, {0, 0, -1});
  model.weights("W0", {2, 16, 5}).weights("R0", {2, 16, 4}).weights("W1", {2, 16, 8}).weights("R1", {2, 16, 4});
  model.node("LSTM", {"X", "W0", "R0"}, {"Y0"}).set("hidden_size", int64_t(4)).set("direction", std::string("bidirectional"));
  model.node("Transpose", {"Y0"}, {"P"}).set("perm", std::vector<int64_t>{0, 2, 1, 3});
  model.node("Reshape", {"P", "shape"}, {"Q"});
  model.node("LSTM", {"Q", "W1", "R1"}, {"Y1"}).set("hidden_size", int64_t(4)).set("direction", std::string("bidirectional"));
  for (const int64_t steps : {1, 9}) {
    const Tensors inputs{{"X", randomTensor({steps, 1, 5}, 3)}};
    const auto dpu = compileAndRun(model.bytes(), "small", inputs), reference = compileAndRun(model.bytes(), "cpu", inputs);
    ASSERT_TRUE(dpu) << dpu.error().message;
    ASSERT_TRUE(reference) << reference.error().message;
    EXPECT_LT(maxDifference(dpu->at("Y1"), reference->at("Y1")), toleranceOf("small"));
  }
  CompileOptions options;
  options.arch = loadArch("small").value();
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(std::ranges::count_if(program->steps, [](const Step &step) { return std::holds_alternative<DpuRegion>(step); }), 2);
}

// From three layers on, the candidate of an LSTM is a chain of its own. That moves work in time, and no bit of the results.
TEST(EndToEnd, MoreLayersOfLstmChangeNoBitOfTheFirst) {
  const Cell lstm{"LSTM", 4};
  const auto inputs = inputsOf(lstm, 5, 11, 20, 1, false);
  ModelBuilder three = stack(lstm, 11, 20, 3, 1, false);
  three.output("Y1", {-1, 1, 1, 20});
  const auto shallow = compileAndRun(stack(lstm, 11, 20, 2, 1, false).bytes(), "small", inputs),
             deep = compileAndRun(three.bytes(), "small", inputs);
  ASSERT_TRUE(shallow) << shallow.error().message;
  ASSERT_TRUE(deep) << deep.error().message;
  EXPECT_EQ(deep->at("Y1").data, shallow->at("Y1").data);
  for (const int64_t steps : {0, 1, 2, 9})
    expectClose(stack(lstm, 11, 20, 4, 1, true).bytes(), "edge", inputsOf(lstm, steps, 11, 20, 1, true));
}

// Eight layers in sixteen stages are more instructions than `edge` has room for. Two stages in one fit, and are right for every length.
TEST(EndToEnd, DeepStacksGetACoarserPipeline) {
  for (const Cell &cell : {Cell{"LSTM", 4}, Cell{"GRU", 3, true}}) {
    const auto model = stack(cell, 5, 9, 8, 1, true).bytes();
    for (const int64_t steps : {0, 1, 2, 7, 8, 9, 20})
      expectClose(model, "edge", inputsOf(cell, steps, 5, 9, 1, true));
  }
  CompileOptions options;
  options.arch = loadArch("edge").value();
  const auto program = compileOnnxBytes(stack({"LSTM", 4}, 5, 9, 8, 1, true).bytes(), "m.onnx", options).value();
  EXPECT_LE(program.instructions.size(), options.arch.instructionMemory);
  EXPECT_EQ(std::get<DpuRegion>(program.steps.front()).sequenceOutputs.front().lag, 7u); // of eight stages
}

// Convolutions along time run on the DPU, whatever their stride, dilation and pads, and whatever stands behind them.
TEST(EndToEnd, ConvolutionsAlongTimeRunOnTheDpu) {
  struct Case {
    std::vector<int64_t> pads;
    int64_t stride, dilation, width;
    bool bias;
  };
  for (const Case &each : {Case{{1, 1}, 1, 1, 3, true}, Case{{0, 2}, 1, 2, 3, false}, Case{{0, 0}, 2, 1, 4, true},
                           Case{{2, 0}, 3, 2, 2, true}, Case{{0, 0}, 1, 1, 1, true}, Case{{0, 0}, 2, 1, 1, false}}) {
    SCOPED_TRACE(testing::Message() << "stride " << each.stride << ", dilation " << each.dilation << ", width " << each.width);
    ModelBuilder model;
    model.input("X", {2, 5, -1}).output("Y", {2, 6, -3}).output("Z", {-3, 1, 2, 4}).weights("K", {6, 5, each.width}).weights("b", {6});
    model.node("Conv", {"X", "K", each.bias ? "b" : ""}, {"C"}).set("pads", each.pads);
    model.set("strides", std::vector<int64_t>{each.stride}).set("dilations", std::vector<int64_t>{each.dilation});
    model.node("Relu", {"C"}, {"Y"}).node("Transpose", {"Y"}, {"T"}).set("perm", std::vector<int64_t>{2, 0, 1});
    model.weights("W", {1, 12, 6}).weights("R", {1, 12, 4}).node("GRU", {"T", "W", "R"}, {"Z"}).set("hidden_size", int64_t(4));
    for (const int64_t steps : {4, 11}) {
      const Tensors inputs{{"X", randomTensor({2, 5, steps}, 3)}};
      const auto dpu = compileAndRun(model.bytes(), "small", inputs), reference = compileAndRun(model.bytes(), "cpu", inputs);
      ASSERT_TRUE(dpu) << dpu.error().message;
      ASSERT_TRUE(reference) << reference.error().message;
      for (const auto &[name, tensor] : *reference)
        EXPECT_LT(maxDifference(dpu->at(name), tensor), toleranceOf("small")) << name;
    }
    CompileOptions options;
    options.arch = loadArch("small").value();
    const Program program = compileOnnxBytes(model.bytes(), "m.onnx", options).value();
    for (const Step &step : program.steps)
      if (const auto *host = std::get_if<HostStep>(&step)) {
        EXPECT_NE(host->op, "Conv");
      }
    EXPECT_EQ(std::ranges::count_if(program.steps, [](const Step &step) { return std::holds_alternative<DpuRegion>(step); }), 1);
  }
}

// Weights of convolutions and of the layer are too many for the MRF: the layer keeps it. Whoever insists on the convolution hears why not.
TEST(EndToEnd, ConvolutionsMakeRoomForLayers) {
  ModelBuilder model;
  model.input("X", {1, 24, -1}).output("Y", {-2, 1, 1, 16}).weights("K", {24, 24, 3}).weights("W", {1, 48, 24}).weights("R", {1, 48, 16});
  model.node("Conv", {"X", "K"}, {"C"}).set("pads", std::vector<int64_t>{1, 1});
  model.proto().mutable_graph()->mutable_node(0)->set_name("conv");
  model.node("Transpose", {"C"}, {"T"}).set("perm", std::vector<int64_t>{2, 0, 1});
  model.node("GRU", {"T", "W", "R"}, {"Y"}).set("hidden_size", int64_t(16));
  CompileOptions options;
  options.arch = loadArch("tiny").value();
  const auto convolutions = [](const Program &program) {
    return std::ranges::count_if(program.steps, [](const Step &step) {
      const auto *host = std::get_if<HostStep>(&step);
      return host && host->op == "Conv";
    });
  };
  EXPECT_EQ(convolutions(compileOnnxBytes(model.bytes(), "m.onnx", options).value()), 0);
  options.arch.mrfTiles = 20;
  EXPECT_EQ(convolutions(compileOnnxBytes(model.bytes(), "m.onnx", options).value()), 1);
  const auto path = std::filesystem::path(testing::TempDir()) / "convolution.onnx";
  const std::vector<std::byte> bytes = model.bytes();
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  EXPECT_EQ(placeNodes(path, options).value().front().detail, "with its weights, those of the DPU would not fit architecture tiny");
  options.placement["conv"] = "dpu";
  const auto refused = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("native tiles in every tile engine; architecture tiny has 20"), std::string::npos)
      << refused.error().message;
}

// An encoder for two texts, and a decoder written out for three steps: weights and instructions are there once.
TEST(EndToEnd, NodesWithTheSameWeightsShareThemAndTheirInstructions) {
  const auto build = [](const std::string &second, unsigned steps) {
    ModelBuilder model;
    model.input("X", {-1, 1, 5}).input("Z", {-2, 1, 5}).input("h", {1, 1, 4}).integers("axis", {1}, {0});
    for (const char *name : {"", "2"})
      model.weights(std::string("W") + name, {1, 12, 5}).weights(std::string("R") + name, {1, 12, 4});
    model.weights("V", {4, 5});
    model.node("GRU", {"X", "W", "R"}, {"A", "Ah"}).set("hidden_size", int64_t(4));
    model.node("GRU", {"Z", "W" + second, "R" + second}, {"B", "Bh"}).set("hidden_size", int64_t(4));
    model.output("A", {-1, 1, 1, 4}).output("Bh", {1, 1, 4});
    std::string state = "h";
    for (unsigned t = 0; t < steps; ++t) {
      const std::string at = std::to_string(t);
      model.node("MatMul", {state, "V"}, {"v" + at}).node("Softmax", {"v" + at}, {"s" + at});
      model.node("GRU", {"s" + at, "W", "R", "", "", state}, {"", "h" + at}).set("hidden_size", int64_t(4));
      state = "h" + at;
    }
    return model.output(state, {1, 1, 4}).bytes();
  };
  const auto compiled = [](const std::vector<std::byte> &bytes) {
    CompileOptions options;
    options.arch = loadArch("small").value();
    return compileOnnxBytes(bytes, "m.onnx", options).value();
  };
  const Program one = compiled(build("", 1)), three = compiled(build("", 3)), other = compiled(build("2", 3));
  EXPECT_EQ(three.weights, one.weights);
  EXPECT_EQ(three.instructions, one.instructions);
  EXPECT_GT(other.weights.size(), three.weights.size());

  const Tensors inputs{{"X", randomTensor({4, 1, 5}, 3)}, {"Z", randomTensor({7, 1, 5}, 4)}, {"h", randomTensor({1, 1, 4}, 5)}};
  for (const char *second : {"", "2"}) {
    const auto dpu = compileAndRun(build(second, 3), "small", inputs), reference = compileAndRun(build(second, 3), "cpu", inputs);
    ASSERT_TRUE(dpu) << dpu.error().message;
    ASSERT_TRUE(reference) << reference.error().message;
    for (const auto &[name, tensor] : *reference)
      EXPECT_LT(maxDifference(dpu->at(name), tensor), toleranceOf("small")) << name;
  }
}

// Arithmetic, comparison and choice around a layer: max(|y|, 0.25) written out, on the host behind the DPU.
// No cycle depends on the scale of a matrix, which follows from its weights.
TEST(EndToEnd, NodesHaveFormatsOfTheirOwn) {
  const std::vector<std::byte> model = stack({"GRU", 3}, 20, 20, 2, 1, false).bytes();
  const Tensors inputs{{"X", randomTensor({7, 1, 20}, 1)}};
  const auto outputs = [&](const std::string &format, std::map<std::string, std::string> nodeFormats) {
    CompileOptions options;
    options.format = format;
    options.nodeFormats = std::move(nodeFormats);
    options.extraOutputs = {"Y0"};
    auto result = compileAndRun(model, "edge", inputs, options);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(Tensors());
  };
  const Tensors wide = outputs("msfp16", {}), narrow = outputs("msfp13", {});
  EXPECT_EQ(outputs("msfp16", {{"/GRU_0", "msfp13"}, {"/GRU_2", "msfp13"}}), narrow);
  const Tensors first = outputs("msfp16", {{"/GRU_0", "msfp13"}}), second = outputs("msfp13", {{"/GRU_0", "msfp16"}});
  EXPECT_EQ(first.at("Y0"), narrow.at("Y0"));
  EXPECT_EQ(second.at("Y0"), wide.at("Y0"));
  for (const Tensors &mixed : {first, second})
    for (const Tensors &uniform : {wide, narrow})
      EXPECT_NE(mixed.at("Y1"), uniform.at("Y1"));
}

// Equal weights are shared only at equal formats.
TEST(EndToEnd, EqualWeightsMayHaveDifferentFormats) {
  ModelBuilder builder;
  builder.input("X", {-1, 1, 20}).weights("W", {20, 20}).output("a", {-1, 1, 20}).output("b", {-1, 1, 20});
  builder.node("MatMul", {"X", "W"}, {"a"}).node("MatMul", {"X", "W"}, {"b"});
  const Tensors inputs{{"X", randomTensor({3, 1, 20}, 1)}};
  CompileOptions options;
  const auto same = compileAndRun(builder.bytes(), "edge", inputs, options);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->at("a"), same->at("b"));
  options.nodeFormats = {{"/MatMul_1", "msfp12"}};
  const auto different = compileAndRun(builder.bytes(), "edge", inputs, options);
  ASSERT_TRUE(different) << different.error().message;
  EXPECT_EQ(different->at("a"), same->at("a"));
  EXPECT_NE(different->at("b"), same->at("b"));
}

TEST(EndToEnd, ExtraOutputsChangeNoBit) {
  const std::vector<std::byte> model = stack({"LSTM", 4}, 5, 9, 2, 2, true).bytes();
  const Tensors inputs{{"X", randomTensor({6, 2, 5}, 1)}, {"h0", randomTensor({1, 2, 9}, 2)}, {"c0", randomTensor({1, 2, 9}, 3)}};
  CompileOptions options;
  for (const char *device : {"edge", "cpu"}) {
    const auto plain = compileAndRun(model, device, inputs, {});
    options.extraOutputs = {"Y0", "x0"};
    const auto extended = compileAndRun(model, device, inputs, options);
    ASSERT_TRUE(plain && extended);
    EXPECT_EQ(extended->size(), plain->size() + 2);
    EXPECT_EQ(extended->at("Y0").shape, (std::vector<int64_t>{6, 1, 2, 9}));
    EXPECT_EQ(extended->at("x0").data, extended->at("Y0").data);
    for (const auto &[name, tensor] : *plain)
      EXPECT_EQ(extended->at(name), tensor) << name;
  }
}

TEST(EndToEnd, TimingOnlyCompilesToTheSameInstructionsButForScales) {
  const auto withoutScales = [](const Program &program) {
    return std::regex_replace(disassemble(program.instructions), std::regex(", scale=-?[0-9]+"), "");
  };
  for (const char *name : {"charlm_gru.onnx", "charlm_lstm.onnx"}) {
    CompileOptions options;
    options.arch = loadArch("edge").value();
    const auto whole = compileOnnxBytes(readModel(name), name, options);
    options.timingOnly = true;
    const auto timed = compileOnnxBytes(readModel(name), name, options);
    ASSERT_TRUE(whole && timed) << name;
    EXPECT_EQ(withoutScales(*timed), withoutScales(*whole)) << name;
    EXPECT_FALSE(whole->weights.empty()) << name;
    EXPECT_TRUE(timed->weights.empty()) << name;
  }
}

TEST(EndToEnd, HostOperatorsFollowALayer) {
  ModelBuilder model(17);
  model.input("X", {-1, 1, 4}).output("Z", {-1, 1, 1, 3}).weights("W", {1, 9, 4}).weights("R", {1, 9, 3}).weights("limit", {1}, 0.25f);
  model.node("GRU", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(3));
  model.node("Abs", {"Y"}, {"A"}).node("Greater", {"A", "limit"}, {"C"}).node("Where", {"C", "A", "limit"}, {"Z"});
  const Tensors inputs{{"X", randomTensor({6, 1, 4}, 3)}};
  const auto dpu = compileAndRun(model.bytes(), "small", inputs), reference = compileAndRun(model.bytes(), "cpu", inputs);
  ASSERT_TRUE(dpu) << dpu.error().message;
  ASSERT_TRUE(reference) << reference.error().message;
  EXPECT_LT(maxDifference(dpu->at("Z"), reference->at("Z")), toleranceOf("small"));
}

} // namespace
} // namespace softdpu::test
