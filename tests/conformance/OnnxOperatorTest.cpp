//===- OnnxOperatorTest.cpp - ONNX's own node tests, compiled and run --------------------===//
//
// Every node test of Debian's libonnx-testdata whose operators are all in the compiler's table, as whole models on the CPU engine; what
// needs more than programs have is skipped with the reason. scripts/node-tests prints list and count.
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

Expected<Tensors> run(const Program &program, const Tensors &given) {
  Tensors inputs;
  for (const Port &port : program.inputs)
    inputs[port.name] = given.at(port.name);
  auto session = Session::create(program, *Device::create(EngineKind::Cpu, program.arch));
  return session ? session->run(inputs) : tl::unexpected(session.error());
}

void expectOutputs(const std::string &name, const Program &program, const test::OnnxNodeTensors &given) {
  const auto outputs = run(program, given.inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), given.expected.size());
  const float relative = name.find("window") != name.npos ? 1e-3f : 1e-5f; // ONNX made their data with 3.1415 for pi.
  for (const auto &[output, expected] : given.expected)
    EXPECT_EQ(test::difference(outputs->at(output), expected, relative), "") << output;
}

/// A part of the sentence that refuses a test, or nullptr.
const std::string *refusalOf(const std::string &name) {
  static const std::map<std::string, std::string> whenRun = {{"test_isinf", "must be finite"},
                                                             {"test_isinf_negative", "must be finite"},
                                                             {"test_isinf_positive", "must be finite"},
                                                             {"test_isnan", "must be finite"}};
  for (const auto *cases : {&test::refusedNodeCases(), &whenRun})
    if (const auto found = cases->find(name); found != cases->end())
      return &found->second;
  return nullptr;
}

class OnnxOperatorTest : public testing::TestWithParam<std::string> {
protected:
  /// scripts/node-tests prints both. \returns what the test needs that no program has; empty if it can run.
  static std::string recorded(const std::string &name) {
    std::string operators;
    for (const std::string &op : test::operatorsOfNodeCase(name))
      operators += (operators.empty() ? "" : " ") + op;
    RecordProperty("operators", operators);
    const auto reason = test::beyondTensors(name);
    RecordProperty("skipped", reason ? *reason : "");
    return reason ? *reason : "";
  }
};

// As ONNX gives it, with every input at run time; what must be known when compiling may be refused, with the sentence that says so.
TEST_P(OnnxOperatorTest, RunsOrNamesWhatMustBeConstant) {
  if (const std::string reason = recorded(GetParam()); !reason.empty())
    GTEST_SKIP() << "needs " << reason;
  const auto given = test::loadOnnxNodeTensors(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  if (refusalOf(GetParam()))
    return; // RunsWithConstants looks at the sentence.
  const auto program = compile(GetParam(), {});
  if (program)
    expectOutputs(GetParam(), *program, *given);
  else
    EXPECT_THAT(program.error().message, testing::ContainsRegex("node \".*constant .*supported"));
}

// As models have it: all but the first input are constants.
TEST_P(OnnxOperatorTest, RunsWithConstants) {
  if (const std::string reason = recorded(GetParam()); !reason.empty())
    GTEST_SKIP() << "needs " << reason;
  const auto given = test::loadOnnxNodeTensors(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  const auto open = compile(GetParam(), {});
  Tensors bound = given->inputs;
  if (open)
    for (const Port &port : open->inputs | std::views::take(1))
      bound.erase(port.name);
  const auto program = compile(GetParam(), bound);
  if (const std::string *refusal = refusalOf(GetParam())) {
    const auto outputs = program ? run(*program, given->inputs) : tl::unexpected(program.error());
    ASSERT_FALSE(outputs);
    EXPECT_THAT(outputs.error().message, testing::HasSubstr(*refusal));
    return;
  }
  ASSERT_TRUE(program) << program.error().message;
  expectOutputs(GetParam(), *program, *given);
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
