//===- ControlFlowTest.cpp - If, Loop and Scan, from ONNX's text to numbers --------------===//

#include "OnnxText.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/isa/Chain.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace softdpu::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_THAT(inner->detail, testing::MatchesRegex("it is inside node \"If_[0-9]+\", which the CPU runs as a whole"));
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

} // namespace
} // namespace softdpu::test
