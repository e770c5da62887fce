//===- OnnxNodeTest.cpp - ONNX's own node tests, on the CPU operators --------------------===//
//
// Every node test of Debian's libonnx-testdata whose operator the host has; those that need more than host steps have are listed, and
// skipped.
//
//===-------------------------------------------------------------------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>

namespace softdpu {
namespace {

/// Tests that need what host steps do not have: other element types, sequences and optional values, a tensor as an attribute (the compiler
/// folds Constant), and ConstantOfShape of int32.
const std::set<std::string> outOfReach = {"test_add_uint8",
                                          "test_cast_BFLOAT16_to_FLOAT",
                                          "test_cast_DOUBLE_to_FLOAT",
                                          "test_cast_DOUBLE_to_FLOAT16",
                                          "test_cast_FLOAT16_to_DOUBLE",
                                          "test_cast_FLOAT_to_BFLOAT16",
                                          "test_cast_FLOAT_to_DOUBLE",
                                          "test_cast_FLOAT_to_STRING",
                                          "test_cast_STRING_to_FLOAT",
                                          "test_castlike_BFLOAT16_to_FLOAT_expanded",
                                          "test_castlike_DOUBLE_to_FLOAT16_expanded",
                                          "test_castlike_DOUBLE_to_FLOAT_expanded",
                                          "test_castlike_FLOAT16_to_DOUBLE_expanded",
                                          "test_castlike_FLOAT_to_BFLOAT16_expanded",
                                          "test_castlike_FLOAT_to_DOUBLE_expanded",
                                          "test_castlike_FLOAT_to_STRING_expanded",
                                          "test_castlike_STRING_to_FLOAT_expanded",
                                          "test_constant",
                                          "test_constantofshape_int_shape_zero",
                                          "test_constantofshape_int_zeros",
                                          "test_div_uint8",
                                          "test_identity_opt",
                                          "test_identity_sequence",
                                          "test_mul_uint8",
                                          "test_sub_uint8"};

class OnnxNodeTest : public testing::TestWithParam<std::string> {};

void expectClose(const Tensor &found, const Tensor &expected, const std::string &name) {
  ASSERT_EQ(found.type, expected.type) << name;
  ASSERT_EQ(found.shape, expected.shape) << name;
  if (found.type != ElementType::Float32) {
    EXPECT_EQ(found.data, expected.data) << name;
    return;
  }
  const auto a = values<float>(found), b = values<float>(expected);
  for (size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], 1e-6 + 1e-5 * std::abs(b[i])) << name << " [" << i << "]";
}

TEST_P(OnnxNodeTest, GivesTheExpectedOutputs) {
  if (outOfReach.contains(GetParam()))
    GTEST_SKIP() << "needs what host steps do not have";
  const auto given = test::loadOnnxNodeCase(GetParam());
  ASSERT_TRUE(given) << given.error().message;
  const auto checked = checkHostStep(given->step);
  ASSERT_TRUE(checked) << checked.error().message;

  std::vector<const Tensor *> inputs;
  for (const std::string &name : given->step.inputs)
    inputs.push_back(name.empty() ? nullptr : &given->inputs.at(name));
  const auto outputs = runHostStep(given->step, inputs);
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), given->step.outputs.size());
  size_t compared = 0;
  for (size_t i = 0; i < outputs->size(); ++i)
    if (const auto expected = given->expected.find(given->step.outputs[i]); expected != given->expected.end()) {
      expectClose((*outputs)[i], expected->second, expected->first);
      ++compared;
    }
  EXPECT_EQ(compared, given->expected.size());
}

/// Every node test of an operator that the host has, in the order of their names.
std::vector<std::string> testsOfHostOperators() {
  const auto operators = hostOperators();
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(test::onnxNodeDirectory()))
    if (const auto op = test::operatorOfNodeCase(entry.path().filename()); op && std::ranges::find(operators, *op) != operators.end())
      names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Data, OnnxNodeTest, testing::ValuesIn(testsOfHostOperators()),
                         [](const auto &instance) { return instance.param; });

} // namespace
} // namespace softdpu
