//===- OnnxNodeTest.cpp - ONNX's own node tests, on the CPU operators --------------------===//
//
// Every node test of Debian's libonnx-testdata whose operator the host has and whose element types it reads.
//
//===-------------------------------------------------------------------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Tensors.h"

#include <cmath>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

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

const auto nameOf = [](const auto &instance) { return instance.param; };

INSTANTIATE_TEST_SUITE_P(Data, OnnxNodeTest,
                         testing::ValuesIn(std::vector<std::string>{"test_cast_FLOAT16_to_FLOAT",
                                                                    "test_concat_1d_axis_0",
                                                                    "test_concat_1d_axis_negative_1",
                                                                    "test_concat_2d_axis_0",
                                                                    "test_concat_2d_axis_1",
                                                                    "test_concat_2d_axis_negative_1",
                                                                    "test_concat_2d_axis_negative_2",
                                                                    "test_concat_3d_axis_0",
                                                                    "test_concat_3d_axis_1",
                                                                    "test_concat_3d_axis_2",
                                                                    "test_concat_3d_axis_negative_1",
                                                                    "test_concat_3d_axis_negative_2",
                                                                    "test_concat_3d_axis_negative_3",
                                                                    "test_constantofshape_float_ones",
                                                                    "test_expand_dim_changed",
                                                                    "test_expand_dim_unchanged",
                                                                    "test_gather_0",
                                                                    "test_gather_1",
                                                                    "test_gather_2d_indices",
                                                                    "test_gather_negative_indices",
                                                                    "test_identity",
                                                                    "test_reshape_allowzero_reordered",
                                                                    "test_reshape_extended_dims",
                                                                    "test_reshape_negative_dim",
                                                                    "test_reshape_negative_extended_dims",
                                                                    "test_reshape_one_dim",
                                                                    "test_reshape_reduced_dims",
                                                                    "test_reshape_reordered_all_dims",
                                                                    "test_reshape_reordered_last_dims",
                                                                    "test_reshape_zero_and_negative_dim",
                                                                    "test_reshape_zero_dim",
                                                                    "test_shape",
                                                                    "test_shape_clip_end",
                                                                    "test_shape_clip_start",
                                                                    "test_shape_end_1",
                                                                    "test_shape_end_negative_1",
                                                                    "test_shape_start_1",
                                                                    "test_shape_start_1_end_2",
                                                                    "test_shape_start_1_end_negative_1",
                                                                    "test_shape_start_negative_1",
                                                                    "test_slice",
                                                                    "test_slice_default_axes",
                                                                    "test_slice_default_steps",
                                                                    "test_slice_end_out_of_bounds",
                                                                    "test_slice_neg",
                                                                    "test_slice_neg_steps",
                                                                    "test_slice_negative_axes",
                                                                    "test_slice_start_out_of_bounds",
                                                                    "test_squeeze",
                                                                    "test_squeeze_negative_axes",
                                                                    "test_transpose_all_permutations_0",
                                                                    "test_transpose_all_permutations_1",
                                                                    "test_transpose_all_permutations_2",
                                                                    "test_transpose_all_permutations_3",
                                                                    "test_transpose_all_permutations_4",
                                                                    "test_transpose_all_permutations_5",
                                                                    "test_transpose_default",
                                                                    "test_unsqueeze_axis_0",
                                                                    "test_unsqueeze_axis_1",
                                                                    "test_unsqueeze_axis_2",
                                                                    "test_unsqueeze_negative_axes",
                                                                    "test_unsqueeze_three_axes",
                                                                    "test_unsqueeze_two_axes",
                                                                    "test_unsqueeze_unsorted_axes"}),
                         nameOf);

INSTANTIATE_TEST_SUITE_P(Arithmetic, OnnxNodeTest,
                         testing::ValuesIn(std::vector<std::string>{"test_add",
                                                                    "test_add_bcast",
                                                                    "test_div",
                                                                    "test_div_bcast",
                                                                    "test_div_example",
                                                                    "test_gemm_all_attributes",
                                                                    "test_gemm_alpha",
                                                                    "test_gemm_beta",
                                                                    "test_gemm_default_matrix_bias",
                                                                    "test_gemm_default_no_bias",
                                                                    "test_gemm_default_scalar_bias",
                                                                    "test_gemm_default_single_elem_vector_bias",
                                                                    "test_gemm_default_vector_bias",
                                                                    "test_gemm_default_zero_bias",
                                                                    "test_gemm_transposeA",
                                                                    "test_gemm_transposeB",
                                                                    "test_logsoftmax_axis_0",
                                                                    "test_logsoftmax_axis_1",
                                                                    "test_logsoftmax_axis_2",
                                                                    "test_logsoftmax_default_axis",
                                                                    "test_logsoftmax_example_1",
                                                                    "test_logsoftmax_large_number",
                                                                    "test_logsoftmax_negative_axis",
                                                                    "test_matmul_2d",
                                                                    "test_matmul_3d",
                                                                    "test_matmul_4d",
                                                                    "test_mul",
                                                                    "test_mul_bcast",
                                                                    "test_mul_example",
                                                                    "test_relu",
                                                                    "test_sigmoid",
                                                                    "test_sigmoid_example",
                                                                    "test_softmax_axis_0",
                                                                    "test_softmax_axis_1",
                                                                    "test_softmax_axis_2",
                                                                    "test_softmax_default_axis",
                                                                    "test_softmax_example",
                                                                    "test_softmax_large_number",
                                                                    "test_softmax_negative_axis",
                                                                    "test_sub",
                                                                    "test_sub_bcast",
                                                                    "test_sub_example",
                                                                    "test_tanh",
                                                                    "test_tanh_example"}),
                         nameOf);

INSTANTIATE_TEST_SUITE_P(Recurrent, OnnxNodeTest,
                         testing::ValuesIn(std::vector<std::string>{
                             "test_gru_batchwise", "test_gru_defaults", "test_gru_seq_length", "test_gru_with_initial_bias",
                             "test_lstm_batchwise", "test_lstm_defaults", "test_lstm_with_initial_bias", "test_lstm_with_peepholes",
                             "test_rnn_seq_length", "test_simple_rnn_batchwise", "test_simple_rnn_defaults",
                             "test_simple_rnn_with_initial_bias"}),
                         nameOf);

} // namespace
} // namespace softdpu
