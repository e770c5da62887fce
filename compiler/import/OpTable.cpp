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
bool zerosAndOnes(const Value &value) {
  const auto *list = std::get_if<std::vector<int64_t>>(&value);
  return list && std::ranges::all_of(*list, [](int64_t each) { return each == 0 || each == 1; });
}
bool text(const Value &value) { return std::holds_alternative<std::string>(value); }
bool zero(const Value &value) { return value == Value(int64_t(0)); }
bool one(const Value &value) { return value == Value(int64_t(1)); }
bool direction(const Value &value) {
  return value == Value(std::string("forward")) || value == Value(std::string("reverse")) || value == Value(std::string("bidirectional"));
}
bool numbers(const Value &value) { return std::holds_alternative<std::vector<float>>(value); }
bool positive(const Value &value) { return number(value) && std::get<float>(value) > 0; }
bool activations(const Value &value) {
  const auto *names = std::get_if<std::vector<std::string>>(&value);
  return names && std::ranges::all_of(*names, [](const std::string &name) { return findActivation(name) != nullptr; });
}
template <const auto &names> bool nameOf(const Value &value) {
  const auto *name = std::get_if<std::string>(&value);
  return name && std::ranges::find(names, *name) != std::end(names);
}
constexpr std::string_view geluKinds[] = {"none", "tanh"}, autoPads[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"},
                           padModes[] = {"constant", "edge", "reflect", "wrap"}, reductions[] = {"none", "add", "mul", "max", "min"};
bool constantValue(const Value &value) {
  return std::holds_alternative<Tensor>(value) || integer(value) || integers(value) || number(value) ||
         std::holds_alternative<std::vector<float>>(value);
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
constexpr AttributeRule argumentAttributes[] = {
    {"axis", "an integer", integer}, {"keepdims", "0 or 1", zeroOrOne}, {"select_last_index", "0 or 1", zeroOrOne}};
constexpr AttributeRule reduceAttributes[] = {
    {"axes", "a list of integers", integers}, {"keepdims", "0 or 1", zeroOrOne}, {"noop_with_empty_axes", "0 or 1", zeroOrOne}};
constexpr AttributeRule topKAttributes[] = {
    {"axis", "an integer", integer}, {"k", "an integer", integer}, {"largest", "0 or 1", zeroOrOne}, {"sorted", "0 or 1", zeroOrOne}};
constexpr AttributeRule autoPadRule{"auto_pad", "NOTSET, SAME_UPPER, SAME_LOWER or VALID", nameOf<autoPads>};
constexpr AttributeRule ceilModeRule{"ceil_mode", "0 or 1", zeroOrOne}, dilationsRule{"dilations", "a list of integers", integers},
    epsilonRule{"epsilon", "a number", number}, groupRule{"group", "an integer", integer},
    kernelRule{"kernel_shape", "a list of integers", integers}, padsRule{"pads", "a list of integers", integers},
    stridesRule{"strides", "a list of integers", integers};
constexpr AttributeRule averagePoolAttributes[] = {
    autoPadRule, ceilModeRule, {"count_include_pad", "0 or 1", zeroOrOne}, dilationsRule, kernelRule, padsRule, stridesRule};
constexpr AttributeRule maxPoolAttributes[] = {
    autoPadRule, ceilModeRule, dilationsRule, kernelRule, padsRule, {"storage_order", "0 or 1", zeroOrOne}, stridesRule};
constexpr AttributeRule convAttributes[] = {autoPadRule, dilationsRule, groupRule, kernelRule, padsRule, stridesRule};
constexpr AttributeRule convTransposeAttributes[] = {autoPadRule,
                                                     dilationsRule,
                                                     groupRule,
                                                     kernelRule,
                                                     {"output_padding", "a list of integers", integers},
                                                     {"output_shape", "a list of integers", integers},
                                                     padsRule,
                                                     stridesRule};
constexpr AttributeRule batchNormalizationAttributes[] = {
    epsilonRule, {"momentum", "a number", number}, {"spatial", "1", one}, {"training_mode", "0", zero}};
constexpr AttributeRule epsilonAttribute[] = {epsilonRule};
constexpr AttributeRule layerNormalizationAttributes[] = {{"axis", "an integer", integer}, epsilonRule, {"stash_type", "1", one}};
constexpr AttributeRule quantizeAttributes[] = {
    {"axis", "an integer", integer}, {"block_size", "0", zero}, {"output_dtype", "0", zero}, {"saturate", "0 or 1", zeroOrOne}};
constexpr AttributeRule batchDimsAttribute[] = {{"batch_dims", "an integer", integer}};
constexpr AttributeRule clipAttributes[] = {{"max", "a number", number}, {"min", "a number", number}};
constexpr AttributeRule cumSumAttributes[] = {{"exclusive", "0 or 1", zeroOrOne}, {"reverse", "0 or 1", zeroOrOne}};
constexpr AttributeRule dropoutAttributes[] = {{"ratio", "a number", number}, {"seed", "an integer", integer}};
constexpr AttributeRule equationAttribute[] = {{"equation", "an equation", text}};
constexpr AttributeRule geluAttributes[] = {{"approximate", "none or tanh", nameOf<geluKinds>}};
constexpr AttributeRule isInfAttributes[] = {{"detect_negative", "0 or 1", zeroOrOne}, {"detect_positive", "0 or 1", zeroOrOne}};
constexpr AttributeRule modAttributes[] = {{"fmod", "0 or 1", zeroOrOne}};
constexpr AttributeRule padAttributes[] = {
    {"mode", "constant, edge, reflect or wrap", nameOf<padModes>}, {"pads", "a list of integers", integers}, {"value", "a number", number}};
constexpr AttributeRule reductionAttribute[] = {{"reduction", "none, add, mul, max or min", nameOf<reductions>}};
constexpr AttributeRule reverseSequenceAttributes[] = {{"batch_axis", "0 or 1", zeroOrOne}, {"time_axis", "0 or 1", zeroOrOne}};
constexpr AttributeRule scatterElementsAttributes[] = {{"axis", "an integer", integer}, reductionAttribute[0]};
constexpr AttributeRule seluAttributes[] = {{"alpha", "a number", number}, {"gamma", "a number", number}};
constexpr AttributeRule shrinkAttributes[] = {{"bias", "a number", number}, {"lambd", "a number", number}};
constexpr AttributeRule splitAttributes[] = {
    {"axis", "an integer", integer}, {"num_outputs", "an integer", integer}, {"split", "a list of integers", integers}};
constexpr AttributeRule triluAttributes[] = {{"upper", "0 or 1", zeroOrOne}};
constexpr AttributeRule castAttributes[] = {
    {"to", "float32 (1), uint8 (2), int8 (3), int32 (6), int64 (7), bool (9) or float16 (10)", castTarget}};
constexpr AttributeRule constantAttributes[] = {{"value", "a tensor", constantValue},
                                                {"value_float", "a number", constantValue},
                                                {"value_floats", "a list of numbers", constantValue},
                                                {"value_int", "an integer", constantValue},
                                                {"value_ints", "a list of integers", constantValue}};
constexpr AttributeRule concatFromSequenceAttributes[] = {{"axis", "an integer", integer}, {"new_axis", "0 or 1", zeroOrOne}};
constexpr AttributeRule constantOfShapeAttributes[] = {{"value", "a tensor of one number", constantValue}};
constexpr AttributeRule gemmAttributes[] = {
    {"alpha", "a number", number}, {"beta", "a number", number}, {"transA", "0 or 1", zeroOrOne}, {"transB", "0 or 1", zeroOrOne}};
constexpr AttributeRule reshapeAttributes[] = {{"allowzero", "0 or 1", zeroOrOne}};
constexpr AttributeRule shapeAttributes[] = {{"start", "an integer", integer}, {"end", "an integer", integer}};
constexpr AttributeRule sliceAttributes[] = {
    {"axes", "a list of integers", integers}, {"ends", "a list of integers", integers}, {"starts", "a list of integers", integers}};
constexpr AttributeRule transposeAttributes[] = {{"perm", "a permutation", integers}};

constexpr AttributeRule scanAttributes[] = {{"num_scan_inputs", "an integer", integer},
                                            {"scan_input_axes", "a list of integers", integers},
                                            {"scan_input_directions", "a list of 0 and 1", zerosAndOnes},
                                            {"scan_output_axes", "a list of integers", integers},
                                            {"scan_output_directions", "a list of 0 and 1", zerosAndOnes}};
constexpr std::string_view branches[] = {"then_branch", "else_branch"}, loopBody[] = {"body"};

constexpr std::string_view ifLimits = "a constant condition leaves one branch, whose nodes run where they would without the If; else the "
                                      "branches run on the CPU, and give tensors of equal type and rank";
constexpr std::string_view loopLimits =
    "carried values keep type and rank; the body runs on the CPU, but for a recurrent layer that it runs step by step";
constexpr std::string_view scanLimits =
    "opset 9 and newer; states keep type and rank; the body runs on the CPU, but for a recurrent layer that it runs step by step";

constexpr std::string_view recurrentLimits =
    "on the DPU, in every direction, if W, R and B are constant, the activations are Relu, Sigmoid "
    "and Tanh, `clip`, `input_forget` and P are absent, and every sequence is as long as X; any "
    "batch, any subset of the outputs";
constexpr std::string_view linearLimits = "on the DPU if one side is a constant matrix and the other has rank 2 or 3";
constexpr std::string_view comparableTypes = "float32, int64, int32, int8, uint8 or bool";
constexpr std::string_view convLimits =
    "float32; 1 to 3 spatial dimensions; on the DPU with one, if W and B are constant, `group` is 1 and `auto_pad` NOTSET";
constexpr std::string_view windowLimits = "float32; 1 to 3 spatial dimensions";
constexpr std::string_view pointwiseLimits = "on the DPU next to other operators that run there";

constexpr OpRule table[] = {
    {"Abs", Where::Cpu, 1, 1, 1, inferNumericUnary, {}, numericTypes},
    {"Acos", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Acosh", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Add", Where::Dpu, 2, 2, 1, inferBinary, {}, "on the DPU as the bias of a MatMul, or next to other operators that run there"},
    {"And", Where::Cpu, 2, 2, 1, inferLogic, {}, ""},
    {"ArgMax", Where::Cpu, 1, 1, 1, inferArgument, argumentAttributes, numericTypes},
    {"ArgMin", Where::Cpu, 1, 1, 1, inferArgument, argumentAttributes, numericTypes},
    {"Asin", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Asinh", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Atan", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Atanh", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"AveragePool", Where::Cpu, 1, 1, 1, inferPool, averagePoolAttributes, windowLimits},
    {"BatchNormalization", Where::Cpu, 5, 5, 5, inferChannelNormalisation, batchNormalizationAttributes, "float32; inference only"},
    {"Cast", Where::Cpu, 1, 1, 1, inferCast, castAttributes,
     "a number outside an integer type is an error; a wider integer keeps its low bits"},
    {"Ceil", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Celu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Clip", Where::Cpu, 1, 3, 1, inferClip, clipAttributes, numericTypes},
    {"Concat", Where::Cpu, 1, 65535, 1, inferConcat, axisAttribute, ""},
    {"ConcatFromSequence", Where::Folded, 1, 1, 1, inferConcatFromSequence, concatFromSequenceAttributes,
     "of a sequence that a Loop fills, from SequenceEmpty on, by one SequenceInsert in each iteration"},
    {"Constant", Where::Folded, 0, 0, 1, inferConstant, constantAttributes, ""},
    {"ConstantOfShape", Where::Folded, 1, 1, 1, inferConstantOfShape, constantOfShapeAttributes, ""},
    {"Conv", Where::Dpu, 2, 3, 1, inferConv, convAttributes, convLimits},
    {"ConvTranspose", Where::Cpu, 2, 3, 1, inferConvTranspose, convTransposeAttributes, windowLimits},
    {"Cos", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Cosh", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"CumSum", Where::Cpu, 2, 2, 1, inferCumSum, cumSumAttributes, "float32, int64 or int32"},
    {"DequantizeLinear", Where::Cpu, 2, 3, 1, inferDequantizeLinear, quantizeAttributes, "int8, uint8 or int32 to float32"},
    {"Div", Where::Cpu, 2, 2, 1, inferBinary, {}, numericTypes},
    {"Dropout", Where::Folded, 1, 3, 2, inferDropout, dropoutAttributes, "inference only: the data passes unchanged"},
    {"DynamicQuantizeLinear", Where::Cpu, 1, 1, 3, inferDynamicQuantizeLinear, {}, "float32 to uint8"},
    {"Einsum", Where::Cpu, 1, 65535, 1, inferEinsum, equationAttribute, "float32; any number of operands, ellipses and repeated labels"},
    {"Elu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Equal", Where::Cpu, 2, 2, 1, inferComparison, {}, comparableTypes},
    {"Erf", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Exp", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Expand", Where::Folded, 2, 2, 1, inferExpand, {}, ""},
    {"Flatten", Where::Cpu, 1, 1, 1, inferFlatten, axisAttribute, "costs nothing where it keeps the last dimension"},
    {"Floor", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"GRU", Where::Dpu, 3, 6, 2, inferRecurrent, gruAttributes, recurrentLimits},
    {"Gather", Where::Cpu, 2, 2, 1, inferGather, axisAttribute, ""},
    {"GatherElements", Where::Cpu, 2, 2, 1, inferGatherElements, axisAttribute, ""},
    {"GatherND", Where::Cpu, 2, 2, 1, inferGatherNd, batchDimsAttribute, "indices with a constant last dimension"},
    {"Gelu", Where::Cpu, 1, 1, 1, inferUnary, geluAttributes, "float32"},
    {"Gemm", Where::Dpu, 2, 3, 1, inferGemm, gemmAttributes,
     "on the DPU if B is constant, C is absent or a constant vector, alpha = beta = 1, transA = 0"},
    {"GlobalAveragePool", Where::Cpu, 1, 1, 1, inferGlobalPool, {}, "float32"},
    {"GlobalMaxPool", Where::Cpu, 1, 1, 1, inferGlobalPool, {}, "float32"},
    {"Greater", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"GreaterOrEqual", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"HardSigmoid", Where::Cpu, 1, 1, 1, inferUnary, alphaBetaAttributes, "float32"},
    {"HardSwish", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Hardmax", Where::Cpu, 1, 1, 1, inferSoftmax, axisAttribute, "float32"},
    {"Identity", Where::Folded, 1, 1, 1, inferIdentity, {}, ""},
    {"If", Where::Cpu, 1, 1, 65535, inferIf, {}, ifLimits, branches},
    {"InstanceNormalization", Where::Cpu, 3, 3, 1, inferChannelNormalisation, epsilonAttribute, "float32"},
    {"IsInf", Where::Cpu, 1, 1, 1, inferFloatTest, isInfAttributes, "float32"},
    {"IsNaN", Where::Cpu, 1, 1, 1, inferFloatTest, {}, "float32"},
    {"LSTM", Where::Dpu, 3, 8, 3, inferRecurrent, lstmAttributes, recurrentLimits},
    {"LayerNormalization", Where::Cpu, 2, 3, 3, inferLayerNormalisation, layerNormalizationAttributes, "float32"},
    {"LeakyRelu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Less", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"LessOrEqual", Where::Cpu, 2, 2, 1, inferComparison, {}, numericTypes},
    {"Log", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"LogSoftmax", Where::Cpu, 1, 1, 1, inferSoftmax, axisAttribute, "float32"},
    {"Loop", Where::Cpu, 0, 65535, 65535, inferLoop, {}, loopLimits, loopBody},
    {"MatMul", Where::Dpu, 2, 2, 1, inferMatMul, {}, linearLimits},
    {"MatMulInteger", Where::Cpu, 2, 4, 1, inferMatMulInteger, {}, "int8 or uint8; exact"},
    {"Max", Where::Cpu, 1, 65535, 1, inferExtreme, {}, numericTypes},
    {"MaxPool", Where::Cpu, 1, 1, 2, inferPool, maxPoolAttributes, "float32, int8 or uint8; 1 to 3 spatial dimensions"},
    {"Mean", Where::Cpu, 1, 65535, 1, inferSum, {}, "float32"},
    {"Min", Where::Cpu, 1, 65535, 1, inferExtreme, {}, numericTypes},
    {"Mish", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Mod", Where::Cpu, 2, 2, 1, inferMod, modAttributes, "float32 (with `fmod` 1), int64, int32, int8 or uint8"},
    {"Mul", Where::Dpu, 2, 2, 1, inferBinary, {}, pointwiseLimits},
    {"Neg", Where::Cpu, 1, 1, 1, inferNumericUnary, {}, numericTypes},
    {"NonZero", Where::Cpu, 1, 1, 1, inferNonZero, {}, ""},
    {"Not", Where::Cpu, 1, 1, 1, inferLogic, {}, ""},
    {"OneHot", Where::Cpu, 3, 3, 1, inferOneHot, axisAttribute, ""},
    {"Or", Where::Cpu, 2, 2, 1, inferLogic, {}, ""},
    {"PRelu", Where::Cpu, 2, 2, 1, inferPRelu, {}, "float32"},
    {"Pad", Where::Cpu, 1, 4, 1, inferPad, padAttributes, ""},
    {"Pow", Where::Cpu, 2, 2, 1, inferPow, {}, "float32, int64 or int32, to the power of any of them, int8 or uint8"},
    {"QLinearMatMul", Where::Cpu, 8, 8, 1, inferMatMulInteger, {}, "int8 or uint8; one scale for each tensor"},
    {"QuantizeLinear", Where::Cpu, 2, 3, 1, inferQuantizeLinear, quantizeAttributes,
     "float32 or int32 to int8 or uint8, as the zero point"},
    {"RNN", Where::Dpu, 3, 6, 2, inferRecurrent, rnnAttributes, recurrentLimits},
    {"Range", Where::Cpu, 3, 3, 1, inferRange, {}, "float32, int64 or int32"},
    {"Reciprocal", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"ReduceL1", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32, int64 or int32"},
    {"ReduceL2", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32"},
    {"ReduceLogSum", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32"},
    {"ReduceLogSumExp", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32"},
    {"ReduceMax", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, numericTypes},
    {"ReduceMean", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32"},
    {"ReduceMin", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, numericTypes},
    {"ReduceProd", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32, int64 or int32"},
    {"ReduceSum", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32, int64 or int32"},
    {"ReduceSumSquare", Where::Cpu, 1, 2, 1, inferReduce, reduceAttributes, "float32, int64 or int32"},
    {"Relu", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"Reshape", Where::Cpu, 2, 2, 1, inferReshape, reshapeAttributes, "costs nothing where it keeps the last dimension"},
    {"ReverseSequence", Where::Cpu, 2, 2, 1, inferReverseSequence, reverseSequenceAttributes, ""},
    {"Round", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Scan", Where::Cpu, 0, 65535, 65535, inferScan, scanAttributes, scanLimits, loopBody},
    {"ScatterElements", Where::Cpu, 3, 3, 1, inferScatterElements, scatterElementsAttributes, ""},
    {"ScatterND", Where::Cpu, 3, 3, 1, inferScatterNd, reductionAttribute, "indices with a constant last dimension"},
    {"Selu", Where::Cpu, 1, 1, 1, inferUnary, seluAttributes, "float32"},
    {"Shape", Where::Folded, 1, 1, 1, inferShape, shapeAttributes, ""},
    {"Shrink", Where::Cpu, 1, 1, 1, inferUnary, shrinkAttributes, "float32"},
    {"Sigmoid", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"Sign", Where::Cpu, 1, 1, 1, inferNumericUnary, {}, numericTypes},
    {"Sin", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Sinh", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Size", Where::Folded, 1, 1, 1, inferSize, {}, ""},
    {"Slice", Where::Cpu, 1, 5, 1, inferSlice, sliceAttributes, ""},
    {"Softmax", Where::Cpu, 1, 1, 1, inferSoftmax, axisAttribute, "float32"},
    {"Softplus", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Softsign", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Split", Where::Cpu, 1, 2, 65535, inferSplit, splitAttributes, ""},
    {"Sqrt", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Squeeze", Where::Cpu, 1, 2, 1, inferSqueeze, axesAttribute, "with constant axes; costs nothing where it keeps the last dimension"},
    {"Sub", Where::Dpu, 2, 2, 1, inferBinary, {}, pointwiseLimits},
    {"Sum", Where::Cpu, 1, 65535, 1, inferSum, {}, "float32"},
    {"Tan", Where::Cpu, 1, 1, 1, inferUnary, {}, "float32"},
    {"Tanh", Where::Dpu, 1, 1, 1, inferUnary, {}, pointwiseLimits},
    {"ThresholdedRelu", Where::Cpu, 1, 1, 1, inferUnary, alphaAttribute, "float32"},
    {"Tile", Where::Cpu, 2, 2, 1, inferTile, {}, ""},
    {"TopK", Where::Cpu, 1, 2, 2, inferTopK, topKAttributes, numericTypes},
    {"Transpose", Where::Cpu, 1, 1, 1, inferTranspose, transposeAttributes, ""},
    {"Trilu", Where::Cpu, 1, 2, 1, inferTrilu, triluAttributes, ""},
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
