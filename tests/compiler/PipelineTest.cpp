//===- PipelineTest.cpp - Deep pipelines, small memories, unusual graphs -----------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <gmock/gmock.h>

namespace softdpu::test {
namespace {

const DpuRegion &onlyRegion(const Program &program) {
  const DpuRegion *found = nullptr;
  for (const Step &step : program.steps)
    if (const auto *region = std::get_if<DpuRegion>(&step)) {
      EXPECT_EQ(found, nullptr);
      found = region;
    }
  return *found;
}

void expectClose(const ModelBuilder &model, const std::string &arch, const Tensors &inputs, double tolerance) {
  const auto expected = compileAndRun(model.bytes(), "cpu", inputs);
  ASSERT_TRUE(expected) << expected.error().message;
  const auto actual = compileAndRun(model.bytes(), arch, inputs);
  ASSERT_TRUE(actual) << actual.error().message;
  for (const auto &[name, tensor] : *expected)
    EXPECT_LE(maxDifference(actual->at(name), tensor), tolerance) << name;
}

/// `layers` RNNs of 8 units on an input of 8.
ModelBuilder deepRnn(unsigned layers) {
  ModelBuilder model;
  model.input("X", {-1, 1, 8}).integers("one", {1}, {1});
  std::string x = "X";
  for (unsigned i = 0; i < layers; ++i) {
    const std::string l = std::to_string(i);
    model.weights("W" + l, {1, 8, 8}).weights("R" + l, {1, 8, 8}, 0.3f);
    model.node("RNN", {x, "W" + l, "R" + l}, {"Y" + l}).set("hidden_size", int64_t(8));
    model.node("Squeeze", {"Y" + l, "one"}, {"x" + l});
    x = "x" + l;
  }
  model.output(x, {-1, 1, 8});
  return model;
}

// Every layer takes two stages: its projection and its cell. Outputs lag behind inputs by all but one of them.
TEST(Pipeline, LagIsTheNumberOfStagesInBetween) {
  CompileOptions options;
  options.arch = *loadArch("small");
  const auto program = compileOnnxBytes(deepRnn(3).bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(onlyRegion(*program).sequenceInputs[0].lag, 0u);
  EXPECT_EQ(onlyRegion(*program).sequenceOutputs[0].lag, 5u);
}

class DeepRnn : public testing::TestWithParam<unsigned> {};

TEST_P(DeepRnn, IsRightForFewerAndMoreStepsThanStages) {
  const ModelBuilder model = deepRnn(GetParam());
  for (int64_t steps : {1, 2, 5, 9, 12})
    expectClose(model, "small", {{"X", randomTensor({steps, 1, 8}, 5)}}, 8e-3);
}
INSTANTIATE_TEST_SUITE_P(Layers, DeepRnn, testing::Values(1, 2, 3, 5));

// Unrolled prologue and epilogue of 60 stages do not fit; one stage does.
TEST(Pipeline, GivesWayWhereInstructionMemoryIsShort) {
  CompileOptions options;
  options.arch = *loadArch("small");
  options.arch.initialVrf = options.arch.addSubVrf = options.arch.multiplyVrf = 512;
  const auto program = compileOnnxBytes(deepRnn(30).bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(onlyRegion(*program).sequenceOutputs[0].lag, 0u);
}

// Sixteen 16-wide vectors a gate leave no room for rings on `small`.
TEST(Pipeline, GivesWayWhereVectorMemoryIsShort) {
  ModelBuilder model;
  model.input("X", {-1, 1, 16}).weights("W", {1, 240, 16}).weights("R", {1, 240, 80}, 0.1f).output("Y", {-1, 1, 1, 80});
  model.weights("B", {1, 480})
      .node("GRU", {"X", "W", "R", "B"}, {"Y"})
      .set("hidden_size", int64_t(80))
      .set("linear_before_reset", int64_t(1));
  expectClose(model, "small", {{"X", randomTensor({5, 1, 16}, 5)}}, 8e-3);
}

// Without a single step, final states are the initial ones.
TEST(Pipeline, NoStepsLeaveTheStates) {
  ModelBuilder model;
  model.input("X", {-1, 1, 4}).input("h0", {1, 1, 3}).input("c0", {1, 1, 3}).weights("W", {1, 12, 4}).weights("R", {1, 12, 3});
  model.output("Yh", {1, 1, 3}).output("Yc", {1, 1, 3});
  model.node("LSTM", {"X", "W", "R", "", "", "h0", "c0"}, {"", "Yh", "Yc"}).set("hidden_size", int64_t(3));
  CompileOptions options;
  options.arch = *loadArch("tiny");
  const auto program = compileOnnxBytes(model.bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  auto device = Device::create(EngineKind::Functional, options.arch);
  ASSERT_TRUE(device && device->load(*program));
  HalfBuffer states(16);
  for (size_t i = 0; i < 3; ++i) {
    states[i] = halfFromFloat(0.25f * float(i + 1));
    states[8 + i] = halfFromFloat(-0.5f * float(i + 1));
  }
  const auto result = device->run(onlyRegion(*program).entryPoint, states, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->netOut, states);
}

// The residual takes the input past the layer: the input has two users, and the sum two operands of different age.
TEST(Pipeline, ResidualConnections) {
  ModelBuilder model;
  model.input("X", {-1, 2, 12}).weights("W", {1, 36, 12}).weights("R", {1, 36, 12}, 0.3f).integers("one", {1}, {1}).weights("M", {12, 12});
  model.node("GRU", {"X", "W", "R"}, {"Y"}).set("hidden_size", int64_t(12)).node("Squeeze", {"Y", "one"}, {"y"});
  model.node("Add", {"X", "y"}, {"s"}).node("Relu", {"s"}, {"r"}).node("MatMul", {"r", "M"}, {"m"}).node("Mul", {"m", "y"}, {"z"});
  model.output("z", {-1, 2, 12}).output("y", {-1, 2, 12});
  for (const std::string arch : {"small", "tiny"})
    expectClose(model, arch, {{"X", randomTensor({7, 2, 12}, 5)}}, arch == "small" ? 2e-2 : 0.2);
}

TEST(Pipeline, ActivationsBetweenMatrices) {
  ModelBuilder model;
  model.input("X", {-1, 5}).weights("A", {5, 9}).weights("a", {9}).weights("B", {9, 4}).weights("C", {4, 4}).weights("c", {4});
  model.node("Gemm", {"X", "A", "a"}, {"p"}).node("Sigmoid", {"p"}, {"q"}).node("MatMul", {"q", "B"}, {"r"}).node("Tanh", {"r"}, {"s"});
  model.node("Gemm", {"s", "C", "c"}, {"t"}).set("transB", int64_t(1)).node("Softmax", {"t"}, {"Y"}).set("axis", int64_t(-1));
  model.output("Y", {-1, 4});
  for (int64_t steps : {1, 3, 10})
    expectClose(model, "small", {{"X", randomTensor({steps, 5}, 5)}}, 4e-3);
}

// layout 1 is layout 0 between transpositions on the host.
TEST(Pipeline, BatchFirst) {
  ModelBuilder model;
  model.input("X", {2, -1, 4})
      .input("h0", {2, 1, 3})
      .weights("W", {1, 9, 4})
      .weights("R", {1, 9, 3})
      .output("Y", {2, -1, 1, 3})
      .output("Yh", {2, 1, 3});
  model.node("GRU", {"X", "W", "R", "", "", "h0"}, {"Y", "Yh"}).set("hidden_size", int64_t(3)).set("layout", int64_t(1));
  expectClose(model, "small", {{"X", randomTensor({2, 5, 4}, 5)}, {"h0", randomTensor({2, 1, 3}, 6)}}, 4e-3);
}

// A region behind the last state of another: the second can only begin when the first has ended.
TEST(Pipeline, EncoderAndDecoder) {
  ModelBuilder model;
  model.input("X", {-1, 1, 4}).input("Z", {3, 1, 4}).weights("W", {1, 9, 4}).weights("R", {1, 9, 3}).output("Y", {3, 1, 1, 3});
  model.node("GRU", {"X", "W", "R"}, {"", "h"}).set("hidden_size", int64_t(3));
  model.node("GRU", {"Z", "W", "R", "", "", "h"}, {"Y"}).set("hidden_size", int64_t(3));
  expectClose(model, "small", {{"X", randomTensor({5, 1, 4}, 5)}, {"Z", randomTensor({3, 1, 4}, 6)}}, 4e-3);
}

// Every instruction of the loop belongs to a chain of an ONNX node.
TEST(Pipeline, DebugMapNamesNodes) {
  CompileOptions options;
  options.arch = *loadArch("small");
  const auto program = compileOnnxBytes(deepRnn(1).bytes(), "m.onnx", options);
  ASSERT_TRUE(program) << program.error().message;
  unsigned named = 0;
  for (const DebugRange &range : program->debug) {
    EXPECT_LT(range.begin, range.end);
    EXPECT_LE(range.end, program->instructions.size());
    named += range.node == "/RNN_0";
  }
  EXPECT_GE(named, 4u);
}

} // namespace
} // namespace softdpu::test
