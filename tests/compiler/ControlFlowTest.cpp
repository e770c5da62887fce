//===- ControlFlowTest.cpp - If, Loop and Scan, from ONNX's text to numbers --------------===//

#include "Models.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <onnx/defs/parser.h>

namespace softdpu::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::byte> bytesOf(const onnx::ModelProto &model) {
  const std::string bytes = model.SerializeAsString();
  const auto *data = reinterpret_cast<const std::byte *>(bytes.data());
  return {data, data + bytes.size()};
}

/// A model of opset 16 in ONNX's text format. \param graph `name (inputs) => (outputs) { nodes }`
std::vector<std::byte> parse(const std::string &graph, int opset = 16) {
  const std::string text = fmt::format("<ir_version: 8, opset_import: [\"\" : {}]> {}", opset, graph);
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return bytesOf(model);
}

Tensor floats(std::vector<int64_t> shape, std::initializer_list<float> elements) { return tensorOf<float>(std::move(shape), elements); }

std::vector<float> floatsOf(const Expected<Tensors> &outputs, const std::string &name) {
  EXPECT_TRUE(outputs) << outputs.error().message;
  if (!outputs)
    return {};
  const auto data = values<float>(outputs->at(name));
  return {data.begin(), data.end()};
}

Expected<Tensors> run(const std::vector<std::byte> &model, const Tensors &inputs) { return compileAndRun(model, "cpu", inputs); }

std::string refusal(const std::vector<std::byte> &bytes) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  const auto program = compileOnnxBytes(bytes, "m.onnx", options);
  return program ? "" : program.error().message;
}

Tensor truth(bool value) { return {ElementType::Bool, {}, {std::byte(value)}}; }

TEST(ControlFlow, IfTakesTheBranchOfItsCondition) {
  const auto model = parse(R"(g (bool c, float[2] x) => (float[2] y) {
    y = If (c) <then_branch = t () => (float[2] a) { a = Add (x, x) }, else_branch = e () => (float[2] a) { a = Neg (x) }>
  })");
  const Tensor x = floats({2}, {1, 2});
  EXPECT_THAT(floatsOf(run(model, {{"c", truth(true)}, {"x", x}}), "y"), ElementsAre(2, 4));
  EXPECT_THAT(floatsOf(run(model, {{"c", truth(false)}, {"x", x}}), "y"), ElementsAre(-1, -2));
}

TEST(ControlFlow, LoopCountsAndStops) {
  const auto model = parse(R"(g (int64 n, float[1] x, float[1] limit) => (float[1] y, float[k, 1] all) {
    y, all = Loop (n, , x) <body = b (int64 i, bool c, float[1] v) => (bool again, float[1] w, float[1] seen) {
      j = Cast <to = 1> (i)
      w = Add (v, j)
      less = Less (w, limit)
      axes = Constant <value_ints = [0]> ()
      again = Squeeze (less, axes)
      seen = Identity (v)
    }>
  })");
  const auto given = [](int64_t n, float limit) {
    return Tensors{{"n", tensorOf<int64_t>({}, {n})}, {"x", floats({1}, {10})}, {"limit", floats({1}, {limit})}};
  };
  auto outputs = run(model, given(4, 100));
  EXPECT_THAT(floatsOf(outputs, "y"), ElementsAre(16));
  EXPECT_THAT(floatsOf(outputs, "all"), ElementsAre(10, 10, 11, 13));
  outputs = run(model, given(4, 12)); // 10, 11, 13: no more after that.
  EXPECT_THAT(floatsOf(outputs, "y"), ElementsAre(13));
  EXPECT_THAT(floatsOf(outputs, "all"), ElementsAre(10, 10, 11));
  outputs = run(model, given(0, 100));
  EXPECT_THAT(floatsOf(outputs, "y"), ElementsAre(10));
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->at("all").shape, (std::vector<int64_t>{0, 1}));
}

// ONNX lets a carried value grow.
TEST(ControlFlow, CarriedValuesMayChangeTheirSize) {
  const auto model = parse(R"(g (int64 n, float[1] x) => (float[k] y) {
    c = Constant <value = bool {1}> ()
    y = Loop (n, c, x) <body = b (int64 i, bool c1, float[m] v) => (bool c2, float[m2] w) {
      c2 = Identity (c1)
      w = Concat <axis = 0> (v, x)
    }>
  })");
  EXPECT_THAT(floatsOf(run(model, {{"n", tensorOf<int64_t>({}, {3})}, {"x", floats({1}, {2})}}), "y"), ElementsAre(2, 2, 2, 2));
}

TEST(ControlFlow, ScanTurnsAndTransposes) {
  const auto model = parse(R"(g (float[2] s, float[2, T] x, float[T, 2] z) => (float[2] last, float[2, T] sums, float[T, 2] back) {
    last, sums, back = Scan <num_scan_inputs = 2, scan_input_axes = [1, 0], scan_input_directions = [0, 1], scan_output_axes = [-1, 0],
                             scan_output_directions = [0, 1],
                             body = b (float[2] h, float[2] a, float[2] b) => (float[2] h2, float[2] o1, float[2] o2) {
      t = Add (a, b)
      h2 = Add (h, t)
      o1 = Identity (h2)
      o2 = Identity (a)
    }> (s, x, z)
  })");
  // a: (1, 4), (2, 5), (3, 6); b, backwards: (50, 60), (30, 40), (10, 20).
  const auto outputs = run(
      model, {{"s", floats({2}, {100, 200})}, {"x", floats({2, 3}, {1, 2, 3, 4, 5, 6})}, {"z", floats({3, 2}, {10, 20, 30, 40, 50, 60})}});
  EXPECT_THAT(floatsOf(outputs, "last"), ElementsAre(196, 335));
  EXPECT_THAT(floatsOf(outputs, "sums"), ElementsAre(151, 183, 196, 264, 309, 335));
  EXPECT_THAT(floatsOf(outputs, "back"), ElementsAre(3, 6, 2, 5, 1, 4));
}

TEST(ControlFlow, ScanOfNoStepsGivesItsStates) {
  const auto model = parse(R"(g (float[N, 2] s, float[T, N, 2] x) => (float[N, 2] last, float[T, N, 2] all) {
    last, all = Scan <num_scan_inputs = 1, body = b (float[N, 2] h, float[N, 2] a) => (float[N, 2] h2, float[N, 2] o) {
      h2 = Add (h, a)
      o = Identity (h2)
    }> (s, x)
  })");
  const auto outputs = run(model, {{"s", floats({1, 2}, {1, 2})}, {"x", floats({0, 1, 2}, {})}});
  EXPECT_THAT(floatsOf(outputs, "last"), ElementsAre(1, 2));
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->at("all").shape, (std::vector<int64_t>{0, 1, 2}));
}

// The body of a Scan in a Loop uses tensors of both graphs around it, and names that other graphs have as well mean the innermost.
TEST(ControlFlow, NamesMeanTheInnermostGraph) {
  const auto model = parse(R"(g (float[1] s, float[3, 1] x) => (float[1] y) {
    n = Constant <value_int = 2> ()
    w = Constant <value_floats = [1000.0]> ()
    outer = Add (s, w)
    y = Loop (n, , s) <body = b (int64 i, bool c, float[1] s) => (bool c2, float[1] r) {
      c2 = Constant <value = bool {1}> ()
      inner = Add (outer, s)
      r, all = Scan <num_scan_inputs = 1, body = sb (float[1] s, float[1] e) => (float[1] q, float[1] q2) {
        p = Add (s, e)
        p2 = Add (p, inner)
        q = Sub (p2, outer)
        q2 = Identity (q)
      }> (s, x)
    }>
  })");
  // Each step adds e and the state s of the loop (inner - outer): s -> s + 6 + 3 s, twice, from 1: 10, 46.
  EXPECT_THAT(floatsOf(run(model, {{"s", floats({1}, {1})}, {"x", floats({3, 1}, {1, 2, 3})}}), "y"), ElementsAre(46));
}

/// An LSTM in a branch, with weights of the graph around it. \param condition nodes that compute `c` from X.
std::vector<std::byte> lstmInIf(const std::string &condition) {
  return parse(R"(g (float[T, 1, 2] X) => (float[T, 1, 1, 3] Y) {
    w = Constant <value = float[1, 12, 1] {0.1, 0.2, 0.3, -0.1, 0.5, 0.2, 0.1, 0.7, -0.4, 0.3, 0.2, 0.1}> ()
    W = Concat <axis = 2> (w, w)
    shape = Constant <value_ints = [1, 12, 1]> ()
    v = Reshape (w, shape)
    R = Concat <axis = -1> (v, v, v)
    )" + condition +
               R"(
    Y = If (c) <then_branch = t () => (float[T, 1, 1, 3] a) { a = LSTM <hidden_size = 3> (X, W, R) },
                else_branch = e () => (float[T, 1, 1, 3] a) { a = LSTM <hidden_size = 3, activations = ["Sigmoid", "Relu", "Tanh"]> (X, W, R) }>
  })");
}

Program compiled(const std::vector<std::byte> &model) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  auto program = compileOnnxBytes(model, "m.onnx", options);
  EXPECT_TRUE(program) << program.error().message;
  return program ? std::move(*program) : Program{};
}

std::vector<std::string> stepsOf(const std::vector<std::byte> &model) {
  std::vector<std::string> names;
  for (const Step &step : compiled(model).steps)
    names.push_back(std::holds_alternative<DpuRegion>(step) ? "DPU" : std::get<HostStep>(step).op);
  return names;
}

// As exporters ask: is the rank of X three? The weights come from constants of the graph around, through several nodes.
TEST(ControlFlow, AKnownConditionLeavesOneBranch) {
  EXPECT_THAT(stepsOf(lstmInIf("s = Shape (X) r = Size (s) three = Constant <value_int = 3> () c = Equal (r, three)")),
              testing::AllOf(testing::Contains("DPU"), testing::Not(testing::Contains("If"))));
}

// What is asked of sizes and ranks in other ways; the outputs tell which branch was taken.
TEST(ControlFlow, ConditionsOnShapesAreKnown) {
  for (const auto &[condition, first] : std::initializer_list<std::pair<std::string, bool>>{
           {"s = Shape (X) t = Shape (s) i = Constant <value_int = 0> () r = Gather (t, i) n = Constant <value_int = 3> () c = Equal (r, "
            "n)",
            true},
           {"s = Shape (X) i = Constant <value_int = 2> () d = Gather (s, i) n = Constant <value_int = 1> () c = Greater (n, d)", false},
           {"s = Shape (X) i = Constant <value_int = 1> () d = Gather (s, i) c = Cast <to = 9> (d)", true},
           {"s = Shape (X) r = Size (s) n = Constant <value_int = 4> () e = Less (r, n) f = Not (e) g = Or (e, f) c = And (f, g)", false},
           {"u = Constant <value_ints = [1, 2, 3]> () e = Constant <value_ints = [1, 5, 3]> () q = Equal (u, e) z = Constant <value = "
            "bool[3] {1, 1, 0}> () "
            "p = Where (z, q, z) i = Constant <value_int = 1> () c = Gather (p, i)",
            false}}) {
    const Program program = compiled(lstmInIf(condition));
    ASSERT_FALSE(program.steps.empty());
    bool relu = false;
    for (const Step &step : program.steps) {
      const auto *host = std::get_if<HostStep>(&step);
      EXPECT_FALSE(host && host->op == "If") << condition;
    }
    relu = disassemble(program.instructions).find("v_relu") != std::string::npos;
    EXPECT_EQ(relu, !first) << condition;
  }
}

// The condition comes at run time: both branches stay, on the CPU, and the report says why.
TEST(ControlFlow, LayersInsideAnIfRunOnTheCpu) {
  const std::string runTime =
      "i = Constant <value_int = 0> () s = Shape (X) d = Gather (s, i) n = Constant <value_int = 4> () c = Less (d, n)";
  const auto model = lstmInIf(runTime);
  EXPECT_THAT(stepsOf(model), testing::AllOf(testing::Contains("If"), testing::Not(testing::Contains("DPU"))));
  const std::string path = testing::TempDir() + "lstm_in_if.onnx";
  ASSERT_TRUE(writeFile(path, model));
  CompileOptions options;
  options.arch = *loadArch("tiny");
  const auto placements = placeNodes(path, options);
  ASSERT_TRUE(placements) << placements.error().message;
  const auto inner = std::ranges::find(*placements, "LSTM", &NodePlacement::op);
  ASSERT_NE(inner, placements->end());
  EXPECT_EQ(inner->place, NodePlacement::Place::Cpu);
  EXPECT_THAT(inner->detail, testing::MatchesRegex("it is inside node \"If_[0-9]+\" \\(If\\), which the CPU runs as a whole"));
  options.placement[inner->node] = "dpu";
  const auto refused = compileOnnxBytes(model, "m.onnx", options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("is placed on the DPU, but it is inside node"));
}

// What two branches compute differs only in what ONNX says.
TEST(ControlFlow, BranchesOfARunTimeConditionGiveTheirLayers) {
  const std::string runTime =
      "i = Constant <value_int = 0> () s = Shape (X) d = Gather (s, i) n = Constant <value_int = 4> () c = Less (d, n)";
  const auto taken = [&](int64_t steps, const std::string &condition) {
    return run(lstmInIf(condition), {{"X", randomTensor({steps, 1, 2}, 3)}});
  };
  const std::string always = "c = Constant <value = bool {1}> ()", never = "c = Constant <value = bool {0}> ()";
  EXPECT_EQ(floatsOf(taken(3, runTime), "Y"), floatsOf(taken(3, always), "Y"));
  EXPECT_EQ(floatsOf(taken(5, runTime), "Y"), floatsOf(taken(5, never), "Y"));
  EXPECT_NE(floatsOf(taken(5, runTime), "Y"), floatsOf(taken(5, always), "Y"));
}

/// How a Scan runs through its sequence, and where it puts what it computes.
struct Way {
  int inputAxis, outputAxis, inputDirection, outputDirection;
  std::string before = "", behind = ""; ///< What the body does with what the layer takes and gives; Selu stays a Scan.
};
class LayersInScans : public testing::TestWithParam<Way> {};

/// `count` numbers, "0.1, -0.2, ...".
std::string weightsText(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += fmt::format("{}{}", i ? ", " : "", float(int(i * 7 % 11) - 5) / 10);
  return text;
}

// The layer is the same over the whole sequence: on the DPU, close to what the CPU computes step by step.
TEST_P(LayersInScans, RunOnTheDpu) {
  const Way way = GetParam();
  const std::string outputs[] = {"T, 2, 2", "2, T, 2", "2, 2, T"};
  const auto model = parse(fmt::format(
      R"(g (float[{}] x, float[2, 2] s) => (float[2, 2] last, float[{}] y) {{
    W = Constant <value = float[1, 6, 3] {{{}}}> ()
    R = Constant <value = float[1, 6, 2] {{{}}}> ()
    last, y = Scan <num_scan_inputs = 1, scan_input_axes = [{}], scan_output_axes = [{}], scan_input_directions = [{}],
                    scan_output_directions = [{}], body = b (float[2, 2] h, float[2, 3] e) => (float[2, 2] g, float[2, 2] o) {{
      zero = Constant <value_ints = [0]> ()
      {}
      d = Unsqueeze ({}, zero)
      k = Unsqueeze (h, zero)
      a, b = GRU <hidden_size = 2> (d, W, R, , , k)
      g = Squeeze (b, zero)
      {}
      o = Identity ({})
    }}> (s, x)
  }})",
      way.inputAxis == 0 ? "T, 2, 3" : "2, T, 3", outputs[way.outputAxis], weightsText(18), weightsText(12), way.inputAxis, way.outputAxis,
      way.inputDirection, way.outputDirection, way.before, way.before.empty() ? "e" : "f", way.behind, way.behind.empty() ? "g" : "q"));
  const auto steps = stepsOf(model);
  EXPECT_THAT(steps, testing::Contains("DPU"));
  EXPECT_EQ(std::ranges::count(steps, "Scan"), (way.before + way.behind).find("Selu") != std::string::npos ? 1 : 0);
  for (const int64_t length : {0, 1, 5}) {
    const Tensors inputs{
        {"x", randomTensor(way.inputAxis == 0 ? std::vector<int64_t>{length, 2, 3} : std::vector<int64_t>{2, length, 3}, 7)},
        {"s", randomTensor({2, 2}, 8)}};
    const auto found = compileAndRun(model, "tiny", inputs), expected = run(model, inputs);
    ASSERT_TRUE(found && expected) << (found ? expected : found).error().message;
    for (const auto &[name, tensor] : *expected)
      EXPECT_LT(maxDifference(found->at(name), tensor), 0.05) << name << ", " << length << " steps";
  }
}

const std::string matrices = "M = Constant <value = float[3, 3] {0.5, -0.25, 0.125, 1.0, 0.5, -0.5, 0.25, 0.75, -1.0}> () p = MatMul (e, "
                             "M) i = Constant <value_ints = [1]> () "
                             "u = Unsqueeze (p, i) t = Transpose <perm = [1, 0, 2]> (u) r = Squeeze (t, zero) m = Constant <value_floats = "
                             "[0.5, 0.0, -0.5]> () f = Add (m, r)";
const std::string gemm = "N = Constant <value = float[2, 2] {0.5, -0.25, 0.125, 1.0}> () n = Constant <value_floats = [0.5, 0.25]> () "
                         "v = Gemm <transB = 1, alpha = 0.5> (g, N, n) w = Softmax <axis = -1> (v) "
                         "q = Sub (w, g)";
INSTANTIATE_TEST_SUITE_P(Ways, LayersInScans,
                         testing::Values(Way{0, 0, 0, 0}, Way{0, 0, 1, 1}, Way{0, 1, 1, 0}, Way{1, 0, 0, 1}, Way{1, 2, 0, 0},
                                         Way{0, 0, 0, 0, "f = Neg (e)", "q = Exp (g)"}, Way{1, 1, 1, 0, "f = Selu (e)", ""},
                                         Way{0, 2, 1, 1, "", "q = Selu (g)"}, Way{1, 0, 0, 1, "f = Tanh (e)", "q = Selu (g)"},
                                         Way{1, 0, 1, 0, matrices, ""}, Way{0, 1, 0, 0, "", gemm}, Way{0, 1, 1, 1, matrices, gemm}));

class ExportedModels : public testing::TestWithParam<std::string> {};

// What PyTorch makes of loops, lists and conditions around its cells and layers (tests/compiler/models/export.py) runs on the DPU.
TEST_P(ExportedModels, RunOnTheDpu) {
  const auto model = readFile(SOFTDPU_TEST_MODELS "/torch_" + GetParam() + ".onnx");
  ASSERT_TRUE(model) << model.error().message;
  const Program program = compiled(*model);
  EXPECT_THAT(stepsOf(*model),
              testing::AllOf(testing::Contains("DPU"), testing::Not(testing::Contains("Loop")), testing::Not(testing::Contains("If"))));
  Tensors inputs;
  for (const Port &port : program.inputs)
    inputs[port.name] = randomTensor(port.name == "x" ? std::vector<int64_t>{7, 2, 3} : std::vector<int64_t>{2, 4}, unsigned(port.name[0]));
  const auto found = compileAndRun(*model, "tiny", inputs), expected = run(*model, inputs);
  ASSERT_TRUE(found && expected) << (found ? expected : found).error().message;
  for (const auto &[name, tensor] : *expected)
    EXPECT_LT(maxDifference(found->at(name), tensor), 0.05) << name;
}

INSTANTIATE_TEST_SUITE_P(Torch, ExportedModels, testing::Values("last", "list", "rank"),
                         [](const auto &instance) { return instance.param; });

/// Weights [1, 8, 2] of an LSTM, and [2, 8] stored otherwise, brought there by `nodes`.
std::vector<std::byte> lstmWithWeights(const std::string &nodes) {
  return parse(R"(g (float[T, 1, 2] X) => (float[T, 1, 1, 2] Y) {
    a = Constant <value = float[2, 8] {0.1, 0.2, 0.3, -0.1, 0.5, 0.2, 0.1, 0.7, -0.4, 0.3, 0.2, 0.1, 0.6, 0.3, -0.2, 0.1}> ()
    R = Constant <value = float[1, 8, 2] {0.1, 0.2, 0.3, -0.1, 0.5, 0.2, 0.1, 0.7, -0.4, 0.3, 0.2, 0.1, 0.6, 0.3, -0.2, 0.1}> ()
    )" + nodes +
               R"(
    Y = LSTM <hidden_size = 2> (X, W, R)
  })");
}

TEST(ControlFlow, WeightsAreConstantThroughChainsOfNodes) {
  const Tensors inputs{{"X", randomTensor({4, 1, 2}, 5)}};
  const std::vector<float> expected = floatsOf(
      run(lstmWithWeights("t = Transpose <perm = [1, 0]> (a) zero = Constant <value_ints = [0]> () W = Unsqueeze (t, zero)"), inputs), "Y");
  for (const std::string nodes :
       {"zero = Constant <value_ints = [0]> () four = Constant <value_ints = [4]> () eight = Constant <value_ints = [8]> () one = Constant "
        "<value_ints = [1]> () "
        "l = Slice (a, zero, four, one) r = Slice (a, four, eight, one) t = Concat <axis = 1> (l, r) u = Transpose <perm = [1, 0]> (t) "
        "i = Identity (u) W = Unsqueeze (i, zero)",
        "t = Transpose (a) shape = Constant <value_ints = [1, -1, 2]> () W = Reshape (t, shape)",
        "t = Transpose (a) h = Constant <value_ints = [0, 1]> () u = Unsqueeze (t, h) z = Constant <value_ints = [1]> () W = Squeeze (u, "
        "z)",
        "t = Transpose (a) k = Constant <value_ints = [0]> () rows = Constant <value_ints = [0, 1, 2, 3, 4, 5, 6, 7]> () "
        "g = Gather <axis = 0> (t, rows) W = Unsqueeze (g, k)",
        "t = Transpose (a) k = Constant <value_ints = [0]> () l, r = Split <axis = 0> (t) s = Concat <axis = 0> (l, r) "
        "m = Constant <value_float = 1.0> () p = Mul (s, m) W = Unsqueeze (p, k)",
        "t = Transpose (a) shape = Constant <value_ints = [1, 8, 2]> () W = Expand (t, shape)"}) {
    EXPECT_THAT(stepsOf(lstmWithWeights(nodes)), testing::AllOf(testing::Contains("DPU"), testing::Not(testing::Contains("LSTM"))))
        << nodes;
    EXPECT_EQ(floatsOf(run(lstmWithWeights(nodes), inputs), "Y"), expected) << nodes;
  }
}

/// A Loop that fills a sequence with x + i, two of shape [1, 2] in each test. \param behind what takes the sequence q.
std::string collecting(const std::string &behind, const std::string &inside = "r = SequenceInsert (p, e)",
                       const std::string &shape = "1, 4") {
  return "g (int64 n, float[1, 2] x) => (float[" + shape +
         "] y) { s = SequenceEmpty () q = Loop (n, , s) <body = b (int64 i, bool c, p) => (bool d, r) { "
         "d = Identity (c) j = Cast <to = 1> (i) e = Add (x, j) " +
         inside + " }> " + behind + " }";
}

// What exporters make of a list.
TEST(ControlFlow, SequencesThatALoopFillsAreStacked) {
  const Tensors inputs{{"n", tensorOf<int64_t>({}, {2})}, {"x", floats({1, 2}, {10, 20})}};
  const auto result = [&](const std::string &behind, const std::string &shape) {
    const auto outputs = run(parse(collecting(behind, "r = SequenceInsert (p, e)", shape), 18), inputs);
    EXPECT_TRUE(outputs) << outputs.error().message;
    return outputs ? outputs->at("y") : Tensor{};
  };
  EXPECT_EQ(result("y = ConcatFromSequence <axis = 1> (q)", "1, k"), floats({1, 4}, {10, 20, 11, 21}));
  EXPECT_EQ(result("y = ConcatFromSequence <axis = 0> (q)", "k, 2"), floats({2, 2}, {10, 20, 11, 21}));
  EXPECT_EQ(result("y = ConcatFromSequence <axis = 0, new_axis = 1> (q)", "k, 1, 2"), floats({2, 1, 2}, {10, 20, 11, 21}));
  EXPECT_EQ(result("y = ConcatFromSequence <axis = -1, new_axis = 1> (q)", "1, 2, k"), floats({1, 2, 2}, {10, 11, 20, 21}));
}

/// A model of an opset that ONNX's own checker does not know, so that the sentences are those of the importer.
std::string refusalOf(const std::string &graph, int opset = 18) { return refusal(parse(graph, opset)); }

/// A Loop of n rounds around `body`, the text behind `b`.
std::string loopWith(const std::string &body, const std::string &node = "y = Loop (n, c, x)") {
  return "g (int64 n, bool c, float[2] x) => (float[2] y) { " + node + " <body = b " + body + "> }";
}
const std::string goodBody = "(int64 i, bool k, float[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (v) }";

/// A Scan over x around `body`.
std::string scanWith(const std::string &attributes,
                     const std::string &body = "(float[2] h, float[2] e) => (float[2] g, float[2] o) { g = Add (h, e) o = Neg (e) }") {
  return "g (float[2] s, float[3, 2] x) => (float[2] y, float[3, 2] z) { y, z = Scan <" + attributes + ", body = b " + body + "> (s, x) }";
}

/// An If with a condition of the run time.
std::string ifWith(const std::string &thenBranch, const std::string &elseBranch, const std::string &condition = "c") {
  return "g (bool c, float[2] x) => (float[2] y) { y = If (" + condition + ") <then_branch = t " + thenBranch + ", else_branch = e " +
         elseBranch + "> }";
}
const std::string goodBranch = "() => (float[2] a) { a = Neg (x) }";

TEST(ControlFlow, AcceptsTheModelsThatTheOthersBreak) {
  EXPECT_EQ(refusalOf(loopWith(goodBody)), "");
  EXPECT_EQ(refusalOf(scanWith("num_scan_inputs = 1")), "");
  EXPECT_EQ(refusalOf(ifWith(goodBranch, goodBranch)), "");
}

TEST(ControlFlow, RefusesGraphsWithBadNames) {
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] b) { b = Neg (q) }")),
              HasSubstr("m.onnx: node \"If_0/Neg_0\" (Neg): input \"q\" is not defined anywhere"));
  EXPECT_THAT(refusalOf(ifWith("() => (float[2] a) { p = Neg (x) a = Neg (p) }", "() => (float[2] a) { a = Neg (p) }")),
              HasSubstr("node \"If_0/Neg_0\" (Neg): input \"p\" is not defined anywhere")); // Of the other branch.
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] b) { a = Neg (x) }")),
              HasSubstr("node \"If_0\" (If): else_branch: output \"b\" is not defined anywhere"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] a) { a = Neg (x) a = Abs (x) }")),
              HasSubstr("node \"If_0/Abs_1\" (Abs): output \"a\" is defined twice"));
  EXPECT_THAT(
      refusalOf(ifWith(goodBranch, "() => (float[2] x) { x = Neg (x) }")),
      HasSubstr("node \"If_0/Neg_0\" (Neg): output \"x\" has the name of a tensor of a graph around it; ONNX asks for another name"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool i, float[2] v) => (bool m, float[2] w) { m = Identity (i) w = Neg (v) }")),
              HasSubstr("node \"Loop_0\" (Loop): body: input \"i\" is defined twice or has no name"));
  EXPECT_THAT(refusalOf(ifWith("() => (float[2] a) { a = Neg (y) }", goodBranch)),
              HasSubstr("the graph has a cycle")); // y is the If's own.
}

TEST(ControlFlow, RefusesGraphsTooDeep) {
  std::string branch = "() => (float[2] z) { z = Neg (x) }";
  for (int i = 0; i < 9; ++i)
    branch = fmt::format(
        "() => (float[2] a{0}) {{ a{0} = If (c) <then_branch = t {1}, else_branch = e () => (float[2] b{0}) {{ b{0} = Neg (x) }}> }}", i,
        branch);
  EXPECT_THAT(refusalOf(ifWith(branch, goodBranch)), HasSubstr("graphs inside graphs, more than 8 deep, are not supported"));
}

TEST(ControlFlow, RefusesWhatIsNoTensor) {
  onnx::ModelProto model;
  const auto bytes = parse(ifWith(goodBranch, goodBranch), 18);
  model.ParseFromArray(bytes.data(), int(bytes.size()));
  auto *output = model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g()->mutable_output(0);
  auto *element = output->mutable_type()->mutable_optional_type()->mutable_elem_type()->mutable_tensor_type();
  element->set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(refusal(bytesOf(model)),
              HasSubstr("node \"If_0\" (If): then_branch: output \"a\": not a tensor; only tensors are supported"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, double[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (v) }")),
              HasSubstr("node \"Loop_0\" (Loop): body: input \"v\": element type DOUBLE is not supported; float32, "));
}

TEST(ControlFlow, RefusesOtherSequences) {
  const std::string stacked = "y = ConcatFromSequence <axis = 1> (q)";
  EXPECT_EQ(refusalOf(collecting(stacked)), "");
  EXPECT_THAT(refusalOf(collecting("i = Constant <value_int = 0> () y = SequenceAt (q, i)")),
              HasSubstr("(SequenceEmpty): this operator is not supported"));
  EXPECT_THAT(refusalOf(collecting(stacked, "r = SequenceInsert (p, e, i)")), HasSubstr("(SequenceEmpty): this operator is not supported"));
  EXPECT_THAT(refusalOf(collecting("y = ConcatFromSequence <axis = 2> (q)")), HasSubstr("(ConcatFromSequence): axis 2 is outside rank 2"));
  EXPECT_THAT(refusalOf(collecting("y = ConcatFromSequence (q)")), HasSubstr("(ConcatFromSequence): attribute \"axis\" is missing"));
  onnx::ModelProto model;
  const auto bytes = parse(collecting("i = Constant <value_int = 0> () y = SequenceAt (q, i)"), 18);
  model.ParseFromArray(bytes.data(), int(bytes.size()));
  auto *port = model.mutable_graph()->mutable_node(1)->mutable_attribute(0)->mutable_g()->mutable_input(2);
  port->mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(refusal(bytesOf(model)),
              HasSubstr("node \"Loop_1\" (Loop): body: \"p\" is a sequence of tensors; only one that a Loop fills from SequenceEmpty on, "
                        "by one SequenceInsert in each iteration, and that ConcatFromSequence takes, is supported"));
}

TEST(ControlFlow, RefusesGraphsThatAnOperatorDoesNotHave) {
  EXPECT_THAT(refusalOf("g (float[2] x) => (float[2] y) { y = Neg <body = b () => (float[2] a) { a = Abs (x) }> (x) }"),
              HasSubstr("node \"Neg_0\" (Neg): attribute \"body\" is a graph, which this operator does not have; leave it out"));
  EXPECT_THAT(refusalOf("g (bool c, float[2] x) => (float[2] y) { y = If (c) <then_branch = t " + goodBranch + "> }"),
              HasSubstr("node \"If_0\" (If): attribute \"else_branch\" is there 0 times; one graph is expected"));
}

TEST(ControlFlow, RefusesBranchesThatDoNotFit) {
  EXPECT_THAT(refusalOf(ifWith(goodBranch, goodBranch, "x")),
              HasSubstr("(If): the condition is float32 of shape [2]; one bool is expected"));
  EXPECT_THAT(refusalOf(ifWith("(float[2] q) => (float[2] a) { a = Neg (q) }", goodBranch)),
              HasSubstr("(If): then_branch has 1 inputs; 0 are expected"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] a, float[2] b) { a = Neg (x) b = Abs (x) }")),
              HasSubstr("(If): else_branch has 2 outputs, the node 1; equal numbers are expected"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (bool[2] a) { a = Less (x, x) }")),
              HasSubstr("(If): output \"y\" of its branches is float32 and bool; equal types are supported"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[1, 2] a) { i = Constant <value_ints = [0]> () a = Unsqueeze (x, i) }")),
              HasSubstr("(If): output \"y\" of its branches has shape [2] and [1, 2]; equal ranks are supported"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (int64[2] b) { b = Neg (x) }")),
              HasSubstr("(If): else_branch: output \"b\" is declared as int64, computed as float32"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[3] b) { b = Neg (x) }")),
              HasSubstr("(If): else_branch: output \"b\" is declared with shape [3], computed with [2]"));
}

TEST(ControlFlow, RefusesLoopsThatDoNotFit) {
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (x, c, x)")),
              HasSubstr("(Loop): the trip count is float32 of shape [2]; one int64 is expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, n, x)")),
              HasSubstr("(Loop): the condition is int64 of shape []; one bool is expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, c)")), HasSubstr("(Loop): body has 3 inputs; 2 are expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, c, , x)")), HasSubstr("(Loop): body has 3 inputs; 4 are expected"));
  EXPECT_THAT(
      refusalOf(loopWith(
          "(int64 i, bool k, float[2] v, float[2] u) => (bool m, float[2] w, float[2] t) { m = Identity (k) w = Neg (v) t = Neg (u) }",
          "y = Loop (n, c, , x)")),
      HasSubstr("(Loop): input 2 is missing"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (bool m) { m = Identity (k) }")),
              HasSubstr("(Loop): body has 1 outputs; 2 are expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y, z = Loop (n, c, x)")), HasSubstr("(Loop): has 2 outputs, of which body computes 1"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, int64[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (x) }")),
              HasSubstr("(Loop): body: input \"v\" is declared as int64, and gets float32"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (bool m, bool[2] w) { m = Identity (k) w = Less (v, v) }")),
              HasSubstr("(Loop): carried value \"v\" is float32 and bool; equal types are supported"));
  EXPECT_THAT(
      refusalOf(loopWith(
          "(int64 i, bool k, float[2] v) => (bool m, w) { m = Identity (k) z = Constant <value_ints = [0]> () w = Unsqueeze (v, z) }")),
      HasSubstr("(Loop): carried value \"v\" has shape [2] and [1, 2]; equal ranks are supported"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (float[2] m, float[2] w) { m = Abs (v) w = Neg (v) }")),
              HasSubstr("(Loop): body: the condition \"m\" is float32; bool is expected"));
  onnx::ModelProto endless;
  const auto bytes = parse(loopWith(goodBody), 18);
  endless.ParseFromArray(bytes.data(), int(bytes.size()));
  for (int input : {0, 1})
    endless.mutable_graph()->mutable_node(0)->set_input(input, "");
  EXPECT_THAT(refusal(bytesOf(endless)),
              HasSubstr("(Loop): never ends: it has no trip count, and its condition is always true; give it one of them"));
}

TEST(ControlFlow, RefusesScansThatDoNotFit) {
  EXPECT_THAT(
      refusalOf(scanWith("num_scan_inputs = 1"), 8),
      HasSubstr(
          "(Scan): Scan of opset 8 has a batch of its own; Scan of opset 9 and newer is supported: save the model with such an opset"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 3")),
              HasSubstr("(Scan): attribute \"num_scan_inputs\" is 3; 1 to the number of inputs, 2, is supported"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_input_directions = [2]")),
              HasSubstr("(Scan): attribute \"scan_input_directions\" is a list of 1 integers; a list of 0 and 1 is supported"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_output_axes = [0, 0]")),
              HasSubstr("(Scan): attribute \"scan_output_axes\" has 2 numbers; 1 are expected"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_input_axes = [2]")), HasSubstr("(Scan): axis 2 is outside rank 2"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_output_axes = [-3]")), HasSubstr("(Scan): axis -3 is outside rank 2"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 2", "(float e, float[2] f) => (float g, float[2] o) { g = Neg (e) o = Neg (f) }")),
              HasSubstr("(Scan): its sequences have 2 and 3 steps; equal numbers are expected"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1", "(float[2] e) => (float[2] g, float[2] o) { g = Neg (e) o = Neg (e) }")),
              HasSubstr("(Scan): body has 1 inputs; 2 are expected"));
}

TEST(ControlFlow, TensorsInsideANodeAreNoOutputs) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  options.extraOutputs = {"w"};
  const auto program = compileOnnxBytes(parse(loopWith(goodBody)), "m.onnx", options);
  ASSERT_FALSE(program);
  EXPECT_THAT(program.error().message, HasSubstr("tensor \"w\" is to be an output, but it is inside a node (If, Loop, Scan)"));
}

// A size that is declared, but that only the run time knows, is checked there.
TEST(ControlFlow, DeclaredSizesAreChecked) {
  const auto model = parse(R"(g (int64 n, float[2] x, int64[1] end) => (float[2] y) {
    y = Loop (n, , x) <body = b (int64 i, bool c, float[2] v) => (bool c2, float[2] w) {
      c2 = Identity (c)
      zero = Constant <value_ints = [0]> ()
      twice = Concat <axis = 0> (v, v)
      w = Slice (twice, zero, end)
    }>
  })");
  const auto given = [](int64_t end) {
    return Tensors{{"n", tensorOf<int64_t>({}, {3})}, {"x", floats({2}, {1, 2})}, {"end", tensorOf<int64_t>({1}, {end})}};
  };
  EXPECT_THAT(floatsOf(run(model, given(2)), "y"), ElementsAre(1, 2));
  const auto outputs = run(model, given(3));
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("node \"Loop_0\" (Loop): \"w\" is float32 [3], expected float32 [2]"));
}

} // namespace
} // namespace softdpu::test
