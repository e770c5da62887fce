//===- StepsTest.cpp - Layers that a Scan or a Loop runs step by step, on the DPU -----------===//

#include "OnnxText.h"

#include "softdpu/host_runtime/TensorFile.h"

#include <algorithm>
#include <gmock/gmock.h>

namespace softdpu::test {
namespace {

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
  EXPECT_THAT(stepsOf(*model), testing::AllOf(testing::Contains("DPU"), testing::Not(testing::Contains("Loop")),
                                              testing::Not(testing::Contains("If")), testing::Not(testing::Contains("Scan"))));
  Tensors inputs;
  for (const Port &port : program.inputs)
    inputs[port.name] = randomTensor(port.name == "x" ? std::vector<int64_t>{7, 2, 3} : std::vector<int64_t>{2, 4}, unsigned(port.name[0]));
  const auto found = compileAndRun(*model, "tiny", inputs), expected = run(*model, inputs);
  ASSERT_TRUE(found && expected) << (found ? expected : found).error().message;
  for (const auto &[name, tensor] : *expected)
    EXPECT_LT(maxDifference(found->at(name), tensor), 0.05) << name;
}

INSTANTIATE_TEST_SUITE_P(Torch, ExportedModels, testing::Values("last", "list", "rank", "both", "two"),
                         [](const auto &instance) { return instance.param; });

} // namespace
} // namespace softdpu::test
