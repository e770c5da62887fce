//===- ImportOperatorTest.cpp - Host operators in models: opset forms, symbols, refusals -===//
//
// ONNX's node tests cover what operators compute; here are the forms of older opsets, dimensions that vary, and each sentence that refuses.
//
//===-------------------------------------------------------------------------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace softdpu::test {
namespace {

using testing::HasSubstr;
constexpr int int64Type = onnx::TensorProto::INT64, int8Type = onnx::TensorProto::INT8, int32Type = onnx::TensorProto::INT32,
              boolType = onnx::TensorProto::BOOL;

Tensor floats(std::vector<int64_t> shape, std::initializer_list<float> data) { return tensorOf<float>(std::move(shape), data); }

/// The output Y of `model` for X, all on the CPU.
Tensor outputOf(const ModelBuilder &model, const Tensor &x) {
  const auto outputs = compileAndRun(model.bytes(), "cpu", {{"X", x}});
  EXPECT_TRUE(outputs) << outputs.error().message;
  return outputs ? outputs->at("Y") : Tensor();
}

/// The sentence that refuses `model`, or "".
std::string refusal(const ModelBuilder &model) {
  CompileOptions options;
  options.arch = *loadArch("edge");
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  return program ? "" : program.error().message;
}

/// A model of one node with the input X of `shape`.
ModelBuilder oneNode(const std::string &op, const std::vector<int64_t> &shape, std::vector<std::string> more = {}, int64_t opset = 14,
                     int type = onnx::TensorProto::FLOAT, const std::vector<int64_t> &output = {-2}) {
  ModelBuilder model(opset);
  more.insert(more.begin(), "X");
  model.input("X", shape, type).output("Y", output, type).node(op, more, {"Y"});
  return model;
}

TEST(ImportOperator, OlderFormsWithAttributes) {
  ModelBuilder clip = oneNode("Clip", {3}, {}, 7, onnx::TensorProto::FLOAT, {3});
  clip.set("min", -1.0f);
  EXPECT_EQ(outputOf(clip, floats({3}, {-2, 0, 9})), floats({3}, {-1, 0, 9}));
  clip.set("max", 1.0f);
  EXPECT_EQ(outputOf(clip, floats({3}, {-2, 0, 9})), floats({3}, {-1, 0, 1}));

  ModelBuilder pad = oneNode("Pad", {2}, {}, 9, onnx::TensorProto::FLOAT, {4});
  pad.set("pads", std::vector<int64_t>{1, 1}).set("value", 5.0f);
  EXPECT_EQ(outputOf(pad, floats({2}, {1, 2})), floats({4}, {5, 1, 2, 5}));

  ModelBuilder split(11);
  split.input("X", {3}).output("Y", {1}).node("Split", {"X"}, {"A", "Y"}).set("split", std::vector<int64_t>{2, 1});
  EXPECT_EQ(outputOf(split, floats({3}, {1, 2, 3})), floats({1}, {3}));

  ModelBuilder dropout = oneNode("Dropout", {2}, {}, 10, onnx::TensorProto::FLOAT, {2});
  dropout.set("ratio", 0.5f);
  EXPECT_EQ(outputOf(dropout, floats({2}, {1, 2})), floats({2}, {1, 2}));
}

// Before opset 13 Softmax and its like take all axes from `axis` on as one.
TEST(ImportOperator, OldSoftmaxOfSeveralAxes) {
  const float quarter = 0.25f;
  ModelBuilder softmax = oneNode("Softmax", {-1, 2, 2}, {}, 11, onnx::TensorProto::FLOAT, {-1, 2, 2});
  EXPECT_EQ(outputOf(softmax, floats({1, 2, 2}, {5, 5, 5, 5})), floats({1, 2, 2}, {quarter, quarter, quarter, quarter}));
  ModelBuilder hardmax = oneNode("Hardmax", {2, 2}, {}, 11, onnx::TensorProto::FLOAT, {2, 2});
  hardmax.set("axis", int64_t(0));
  EXPECT_EQ(outputOf(hardmax, floats({2, 2}, {1, 2, 4, 3})), floats({2, 2}, {0, 0, 1, 0}));
}

TEST(ImportOperator, ReductionsOfEveryOpset) {
  ModelBuilder mean = oneNode("ReduceMean", {2, -1}, {}, 11, onnx::TensorProto::FLOAT, {-1});
  mean.set("axes", std::vector<int64_t>{0}).set("keepdims", int64_t(0));
  EXPECT_EQ(outputOf(mean, floats({2, 2}, {1, 2, 3, 4})), floats({2}, {2, 3}));
  ModelBuilder newer = oneNode("ReduceMean", {2, -1}, {"axes"}, 18, onnx::TensorProto::FLOAT, {2, 1});
  newer.integers("axes", {1}, {-1});
  EXPECT_EQ(outputOf(newer, floats({2, 2}, {1, 2, 3, 5})), floats({2, 1}, {1.5f, 4}));
  ModelBuilder none = oneNode("ReduceMax", {2, -1}, {}, 18, onnx::TensorProto::FLOAT, {2, -1});
  EXPECT_EQ(outputOf(none.set("noop_with_empty_axes", int64_t(1)), floats({2, 1}, {1, 2})), floats({2, 1}, {1, 2}));
  ModelBuilder top(9);
  top.input("X", {3}).output("Y", {2}, int64Type).node("TopK", {"X"}, {"V", "Y"}).set("k", int64_t(2));
  EXPECT_EQ(outputOf(top, floats({3}, {1, 9, 5})), tensorOf<int64_t>({2}, {1, 2}));
}

TEST(ImportOperator, NewerOpsets) {
  ModelBuilder split(18);
  split.input("X", {5}).output("Y", {2}).node("Split", {"X"}, {"A", "Y"}).set("num_outputs", int64_t(2));
  EXPECT_EQ(outputOf(split, floats({5}, {1, 2, 3, 4, 5})), floats({2}, {4, 5}));
  ModelBuilder gelu = oneNode("Gelu", {1}, {}, 20, onnx::TensorProto::FLOAT, {1});
  EXPECT_EQ(outputOf(gelu.set("approximate", std::string("tanh")), floats({1}, {0})), floats({1}, {0}));
  ModelBuilder pad = oneNode("Pad", {2, 2}, {"pads", "", "axes"}, 19, onnx::TensorProto::FLOAT, {2, 3});
  pad.set("mode", std::string("wrap")).integers("pads", {2}, {1, 0}).integers("axes", {1}, {-1});
  EXPECT_EQ(outputOf(pad, floats({2, 2}, {1, 2, 3, 4})), floats({2, 3}, {2, 1, 2, 4, 3, 4}));
}

// The size of a result that depends on T is T, or known when it runs.
TEST(ImportOperator, DimensionsThatVary) {
  EXPECT_EQ(outputOf(oneNode("Flatten", {-1, 2}, {}, 14, onnx::TensorProto::FLOAT, {-1, 2}), floats({3, 2}, {1, 2, 3, 4, 5, 6})),
            floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(outputOf(oneNode("Flatten", {-1, 2, -2}, {}, 14, onnx::TensorProto::FLOAT, {-1, -3}), floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})),
            floats({1, 6}, {1, 2, 3, 4, 5, 6}));
  ModelBuilder positions;
  positions.input("X", {-1, 2}).output("Y", {-1}, int64Type).integers("zero", {}, {0}).integers("one", {}, {1});
  positions.node("Shape", {"X"}, {"S"}).node("Gather", {"S", "zero"}, {"T"}).node("Range", {"zero", "T", "one"}, {"Y"});
  EXPECT_EQ(outputOf(positions, floats({3, 2}, {0, 0, 0, 0, 0, 0})), tensorOf<int64_t>({3}, {0, 1, 2}));
  ModelBuilder found;
  found.input("X", {-1, 2}).output("Y", {2, -3}, int64Type).node("NonZero", {"X"}, {"Y"});
  EXPECT_EQ(outputOf(found, floats({2, 2}, {0, 1, 0, 0})), tensorOf<int64_t>({2, 1}, {0, 1}));
  ModelBuilder tile;
  tile.input("X", {1, 2}).input("N", {2}, int64Type).output("Y", {-1, -3}).node("Tile", {"X", "N"}, {"Y"});
  const auto tiled = compileAndRun(tile.bytes(), "cpu", {{"X", floats({1, 2}, {1, 2})}, {"N", tensorOf<int64_t>({2}, {2, 1})}});
  ASSERT_TRUE(tiled) << tiled.error().message;
  EXPECT_EQ(tiled->at("Y"), floats({2, 2}, {1, 2, 1, 2}));
}

// A convolution or pool that gives a window to every step keeps the name of the sequence length.
TEST(ImportOperator, ConvolutionsOverSequences) {
  ModelBuilder model;
  model.input("X", {1, 1, -1}).weights("W", {2, 1, 3}).output("Y", {1, 2, -1});
  model.node("Conv", {"X", "W"}, {"C"}).set("pads", std::vector<int64_t>{1, 1});
  model.node("MaxPool", {"C"}, {"Y"}).set("kernel_shape", std::vector<int64_t>{2}).set("auto_pad", std::string("SAME_UPPER"));
  CompileOptions options;
  options.arch = *loadArch("edge");
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->outputs[0].shape[2].symbol, "T");
  EXPECT_EQ(outputOf(model, floats({1, 1, 5}, {1, 2, 3, 4, 5})).shape, (std::vector<int64_t>{1, 2, 5}));
  ModelBuilder norm = oneNode("BatchNormalization", {1, 1, -1}, {"one", "one", "one", "one"}, 7, onnx::TensorProto::FLOAT, {1, 1, -1});
  norm.set("spatial", int64_t(1)).set("epsilon", 0.0f).weights("one", {1}, 0);
  EXPECT_EQ(outputOf(norm.set("momentum", 0.9f), floats({1, 1, 1}, {1})).shape, (std::vector<int64_t>{1, 1, 1}));
}

// As post-training quantisation writes a dense layer: the matrix is a constant of int8 with its own scales.
TEST(ImportOperator, QuantisedLayers) {
  ModelBuilder model(13);
  model.input("X", {-1, 2}).output("Y", {-1, 2}).weights("one", {1}, 0).node("DynamicQuantizeLinear", {"X"}, {"q", "s", "z"});
  auto *weights = model.proto().mutable_graph()->add_initializer();
  weights->set_name("W");
  weights->set_data_type(int8Type);
  weights->add_dims(2);
  weights->add_dims(2);
  for (const int value : {2, -1, 0, 3})
    weights->add_int32_data(value);
  model.node("MatMulInteger", {"q", "W", "z"}, {"sums"}).node("Cast", {"sums"}, {"f"}).set("to", int64_t(1)).node("Mul", {"f", "s"}, {"Y"});
  EXPECT_EQ(outputOf(model, floats({1, 2}, {255, -0.0f})), floats({1, 2}, {510, -255}));
  ModelBuilder scales = oneNode("QuantizeLinear", {2, -1}, {"S"}, 13, onnx::TensorProto::FLOAT, {2, -1});
  scales.proto().mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::UINT8);
  scales.set("axis", int64_t(0)).input("S", {2});
  const auto found = compileAndRun(scales.bytes(), "cpu", {{"X", floats({2, 1}, {4, 4})}, {"S", floats({2}, {1, 2})}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->at("Y"), tensorOf<uint8_t>({2, 1}, {4, 2}));
}

/// A constant `name` of the bytes -8 .. 7, repeated.
void addBytes(ModelBuilder &model, const std::string &name, const std::vector<int64_t> &shape) {
  auto *tensor = model.proto().mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(int8Type);
  int64_t count = 1;
  for (const int64_t size : shape) {
    tensor->add_dims(size);
    count *= size;
  }
  for (int64_t i = 0; i < count; ++i)
    tensor->add_int32_data(int(i * 7 % 16) - 8);
}

// Weights that are stored as integers, or several in one tensor, are known when the model is compiled: the layer runs on the DPU.
TEST(ImportOperator, NarrowWeightsReachTheDpu) {
  ModelBuilder model(13);
  model.input("X", {-1, 1, 4}).output("Y", {-1, 1, 1, 3}).weights("S", {1}, 0);
  addBytes(model, "WR", {1, 12, 7});
  model.node("DequantizeLinear", {"WR", "S"}, {"wr"}).set("axis", int64_t(0));
  model.node("Split", {"wr", "sizes"}, {"W", "R"}).set("axis", int64_t(-1)).integers("sizes", {2}, {4, 3});
  model.node("LSTM", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(3));
  model.proto().mutable_graph()->mutable_initializer(0)->set_float_data(0, 0.0625f);
  CompileOptions options;
  options.arch = *loadArch("edge");
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_TRUE(std::ranges::any_of(program->steps, [](const Step &step) { return std::holds_alternative<DpuRegion>(step); }));
  EXPECT_TRUE(std::ranges::none_of(program->steps, [](const Step &step) {
    const auto *host = std::get_if<HostStep>(&step);
    return host && (host->op == "DequantizeLinear" || host->op == "Split" || host->op == "LSTM");
  }));
  const Tensors inputs{{"X", randomTensor({5, 1, 4}, 3)}};
  const auto actual = compileAndRun(model.bytes(), "small", inputs), expected = compileAndRun(model.bytes(), "cpu", inputs);
  ASSERT_TRUE(actual && expected);
  EXPECT_LT(maxDifference(actual->at("Y"), expected->at("Y")), 4e-3);
  model.proto().mutable_graph()->mutable_initializer(0)->set_float_data(0, 0);
  EXPECT_THAT(refusal(model), HasSubstr("(DequantizeLinear): a scale is 0; positive numbers are supported"));
}

TEST(ImportOperator, ConstantsBecomeFloat32AsOnTheCpu) {
  ModelBuilder rows(13);
  rows.input("X", {2, 3}).output("Y", {2, 3}).weights("S", {2}, 0);
  addBytes(rows, "W", {2, 3});
  rows.node("DequantizeLinear", {"W", "S"}, {"w"}).set("axis", int64_t(0)).node("Add", {"X", "w"}, {"Y"});
  for (const int i : {0, 1})
    rows.proto().mutable_graph()->mutable_initializer(0)->set_float_data(i, i == 0 ? 1.0f : 10.0f);
  EXPECT_EQ(outputOf(rows, floats({2, 3}, {0, 0, 0, 0, 0, 0})), floats({2, 3}, {-8, -1, 6, -30, 40, -50}));

  ModelBuilder half(13);
  half.input("X", {2}).output("Y", {2}).node("Cast", {"H"}, {"h"}).set("to", int64_t(1)).node("Add", {"X", "h"}, {"Y"});
  auto *tensor = half.proto().mutable_graph()->add_initializer();
  tensor->set_name("H");
  tensor->set_data_type(onnx::TensorProto::FLOAT16);
  tensor->add_dims(2);
  tensor->add_int32_data(0x3C00);
  tensor->add_int32_data(0x0001);
  EXPECT_EQ(outputOf(half, floats({2}, {0, 0})), floats({2}, {1, 0x1p-24f}));
}

TEST(ImportOperator, VectorsInProducts) {
  ModelBuilder model;
  model.input("X", {2}).weights("W", {2, 3}, 0).output("Y", {3}).node("MatMul", {"X", "W"}, {"Y"});
  EXPECT_EQ(outputOf(model, floats({2}, {1, 2})), floats({3}, {0, 0, 0}));
}

// Attention over a sequence: the scores keep the names of the lengths.
TEST(ImportOperator, EinsumOverSequences) {
  ModelBuilder model;
  model.input("X", {-2, -1, 3}).output("Y", {-2, -1, -1}).node("Einsum", {"X", "X"}, {"Y"}).set("equation", std::string("bik,bjk->bij"));
  CompileOptions options;
  options.arch = *loadArch("edge");
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->outputs[0].shape[2].symbol, "T");
  EXPECT_EQ(outputOf(model, floats({1, 2, 3}, {1, 0, 0, 2, 1, 0})), floats({1, 2, 2}, {1, 2, 2, 5}));
}

TEST(ImportOperator, SmallIntegersPassThroughAProgram) {
  ModelBuilder model;
  model.input("X", {2}, int8Type).output("Y", {2}, int8Type).node("Add", {"X", "X"}, {"Z"}).node("Max", {"Z", "X"}, {"Y"});
  EXPECT_EQ(outputOf(model, tensorOf<int8_t>({2}, {-3, 5})), tensorOf<int8_t>({2}, {-3, 10}));
}

TEST(ImportOperator, RefusesWithOneSentence) {
  const auto says = [](const ModelBuilder &model, const std::string &sentence) { EXPECT_THAT(refusal(model), HasSubstr(sentence)); };
  says(oneNode("Max", {2}, {"X"}, 14, boolType),
       "node \"/Max_0\" (Max): input \"X\" is bool; float32, int64, int32, int8 or uint8 is supported");
  says(oneNode("Max", {2}, {"B"}).input("B", {2}, int64Type), "(Max): operands are float32 and int64; equal types are supported");
  says(oneNode("Clip", {2}, {"B"}).input("B", {2}), "(Clip): bound \"B\" has shape [2]; one number is supported");
  says(oneNode("Clip", {2}, {"B"}).input("B", {}, int64Type), "(Clip): the data is float32 and a bound int64; equal types are supported");
  says(oneNode("Pow", {2}, {"X"}, 14, int8Type), "(Pow): the base is int8; float32, int64 or int32 is supported");
  says(oneNode("Mod", {2}, {"X"}), "(Mod): operands are float32 and attribute \"fmod\" is 0; 1 is supported for float32");
  says(oneNode("PRelu", {2}, {"B"}).input("B", {1, 2}), "(PRelu): the slope has shape [1, 2], which cannot be broadcast to [2]");
  says(oneNode("Split", {3}, {"B"}).integers("B", {1}, {2}),
       "(Split): 1 lengths with the sum 2 for 1 outputs and axis 0 of shape [3]; they must agree");
  ModelBuilder uneven(18);
  uneven.input("X", {3}).output("Y", {2}).node("Split", {"X"}, {"Y", "Z"});
  says(uneven, "(Split): axis 0 of shape [3] does not divide into 2 equal parts; give their lengths");
  says(uneven.set("num_outputs", int64_t(3)), "attribute \"num_outputs\" is 3 for 2 outputs; equal numbers are expected");
  says(oneNode("Pad", {3}, {"B"}).integers("B", {3}, {1, 1, 1}), "(Pad): 3 pads for 1 axes; two for each are expected");
  says(oneNode("Pad", {3}, {"B"}).integers("B", {2}, {-2, -2}), "(Pad): pads -2 and -2 along axis 0 of shape [3] leave no valid size");
  says(oneNode("Pad", {3}, {"B", "V"}).integers("B", {2}, {1, 1}).input("V", {}, int64Type),
       "(Pad): the data is float32 and the constant value int64");
  says(oneNode("Pad", {3}, {"B"}).set("mode", std::string("mirror")).integers("B", {2}, {1, 1}),
       "attribute \"mode\" is \"mirror\"; constant, edge, reflect or wrap is supported");
  says(oneNode("Tile", {3}, {"B"}).integers("B", {2}, {1, 1}),
       "(Tile): repeats have shape [2] for data [3]; one for each dimension is expected");
  says(oneNode("Tile", {3}, {"B"}).integers("B", {1}, {-1}), "(Tile): dimension 0 of shape [3] is repeated -1 times");
  says(oneNode("Flatten", {3}).set("axis", int64_t(2)), "(Flatten): axis 2 is outside rank 1");
  says(oneNode("Dropout", {3}, {"", "B"}).input("B", {}, boolType), "(Dropout): training_mode is given; only inference");
  says(oneNode("GatherElements", {3}, {"X"}), "(GatherElements): indices are float32; int64 and int32 are supported");
  says(oneNode("GatherElements", {3}, {"B"}).integers("B", {1, 1}, {0}),
       "(GatherElements): data and indices have shapes [3] and [1, 1]; equal ranks are expected");
  says(oneNode("GatherND", {3}, {"B"}).integers("B", {1, 2}, {0, 0}),
       "(GatherND): indices have shape [1, 2] for data [3] with 0 batch dimensions");
  says(oneNode("ScatterND", {3}, {"B", "C"}).integers("B", {1, 1}, {0}).input("C", {2}),
       "(ScatterND): updates has shape [2]; [1] is expected");
  says(oneNode("ScatterElements", {3}, {"B", "B"}).integers("B", {1}, {0}),
       "(ScatterElements): the data is float32 and the updates int64; equal types are supported");
  says(oneNode("ScatterElements", {3}, {"B", "X"}, 16, boolType).set("reduction", std::string("add")).integers("B", {3}, {0, 1, 2}),
       "(ScatterElements): the data is bool; with attribute \"reduction\" float32, int64, int32, int8 or uint8 is supported");
  says(oneNode("Range", {}, {"X", "X"}, 14, boolType), "(Range): the start is bool; float32, int64 or int32 is supported");
  says(oneNode("Range", {2}, {"X", "X"}), "(Range): input \"X\" is float32 of shape [2]; a scalar float32 is expected");
  ModelBuilder range;
  range.input("X", {}, int64Type).integers("A", {}, {0}).integers("B", {}, {INT64_MAX}).integers("C", {}, {1}).output("Y", {-2}, int64Type);
  says(range.node("Range", {"A", "B", "C"}, {"Y"}),
       "(Range): 0 to 9223372036854775807 by 1 are too many elements; at most 2147483647 are supported");
  says(oneNode("OneHot", {2}, {"B", "X"}).input("B", {}, boolType), "(OneHot): indices are float32 and the depth bool; float32, int64");
  says(oneNode("Trilu", {2}), "(Trilu): the input has shape [2]; rank 2 or more is expected");
  says(oneNode("Trilu", {2, 2}, {"B"}).input("B", {}), "(Trilu): k is float32; int64 is supported");
  says(oneNode("CumSum", {2}, {"B"}, 14, boolType).integers("B", {}, {0}),
       "(CumSum): the input is bool; float32, int64 or int32 is supported");
  says(oneNode("CumSum", {2}, {"B"}).integers("B", {}, {1}), "(CumSum): axis 1 is outside rank 1");
  says(oneNode("ReverseSequence", {2, 2}, {"B"}).set("time_axis", int64_t(1)).integers("B", {2}, {1, 1}),
       "(ReverseSequence): batch_axis is 1 and time_axis 1");
  says(oneNode("ReverseSequence", {2, 2}, {"B"}).integers("B", {1}, {1}),
       "(ReverseSequence): sequence_lens has shape [1]; [2] is expected");
  says(oneNode("ReduceMean", {2}, {}, 14, int64Type), "(ReduceMean): input \"X\" is int64; float32 is supported");
  says(oneNode("ReduceSum", {2}, {}, 14, int8Type), "(ReduceSum): input \"X\" is int8; float32, int64 or int32 is supported");
  says(oneNode("ReduceMax", {2}, {}, 14, boolType), "(ReduceMax): input \"X\" is bool; float32, int64, int32, int8 or uint8 is supported");
  says(oneNode("ReduceSum", {2}, {"B"}).set("keepdims", int64_t(0)).input("B", {1}, int64Type),
       "(ReduceSum): axes are computed at run time and keepdims is 0; constant axes are supported");
  says(oneNode("ReduceSum", {2}, {"B"}).integers("B", {1}, {1}), "(ReduceSum): axis 1 is outside rank 1");
  says(oneNode("ArgMax", {0, 2}), "(ArgMax): shape [0, 2] has nothing along axis 0; at least one element is expected");
  says(oneNode("ArgMax", {2}, {}, 14, boolType), "(ArgMax): input \"X\" is bool; float32, int64, int32, int8 or uint8 is supported");
  ModelBuilder top;
  top.input("X", {2}).integers("B", {1}, {3}).output("Y", {-2}).node("TopK", {"X", "B"}, {"Y", "I"});
  says(top, "(TopK): K is 3 for axis 0 of shape [2]; 0 to its size is expected");
  const auto conv = [](const std::vector<int64_t> &x, const std::vector<int64_t> &w, const char *op = "Conv") {
    return oneNode(op, x, {"W"}).weights("W", w);
  };
  says(conv({1, 2, 3}, {1, 2}), "(Conv): X has shape [1, 2, 3] and W [1, 2]; equal ranks of 3 or more are expected");
  says(conv({1, 2, 3}, {1, 1, 2}), "(Conv): X has shape [1, 2, 3] and W [1, 1, 2] for 1 groups; equal numbers of channels are expected");
  says(conv({1, 2, 3}, {3, 1, 2}).set("group", int64_t(2)), "(Conv): W has shape [3, 1, 2], whose 3 outputs 2 groups do not divide");
  says(conv({1, 2, 3}, {3, 1, 2}).set("group", int64_t(0)), "(Conv): attribute \"group\" is 0; 1 to 2147483647 is supported");
  says(conv({1, 1, 3}, {1, 1, 4}), "(Conv): a window of 4 elements does not fit into dimension 2 of shape [1, 1, 3] with 0 of padding");
  says(conv({1, 1, 3}, {1, 1, 2}).set("kernel_shape", std::vector<int64_t>{3}),
       "(Conv): attribute \"kernel_shape\" has 3 where W has 2; they must be equal");
  says(conv({1, 1, 3}, {1, 1, 2}).set("strides", std::vector<int64_t>{0}), "(Conv): attribute \"strides\" has 0; 1 or more is supported");
  says(conv({1, 1, 3}, {1, 1, 2}).set("pads", std::vector<int64_t>{0}), "(Conv): attribute \"pads\" has 1 numbers; 2 are expected");
  says(conv({1, 1, 3}, {1, 1, 2}).set("auto_pad", std::string("ALL")),
       "attribute \"auto_pad\" is \"ALL\"; NOTSET, SAME_UPPER, SAME_LOWER or VALID is supported");
  says(conv({1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}), "1 to 3 dimensions behind batch and channels are supported");
  says(conv({1, 2, 3}, {1, 1, 2}, "ConvTranspose"),
       "(ConvTranspose): X has shape [1, 2, 3] and W [1, 1, 2] for 1 groups; equal numbers of channels");
  says(conv({1, 1, 2}, {1, 1, 2}, "ConvTranspose").set("pads", std::vector<int64_t>{2, 2}),
       "(ConvTranspose): the output would have -1 elements along dimension 2");
  says(oneNode("MaxPool", {1, 1, 3}, {}, 14, int64Type).set("kernel_shape", std::vector<int64_t>{2}),
       "(MaxPool): input \"X\" is int64; float32, int8 or uint8 is supported");
  says(oneNode("GlobalMaxPool", {1, 3}), "(GlobalMaxPool): X has shape [1, 3]; rank 3 or more is expected");
  says(oneNode("InstanceNormalization", {1, 2, 3}, {"W", "W"}).weights("W", {3}),
       "(InstanceNormalization): scale has shape [3]; [2] is expected");
  says(oneNode("LayerNormalization", {2, 3}, {"W"}, 17).weights("W", {2}),
       "(LayerNormalization): the scale has shape [2], which cannot be broadcast to [3]");
  says(oneNode("LayerNormalization", {2, 3}, {"W"}, 17).weights("W", {3}).set("stash_type", int64_t(16)),
       "attribute \"stash_type\" is 16; 1 is supported");
  ModelBuilder training(14);
  training.input("X", {1, 1, 2})
      .weights("W", {1})
      .output("Y", {1, 1, 2})
      .node("BatchNormalization", {"X", "W", "W", "W", "W"}, {"Y", "M", "V"});
  says(training.set("training_mode", int64_t(1)), "attribute \"training_mode\" is 1; 0 is supported");
  says(oneNode("MatMul", {}, {"X"}), "(MatMul): operands have shapes [] and []; neither may be a scalar");
  says(oneNode("QuantizeLinear", {2}, {"S"}, 21, int64Type).input("S", {}),
       "(QuantizeLinear): input \"X\" is int64; float32 or int32 is supported");
  says(oneNode("QuantizeLinear", {2}, {"S", "Z"}, 21).input("S", {}).input("Z", {}, int32Type),
       "(QuantizeLinear): the zero point is int32; int8 or uint8 is supported");
  says(oneNode("QuantizeLinear", {2}, {"S"}, 21).input("S", {}, int64Type), "(QuantizeLinear): the scale is int64; float32 is supported");
  says(oneNode("QuantizeLinear", {2}, {"S"}, 21).set("block_size", int64_t(2)).input("S", {}),
       "attribute \"block_size\" is 2; 0 is supported");
  says(oneNode("QuantizeLinear", {2, 3}, {"S"}).input("S", {2}), "(QuantizeLinear): the scale has shape [2]; [3] is expected");
  says(oneNode("QuantizeLinear", {2}, {"S"}).input("S", {2}), "(QuantizeLinear): axis 1 is outside rank 1");
  says(oneNode("DequantizeLinear", {2}, {"X"}, 21), "(DequantizeLinear): input \"X\" is float32; int8, uint8 or int32 is supported");
  says(oneNode("DequantizeLinear", {2}, {"S", "Z"}, 21, int8Type).input("S", {}).input("Z", {}, int32Type),
       "(DequantizeLinear): the zero point is int32 for int8; equal types are expected");
  says(oneNode("MatMulInteger", {2, 2}, {"X"}, 21), "(MatMulInteger): input \"X\" is float32; int8 or uint8 is supported");
  says(oneNode("MatMulInteger", {2, 2}, {"X", "Z"}, 21, int8Type).input("Z", {}, int32Type),
       "(MatMulInteger): the zero point \"Z\" is int32 for int8; equal types are expected");
  says(oneNode("QLinearMatMul", {2, 2}, {"S", "Z", "X", "R", "Z", "R", "Z"}, 21, int8Type)
           .input("S", {2})
           .input("R", {})
           .input("Z", {}, int8Type),
       "(QLinearMatMul): the scale \"S\" is float32 of shape [2]; one float32 is supported");
  says(oneNode("QLinearMatMul", {2, 2}, {"R", "Z", "X", "R", "Z", "R", "V"}, 21, int8Type)
           .input("V", {2}, int8Type)
           .input("R", {})
           .input("Z", {}, int8Type),
       "(QLinearMatMul): the zero point \"V\" is int8 of shape [2]; one int8 or uint8 is supported");
  says(oneNode("Einsum", {2}).set("equation", std::string("ij->i")), "(Einsum): equation \"ij->i\" has 2 labels for operand 0 of rank 1");
  says(oneNode("Einsum", {2, 3}).set("equation", std::string("ii->i")),
       "(Einsum): dimension 1 of shape [2, 3] meets one of 2 of the same label; equal sizes are expected");
  says(oneNode("Einsum", {2}, {}, 14, int64Type).set("equation", std::string("i->i")),
       "(Einsum): input \"X\" is int64; float32 is supported");
  says(oneNode("IsNaN", {2}, {}, 14, int64Type), "(IsNaN): input \"X\" is int64; float32 is supported");
  says(oneNode("Neg", {2}, {}, 14, boolType), "(Neg): input \"X\" is bool; float32, int64, int32, int8 or uint8 is supported");
  says(oneNode("Cast", {2}).set("to", int64_t(11)),
       "attribute \"to\" is 11; float32 (1), uint8 (2), int8 (3), int32 (6), int64 (7), bool (9) or float16 (10) is supported");
}

} // namespace
} // namespace softdpu::test
