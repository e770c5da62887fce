//===- OnnxRecurrentTest.cpp - ONNX's recurrent node tests, on the DPU -------------------===//
//
// The 12 recurrent node tests of Debian's libonnx-testdata. Each runs on every engine of this build within 2e-3 of the expected
// outputs (architecture `small`, ten mantissa bits, the widest there are). What the DPU cannot do runs on the CPU; the list says which.
//
//===-------------------------------------------------------------------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/Session.h"
#include "softdpu/host_runtime/Tensors.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace softdpu {
namespace {

constexpr double tolerance = 2e-3;

struct Case {
  std::string name;
  bool onDpu;
};

const std::vector<Case> cases = {
    {"test_gru_batchwise", true},          {"test_gru_defaults", true},         {"test_gru_seq_length", true},
    {"test_gru_with_initial_bias", true},  {"test_lstm_batchwise", true},       {"test_lstm_defaults", true},
    {"test_lstm_with_initial_bias", true}, {"test_lstm_with_peepholes", false}, {"test_rnn_seq_length", true},
    {"test_simple_rnn_batchwise", true},   {"test_simple_rnn_defaults", true},  {"test_simple_rnn_with_initial_bias", true},
};

/// Weights, biases and lengths are inputs of ONNX's test models; a DPU program has them as constants. X and the states stay inputs.
CompileOptions optionsOf(const test::OnnxNodeCase &given) {
  CompileOptions options;
  options.arch = loadArch("small").value();
  for (size_t i = 1; i < given.step.inputs.size(); ++i)
    if (const std::string &name = given.step.inputs[i]; !name.empty() && i != 5 && i != 6)
      options.bindings[name] = given.inputs.at(name);
  return options;
}

Expected<Program> compile(const Case &which, const test::OnnxNodeCase &given) {
  return compileOnnx("/usr/share/libonnx-testdata/data/node/" + which.name + "/model.onnx", optionsOf(given));
}

class OnnxRecurrentTest : public testing::TestWithParam<Case> {};

TEST_P(OnnxRecurrentTest, PassesOnEveryEngine) {
  const auto given = test::loadOnnxNodeCase(GetParam().name);
  ASSERT_TRUE(given) << given.error().message;
  RecordProperty("operators", given->step.op);
  const auto program = compile(GetParam(), *given);
  ASSERT_TRUE(program) << program.error().message;

  Tensors inputs;
  for (const Port &port : program->inputs)
    inputs[port.name] = given->inputs.at(port.name);
  for (const EngineKind kind : availableEngines()) {
    if (kind == EngineKind::Cpu)
      continue;
    SCOPED_TRACE(engineName(kind));
    auto device = Device::create(kind, program->arch);
    ASSERT_TRUE(device) << device.error().message;
    auto session = Session::create(*program, std::move(*device));
    ASSERT_TRUE(session) << session.error().message;
    const auto outputs = session->run(inputs);
    ASSERT_TRUE(outputs) << outputs.error().message;
    ASSERT_EQ(session->statistics().regions.empty(), !GetParam().onDpu);
    ASSERT_EQ(outputs->size(), given->expected.size());
    for (const auto &[name, expected] : given->expected) {
      const Tensor &found = outputs->at(name);
      ASSERT_EQ(found.shape, expected.shape) << name;
      for (uint64_t i = 0; i < elements(expected); ++i)
        EXPECT_NEAR(values<float>(found)[i], values<float>(expected)[i], tolerance) << name << " [" << i << "]";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Onnx, OnnxRecurrentTest, testing::ValuesIn(cases), [](const auto &instance) { return instance.param.name; });

// The list is complete: no recurrent node test of ONNX's data is missing from it.
TEST(OnnxRecurrent, ListIsComplete) {
  std::set<std::string> listed, present;
  for (const Case &each : cases)
    listed.insert(each.name);
  for (const auto &entry : std::filesystem::directory_iterator("/usr/share/libonnx-testdata/data/node"))
    if (const std::string name = entry.path().filename(); name.starts_with("test_gru_") || name.starts_with("test_lstm_") ||
                                                          name.starts_with("test_simple_rnn_") || name.starts_with("test_rnn_"))
      present.insert(name);
  EXPECT_EQ(listed, present);
}

} // namespace
} // namespace softdpu
