//===- RandomGraphTest.cpp - Random graphs of everything that the DPU takes --------------===//
//
// Cells, matrices, activations, sums and products in any order, with any number of uses and outputs: chains must be formed, cut and
// pipelined right whatever the graph looks like. Replay one with --gtest_filter=Seeds/RandomGraph.*/<seed>.
//
//===-------------------------------------------------------------------------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace softdpu::test {
namespace {

constexpr int64_t size = 8, batch = 2;

struct Graph {
  ModelBuilder model;
  Tensors inputs;
};

Graph randomGraph(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](unsigned limit) { return unsigned(random() % limit); };
  Graph graph;
  ModelBuilder &model = graph.model;
  const int64_t steps = 1 + below(7);
  model.input("X", {-1, batch, size}).integers("one", {1}, {1});
  graph.inputs["X"] = randomTensor({steps, batch, size}, seed);
  std::vector<std::string> values{"X"};
  const unsigned nodes = 2 + below(9);
  std::vector<std::string> finals;
  for (unsigned i = 0; i < nodes; ++i) {
    const std::string n = std::to_string(i), x = values[below(unsigned(values.size()))], y = values[below(unsigned(values.size()))];
    const auto cell = [&](const std::string &op, int64_t gates, bool linear) {
      model.weights("W" + n, {1, gates * size, size}, 0.3f)
          .weights("R" + n, {1, gates * size, size}, 0.3f)
          .weights("B" + n, {1, 2 * gates * size});
      std::vector<std::string> in{x, "W" + n, "R" + n, below(2) ? "B" + n : ""};
      if (below(2)) {
        model.input("h" + n, {1, batch, size});
        graph.inputs["h" + n] = randomTensor({1, batch, size}, seed + i);
        in.insert(in.end(), {"", "h" + n});
      }
      std::vector<std::string> out{"Y" + n, "Yh" + n};
      if (op == "LSTM")
        out.push_back("Yc" + n);
      model.node(op, in, out).set("hidden_size", size);
      if (linear)
        model.set("linear_before_reset", int64_t(1));
      for (size_t k = 1; k < out.size(); ++k)
        if (below(3) == 0)
          finals.push_back(out[k]);
      model.node("Squeeze", {"Y" + n, "one"}, {"v" + n});
    };
    switch (below(10)) {
    case 0:
      cell("RNN", 1, false);
      break;
    case 1:
      cell("GRU", 3, true);
      break;
    case 2:
      cell("GRU", 3, false);
      break;
    case 3:
      cell("LSTM", 4, false);
      break;
    case 4:
    case 5:
      model.weights("W" + n, {size, size}, 0.4f).node("MatMul", {x, "W" + n}, {"m" + n});
      model.weights("b" + n, {size}).node("Add", {"m" + n, "b" + n}, {"v" + n});
      break;
    case 6:
      model.node(below(2) ? "Tanh" : "Sigmoid", {x}, {"v" + n});
      break;
    case 7:
      model.node("Add", {x, y}, {"v" + n});
      break;
    case 8:
      model.node("Mul", {x, y}, {"v" + n});
      break;
    default:
      model.weights("c" + n, {size})
          .node("Sub", below(2) ? std::vector<std::string>{"c" + n, x} : std::vector<std::string>{x, "c" + n}, {"v" + n});
    }
    values.push_back("v" + n);
  }
  model.output(values.back(), {-1, batch, size});
  // What nobody uses leaves, so that nothing is dead.
  std::set<std::string> used;
  for (const auto &node : model.graph().node())
    used.insert(node.input().begin(), node.input().end());
  for (size_t i = 1; i + 1 < values.size(); ++i)
    if (below(3) == 0 || !used.contains(values[i]))
      model.output(values[i], {-1, batch, size});
  for (const std::string &final : finals)
    model.output(final, {1, batch, size});
  return graph;
}

class RandomGraph : public testing::TestWithParam<unsigned> {};

TEST_P(RandomGraph, MatchesFloat32) {
  const Graph graph = randomGraph(GetParam());
  const auto expected = compileAndRun(graph.model.bytes(), "cpu", graph.inputs);
  ASSERT_TRUE(expected) << expected.error().message;
  for (const std::string arch : {"small", "tiny"}) {
    const auto actual = compileAndRun(graph.model.bytes(), arch, graph.inputs);
    ASSERT_TRUE(actual) << actual.error().message;
    for (const auto &[name, tensor] : *expected) {
      float largest = 1;
      for (float value : values<float>(tensor))
        largest = std::max(largest, std::abs(value));
      EXPECT_LE(maxDifference(actual->at(name), tensor), largest * (arch == "small" ? 0.03 : 0.2)) << name << " on " << arch;
    }
  }
}

// Three MFUs and two must give the same bits: operations are cut into chains differently, but never reordered.
TEST_P(RandomGraph, TheNumberOfMfusChangesNoBit) {
  const Graph graph = randomGraph(GetParam());
  Tensors results[2];
  for (unsigned mfus : {2u, 3u}) {
    CompileOptions options;
    options.arch = *loadArch("tiny");
    options.arch.mfus = mfus;
    auto program = compileOnnxBytes(graph.model.bytes(), "m.onnx", options);
    ASSERT_TRUE(program) << program.error().message;
    const auto &nodes = graph.model.graph().node();
    const bool heavy =
        std::any_of(nodes.begin(), nodes.end(), [](const auto &node) { return node.input_size() > 2 || node.op_type() == "MatMul"; });
    EXPECT_EQ(heavy, std::ranges::any_of(program->steps, [](const Step &step) { return std::holds_alternative<DpuRegion>(step); }));
    auto device = Device::create(EngineKind::Functional, options.arch);
    ASSERT_TRUE(device);
    auto session = Session::create(std::move(*program), std::move(*device));
    ASSERT_TRUE(session) << session.error().message;
    auto result = session->run(graph.inputs);
    ASSERT_TRUE(result) << result.error().message;
    results[mfus - 2] = std::move(*result);
  }
  EXPECT_EQ(results[0], results[1]);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraph, testing::Range(1u, 121u), testing::PrintToStringParamName());

} // namespace
} // namespace softdpu::test
