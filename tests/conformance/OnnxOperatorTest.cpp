//===- OnnxOperatorTest.cpp - ONNX's own node tests, compiled and run --------------------===//
//
// Every node test of Debian's libonnx-testdata whose operators are all in the compiler's table, as whole models on the CPU engine; what
// needs more than programs have is skipped with the reason. `conformance_test --gtest_filter='Onnx/OnnxOperatorTest.*'` prints list and
// count.
//
//===-------------------------------------------------------------------------------------===//

#include "OnnxNodeCase.h"

#include "import/OpTable.h"

#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/Session.h"
#include "softdpu/host_runtime/TensorFile.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <ranges>

namespace softdpu {
namespace {

/// All on the CPU; `bound` says which inputs are constants of the program.
Expected<Program> compile(const std::string &name, const Tensors &bound) {
  CompileOptions options;
  options.arch = loadArch("edge").value();
  options.placement["*"] = "cpu";
  options.bindings = bound;
  // ONNX stamps a model with the opset that last changed its operator, which may be older than any real model's.
  auto bytes = readFile(test::onnxNodeDirectory() + "/" + name + "/model.onnx").value();
  onnx::ModelProto model;
  model.ParseFromArray(bytes.data(), int(bytes.size()));
  auto *opset = model.mutable_opset_import(0);
  opset->set_version(std::max<int64_t>(opset->version(), 7));
  bytes.resize(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), int(bytes.size()));
  return compileOnnxBytes(bytes, name, options);
}

void expectOutputs(const Program &program, const test::OnnxNodeTensors &given) {
  Tensors inputs;
  for (const Port &port : program.inputs)
    inputs[port.name] = given.inputs.at(port.name);
  auto session = Session::create(program, *Device::create(EngineKind::Cpu, program.arch));
  ASSERT_TRUE(session) << session.error().message;
  const auto outputs = session->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), given.expected.size());
  for (const auto &[name, expected] : given.expected)
    EXPECT_EQ(test::difference(outputs->at(name), expected), "") << name;
}

class OnnxOperatorTest : public testing::TestWithParam<std::string> {};

// As ONNX gives it, with every input at run time; what must be known when compiling may be refused, with the sentence that says so.
TEST_P(OnnxOperatorTest, RunsOrNamesWhatMustBeConstant) {
  if (const auto reason = test::beyondTensors(GetParam()))
    GTEST_SKIP() << "needs " << *reason;
  const auto given = test::loadOnnxNodeTensors(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  const auto program = compile(GetParam(), {});
  if (program)
    expectOutputs(*program, *given);
  else
    EXPECT_THAT(program.error().message, testing::ContainsRegex("node \".*constant .*supported"));
}

// As models have it: all but the first input are constants.
TEST_P(OnnxOperatorTest, RunsWithConstants) {
  if (const auto reason = test::beyondTensors(GetParam()))
    GTEST_SKIP() << "needs " << *reason;
  const auto given = test::loadOnnxNodeTensors(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  const auto open = compile(GetParam(), {});
  Tensors bound = given->inputs;
  if (open)
    for (const Port &port : open->inputs | std::views::take(1))
      bound.erase(port.name);
  const auto program = compile(GetParam(), bound);
  ASSERT_TRUE(program) << program.error().message;
  expectOutputs(*program, *given);
}

std::vector<std::string> testsOfTheTable() {
  std::vector<std::string> names;
  for (const std::string &name : test::allOnnxNodeCases())
    if (const auto used = test::operatorsOfNodeCase(name);
        !used.empty() && std::ranges::all_of(used, [](const std::string &op) { return onnx_import::findOp(op) != nullptr; }))
      names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Onnx, OnnxOperatorTest, testing::ValuesIn(testsOfTheTable()), [](const auto &instance) { return instance.param; });

} // namespace
} // namespace softdpu
