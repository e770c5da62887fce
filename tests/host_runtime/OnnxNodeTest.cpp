//===- OnnxNodeTest.cpp - ONNX's own node tests, on the CPU operators --------------------===//
//
// Every node test of Debian's libonnx-testdata whose operator the host has. What needs more than host steps have is skipped with the
// reason.
//
//===-------------------------------------------------------------------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/host_runtime/HostOperator.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

/// Tests of what the compiler does before a host step exists; the conformance tests run them.
const std::map<std::string, std::string> forTheCompiler = {
    {"test_constant", "a tensor as an attribute: the compiler makes it a constant of the program"},
    {"test_constantofshape_int_shape_zero", "a value of int32: the compiler adds a Cast"},
    {"test_constantofshape_int_zeros", "a value of int32: the compiler adds a Cast"},
    {"test_if", "a graph as an attribute: the compiler makes it a body of the step"},
    {"test_loop11", "a graph as an attribute: the compiler makes it a body of the step"},
    {"test_scan9_sum", "a graph as an attribute: the compiler makes it a body of the step"},
    {"test_scan_sum", "a graph as an attribute: the compiler makes it a body of the step"},
};

class OnnxNodeTest : public testing::TestWithParam<std::string> {};

TEST_P(OnnxNodeTest, GivesTheExpectedOutputs) {
  if (const auto reason = test::beyondTensors(GetParam()))
    GTEST_SKIP() << "needs " << *reason;
  if (const auto reason = forTheCompiler.find(GetParam()); reason != forTheCompiler.end())
    GTEST_SKIP() << reason->second;
  const auto given = test::loadOnnxNodeCase(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  const auto checked = checkHostStep(given->step);
  ASSERT_TRUE(checked) << checked.error().message;

  std::vector<const Tensor *> inputs;
  for (const std::string &name : given->step.inputs)
    inputs.push_back(name.empty() ? nullptr : &given->inputs.at(name));
  const auto outputs = runHostStep(given->step, inputs);
  if (const auto refused = test::refusedNodeCases().find(GetParam()); refused != test::refusedNodeCases().end()) {
    ASSERT_FALSE(outputs);
    EXPECT_THAT(outputs.error().message, testing::HasSubstr(refused->second));
    return;
  }
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), given->step.outputs.size());
  size_t compared = 0;
  for (size_t i = 0; i < outputs->size(); ++i)
    if (const auto expected = given->expected.find(given->step.outputs[i]); expected != given->expected.end()) {
      EXPECT_EQ(test::difference((*outputs)[i], expected->second), "") << expected->first;
      ++compared;
    }
  EXPECT_EQ(compared, given->expected.size());
}

/// Every node test of an operator that the host has.
std::vector<std::string> testsOfHostOperators() {
  const auto operators = hostOperators();
  std::vector<std::string> names;
  for (const std::string &name : test::allOnnxNodeCases())
    if (const auto used = test::operatorsOfNodeCase(name); used.size() == 1 && std::ranges::find(operators, used[0]) != operators.end())
      names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Data, OnnxNodeTest, testing::ValuesIn(testsOfHostOperators()),
                         [](const auto &instance) { return instance.param; });

} // namespace
} // namespace softdpu
