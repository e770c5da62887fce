//===- ControlFlowTest.cpp - If, Loop and Scan, from ONNX's text to numbers --------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <gmock/gmock.h>
#include <onnx/defs/parser.h>

namespace softdpu::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A model of opset 16 in ONNX's text format. \param graph `name (inputs) => (outputs) { nodes }`
std::vector<std::byte> parse(const std::string &graph, int opset = 16) {
  const std::string text = fmt::format("<ir_version: 8, opset_import: [\"\" : {}]> {}", opset, graph);
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  const std::string bytes = model.SerializeAsString();
  const auto *data = reinterpret_cast<const std::byte *>(bytes.data());
  return {data, data + bytes.size()};
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

// As exporters ask: is the rank of X three?
TEST(ControlFlow, AKnownConditionLeavesOneBranch) {
  EXPECT_THAT(stepsOf(lstmInIf("s = Shape (X) r = Size (s) three = Constant <value_int = 3> () c = Equal (r, three)")),
              testing::AllOf(testing::Contains("DPU"), testing::Not(testing::Contains("If"))));
}

} // namespace
} // namespace softdpu::test
