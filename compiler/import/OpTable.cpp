//===- OpTable.cpp - Which ONNX operators are supported, where and within what limits ----===//

#include "import/OpTable.h"

#include "import/Activations.h"
#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>
#include <iterator>

namespace softdpu::onnx_import {
namespace {

bool integer(const Value &value) { return std::holds_alternative<int64_t>(value); }
bool integers(const Value &value) { return std::holds_alternative<std::vector<int64_t>>(value); }
bool number(const Value &value) { return std::holds_alternative<float>(value); }
bool zeroOrOne(const Value &value) { return value == Value(int64_t(0)) || value == Value(int64_t(1)); }
bool direction(const Value &value) {
  return value == Value(std::string("forward")) || value == Value(std::string("reverse")) || value == Value(std::string("bidirectional"));
}
bool numbers(const Value &value) { return std::holds_alternative<std::vector<float>>(value); }
bool positive(const Value &value) { return number(value) && std::get<float>(value) > 0; }
bool activations(const Value &value) {
  const auto *names = std::get_if<std::vector<std::string>>(&value);
  return names && std::ranges::all_of(*names, [](const std::string &name) { return findActivation(name) != nullptr; });
}
bool constantValue(const Value &value) {
  if (const auto *tensor = std::get_if<Tensor>(&value))
    return tensor->type != ElementType::Bool;
  return integer(value) || integers(value) || number(value) || std::holds_alternative<std::vector<float>>(value);
}
bool castTarget(const Value &value) {
  const auto *type = std::get_if<int64_t>(&value);
  return type && castType(*type);
}

constexpr AttributeRule activationRule{"activations",
                                       "a list of Affine, Elu, HardSigmoid, LeakyRelu, Relu, ScaledTanh, Sigmoid, Softplus, Softsign, "
                                       "Tanh and ThresholdedRelu",
                                       activations};
constexpr AttributeRule alphaRule{"activation_alpha", "a list of numbers", numbers},
    betaRule{"activation_beta", "a list of numbers", numbers};
constexpr AttributeRule clipRule{"clip", "a positive number", positive};
constexpr AttributeRule directionRule{"direction", "forward, reverse or bidirectional", direction};
constexpr AttributeRule hiddenRule{"hidden_size", "any size", integer}, layoutRule{"layout", "0 or 1", zeroOrOne};
constexpr AttributeRule gruAttributes[] = {alphaRule,     betaRule,   activationRule, clipRule,
                                           directionRule, hiddenRule, layoutRule,     {"linear_before_reset", "0 or 1", zeroOrOne}};
constexpr AttributeRule lstmAttributes[] = {
    alphaRule, betaRule, activationRule, clipRule, directionRule, hiddenRule, {"input_forget", "0 or 1", zeroOrOne}, layoutRule};
constexpr AttributeRule rnnAttributes[] = {alphaRule, betaRule, activationRule, clipRule, directionRule, hiddenRule, layoutRule};
constexpr AttributeRule alphaAttribute[] = {{"alpha", "a number", number}};
constexpr AttributeRule alphaBetaAttributes[] = {{"alpha", "a number", number}, {"beta", "a number", number}};
constexpr AttributeRule axisAttribute[] = {{"axis", "an integer", integer}};
constexpr AttributeRule axesAttribute[] = {{"axes", "a list of integers", integers}};
constexpr AttributeRule castAttributes[] = {
    {"to", "float32 (1), uint8 (2), int8 (3), int32 (6), int64 (7), bool (9) or float16 (10)", castTarget}};
constexpr AttributeRule constantAttributes[] = {{"value", "a tensor of numbers", constantValue},
                                                {"value_float", "a number", constantValue},
                                                {"value_floats", "a list of numbers", constantValue},
                                                {"value_int", "an integer", constantValue},
                                                {"value_ints", "a list of integers", constantValue}};
constexpr AttributeRule constantOfShapeAttributes[] = {{"value", "a tensor of one number", constantValue}};
constexpr AttributeRule gemmAttributes[] = {
    {"alpha", "a number", number}, {"beta", "a number", number}, {"transA", "0 or 1", zeroOrOne}, {"transB", "0 or 1", zeroOrOne}};
constexpr AttributeRule reshapeAttributes[] = {{"allowzero", "0 or 1", zeroOrOne}};
constexpr AttributeRule shapeAttributes[] = {{"start", "an integer", integer}, {"end", "an integer", integer}};
constexpr AttributeRule sliceAttributes[] = {
    {"axes", "a list of integers", integers}, {"ends", "a list of integers", integers}, {"starts", "a list of integers", integers}};
constexpr AttributeRule transposeAttributes[] = {{"perm", "a permutation", integers}};

constexpr std::string_view recurrentLimits =
    "on the DPU, in every direction, if W, R and B are constant, the activations are Relu, Sigmoid "
    "and Tanh, `clip`, `input_forget` and P are absent, and every sequence is as long as X; any "
    "batch, any subset of the outputs";
constexpr std::string_view linearLimits = "on the DPU if one side is a constant matrix and the other has rank 2 or 3";
constexpr std::string_view comparableTypes = "float32, int64, int32, int8, uint8 or bool";
constexpr std::string_view pointwiseLimits = "on the DPU next to other operators that run there";

constexpr OpRule table[] = {
    {"Abs", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Add", Where::Dpu, 2, 2, 1, inferBinary, {}, "on the DPU as the bias of a MatMul, or next to other operators that run there"},
    {"And", Where::Cpu, 2, 2, 1, inferLogic, {}, ""},
    {"Cast", Where::Cpu, 1, 1, 1, inferCast, castAttributes,
     "a number outside an integer type is an error; a wider integer keeps its low bits"},
    {"Ceil", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Concat", Where::Cpu, 1, 65535, 1, inferConcat, axisAttribute, ""},
    {"Constant", Where::Folded, 0, 0, 1, inferConstant, constantAttributes, ""},
    {"ConstantOfShape", Where::Folded, 1, 1, 1, inferConstantOfShape, constantOfShapeAttributes, ""},
    {"Div", Where::Cpu, 2, 2, 1, inferBinary, {}, numericTypes},
    {"Elu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Equal", Where::Cpu, 2, 2, 1, inferComparison, {}, comparableTypes},
    {"Erf", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Exp", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Expand", Where::Folded, 2, 2, 1, inferExpand, {}, ""},
    {"Floor", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"GRU", Where::Dpu, 3, 6, 2, inferRecurrent, gruAttributes, recurrentLimits},
    {"Gather", Where::Cpu, 2, 2, 1, inferGather, axisAttribute, ""},
    {"Gemm", Where::Dpu, 2, 3, 1, inferGemm, gemmAttributes,
     "on the DPU if B is constant, C is absent or a constant vector, alpha = beta = 1, transA = 0"},
    {"Greater", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"GreaterOrEqual", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"HardSigmoid", Where::Cpu, 1, 1, 1, inferUnary, alphaBetaAttributes, "float32"},
    {"Identity", Where::Folded, 1, 1, 1, inferIdentity, {}, ""},
    {"LSTM", Where::Dpu, 3, 8, 3, inferRecurrent, lstmAttributes, recurrentLimits},
    {"LeakyRelu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Less", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"LessOrEqual", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"Log", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"LogSoftmax", Where::Cpu, 1, 1, 1, inferSoftmax, axisAttribute, "before opset 13 only along the last axis"},
    {"MatMul", Where::Dpu, 2, 2, 1, inferMatMul, {}, linearLimits},
    {"Mul", Where::Dpu, 2, 2, 1, inferBinary, {}, pointwiseLimits},
    {"Neg", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Not", Where::Cpu, 1, 1, 1, inferLogic, {}, ""},
    {"Or", Where::Cpu, 2, 2, 1, inferLogic, {}, ""},
    {"RNN", Where::Dpu, 3, 6, 2, inferRecurrent, rnnAttributes, recurrentLimits},
    {"Reciprocal", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Relu", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"Reshape", Where::Cpu, 2, 2, 1, inferReshape, reshapeAttributes, "costs nothing where it keeps the last dimension"},
    {"Round", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Shape", Where::Folded, 1, 1, 1, inferShape, shapeAttributes, ""},
    {"Sigmoid", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"Sign", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Slice", Where::Cpu, 1, 5, 1, inferSlice, sliceAttributes, ""},
    {"Softmax", Where::Cpu, 1, 1, 1, inferSoftmax, axisAttribute, "before opset 13 only along the last axis"},
    {"Softplus", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Softsign", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Sqrt", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Squeeze", Where::Cpu, 1, 2, 1, inferSqueeze, axesAttribute, "with constant axes; costs nothing where it keeps the last dimension"},
    {"Sub", Where::Dpu, 2, 2, 1, inferBinary, {}, pointwiseLimits},
    {"Tanh", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"ThresholdedRelu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Transpose", Where::Cpu, 1, 1, 1, inferTranspose, transposeAttributes, ""},
    {"Unsqueeze", Where::Cpu, 1, 2, 1, inferSqueeze, axesAttribute, "with constant axes; costs nothing where it keeps the last dimension"},
    {"Where", Where::Cpu, 3, 3, 1, inferWhere, {}, ""},
    {"Xor", Where::Cpu, 2, 2, 1, inferLogic, {}, ""},
};

} // namespace

std::span<const OpRule> opTable() { return table; }

const OpRule *findOp(std::string_view op) {
  const auto *found = std::ranges::find(table, op, &OpRule::op);
  return found == std::end(table) ? nullptr : found;
}

} // namespace softdpu::onnx_import
