//===- Registry.cpp - The table of host operators ----------------------------------------===//

#include "ControlFlow.h"
#include "Operators.h"

#include "softdpu/host_runtime/HostOperator.h"

#include <algorithm>
#include <fmt/ranges.h>
#include <new>

namespace softdpu {
namespace {

using namespace cpu;

/// As the alternatives of Attribute.
enum class Kind : size_t { Integer, Float, String, Integers, Floats };
constexpr std::string_view kindNames[] = {"an integer", "a float", "a string", "a list of integers", "a list of floats"};

/// An attribute of several kinds has several rules.
struct AttributeRule {
  std::string_view name;
  Kind kind;
  bool operator==(const AttributeRule &) const = default;
};

constexpr size_t any = std::numeric_limits<size_t>::max();

struct Operator {
  std::string_view name;
  Results (*run)(const Call &);
  size_t minInputs, maxInputs, maxOutputs;
  std::vector<AttributeRule> attributes;
  Expected<void> (*checkBodies)(const HostStep &) = nullptr; ///< null: the operator has none.
};

/// Sorted by name. `axes`, `starts`, `ends` and the like as attributes are the form of opsets before 13.
const std::vector<Operator> &operators() {
  static const std::vector<Operator> table = [] {
    const std::vector<AttributeRule> recurrent{
        {"activation_alpha", Kind::Floats}, {"activation_beta", Kind::Floats}, {"activations", Kind::String}, {"clip", Kind::Float},
        {"direction", Kind::String},        {"hidden_size", Kind::Integer},    {"layout", Kind::Integer}};
    const std::vector<AttributeRule> reduction{
        {"axes", Kind::Integers}, {"keepdims", Kind::Integer}, {"noop_with_empty_axes", Kind::Integer}};
    const std::vector<AttributeRule> windows{{"auto_pad", Kind::String},       {"dilations", Kind::Integers}, {"group", Kind::Integer},
                                             {"kernel_shape", Kind::Integers}, {"pads", Kind::Integers},      {"strides", Kind::Integers}};
    const std::vector<AttributeRule> pooling{{"auto_pad", Kind::String},
                                             {"ceil_mode", Kind::Integer},
                                             {"kernel_shape", Kind::Integers},
                                             {"pads", Kind::Integers},
                                             {"strides", Kind::Integers}};
    const auto with = [](std::vector<AttributeRule> rules, AttributeRule more) {
      rules.push_back(more);
      return rules;
    };
    return std::vector<Operator>{
        {"Abs", absolute, 1, 1, 1, {}},
        {"Acos", arcCosine, 1, 1, 1, {}},
        {"Acosh", areaCosine, 1, 1, 1, {}},
        {"Add", add, 2, 2, 1, {}},
        {"And", cpu::logicalAnd, 2, 2, 1, {}},
        {"ArgMax", argMax, 1, 1, 1, {{"axis", Kind::Integer}, {"keepdims", Kind::Integer}, {"select_last_index", Kind::Integer}}},
        {"ArgMin", argMin, 1, 1, 1, {{"axis", Kind::Integer}, {"keepdims", Kind::Integer}, {"select_last_index", Kind::Integer}}},
        {"Asin", arcSine, 1, 1, 1, {}},
        {"Asinh", areaSine, 1, 1, 1, {}},
        {"Atan", arcTangent, 1, 1, 1, {}},
        {"Atanh", areaTangent, 1, 1, 1, {}},
        {"AveragePool", averagePool, 1, 1, 1, with(with(pooling, {"count_include_pad", Kind::Integer}), {"dilations", Kind::Integers})},
        {"BatchNormalization",
         batchNormalisation,
         5,
         5,
         5,
         {{"epsilon", Kind::Float}, {"momentum", Kind::Float}, {"training_mode", Kind::Integer}}},
        {"Cast", cast, 1, 1, 1, {{"to", Kind::Integer}}},
        {"Ceil", ceiling, 1, 1, 1, {}},
        {"Celu", celu, 1, 1, 1, {{"alpha", Kind::Float}}},
        {"Clip", cpu::clip, 1, 3, 1, {}},
        {"Concat", concat, 1, any, 1, {{"axis", Kind::Integer}}},
        {"Constant",
         constant,
         0,
         0,
         1,
         {{"value_float", Kind::Float}, {"value_floats", Kind::Floats}, {"value_int", Kind::Integer}, {"value_ints", Kind::Integers}}},
        {"ConstantOfShape", constantOfShape, 1, 1, 1, {{"value", Kind::Float}, {"value", Kind::Integer}}},
        {"Conv", convolution, 2, 3, 1, windows},
        {"ConvTranspose", transposedConvolution, 2, 3, 1,
         with(with(windows, {"output_padding", Kind::Integers}), {"output_shape", Kind::Integers})},
        {"Cos", cosine, 1, 1, 1, {}},
        {"Cosh", hyperbolicCosine, 1, 1, 1, {}},
        {"CumSum", cumulativeSum, 2, 2, 1, {{"exclusive", Kind::Integer}, {"reverse", Kind::Integer}}},
        {"DequantizeLinear", dequantizeLinear, 2, 3, 1, {{"axis", Kind::Integer}}},
        {"Div", divide, 2, 2, 1, {}},
        {"Dropout", dropout, 1, 3, 2, {{"ratio", Kind::Float}, {"seed", Kind::Integer}}},
        {"DynamicQuantizeLinear", dynamicQuantizeLinear, 1, 1, 3, {}},
        {"Einsum", einsum, 1, any, 1, {{"equation", Kind::String}}},
        {"Elu", elu, 1, 1, 1, {{"alpha", Kind::Float}}},
        {"Equal", cpu::equal, 2, 2, 1, {}},
        {"Erf", errorFunction, 1, 1, 1, {}},
        {"Exp", exponential, 1, 1, 1, {}},
        {"Expand", expand, 2, 2, 1, {}},
        {"Flatten", flatten, 1, 1, 1, {{"axis", Kind::Integer}}},
        {"Floor", floorOf, 1, 1, 1, {}},
        {"GRU", gru, 3, 6, 2, with(recurrent, {"linear_before_reset", Kind::Integer})},
        {"Gather", gather, 2, 2, 1, {{"axis", Kind::Integer}}},
        {"GatherElements", gatherElements, 2, 2, 1, {{"axis", Kind::Integer}}},
        {"GatherND", gatherNd, 2, 2, 1, {{"batch_dims", Kind::Integer}}},
        {"Gelu", gelu, 1, 1, 1, {{"approximate", Kind::String}}},
        {"Gemm", gemm, 2, 3, 1, {{"alpha", Kind::Float}, {"beta", Kind::Float}, {"transA", Kind::Integer}, {"transB", Kind::Integer}}},
        {"GlobalAveragePool", globalAveragePool, 1, 1, 1, {}},
        {"GlobalMaxPool", globalMaxPool, 1, 1, 1, {}},
        {"Greater", cpu::greater, 2, 2, 1, {}},
        {"GreaterOrEqual", cpu::greaterOrEqual, 2, 2, 1, {}},
        {"HardSigmoid", hardSigmoid, 1, 1, 1, {{"alpha", Kind::Float}, {"beta", Kind::Float}}},
        {"HardSwish", hardSwish, 1, 1, 1, {}},
        {"Hardmax", hardmax, 1, 1, 1, {{"axis", Kind::Integer}}},
        {"Identity", identity, 1, 1, 1, {}},
        {"If", ifElse, 1, 1, any, {}, checkIf},
        {"InstanceNormalization", instanceNormalisation, 3, 3, 1, {{"epsilon", Kind::Float}}},
        {"IsInf", isInfinite, 1, 1, 1, {{"detect_negative", Kind::Integer}, {"detect_positive", Kind::Integer}}},
        {"IsNaN", isNotANumber, 1, 1, 1, {}},
        {"LSTM", lstm, 3, 8, 3, with(recurrent, {"input_forget", Kind::Integer})},
        {"LayerNormalization",
         layerNormalisation,
         2,
         3,
         3,
         {{"axis", Kind::Integer}, {"epsilon", Kind::Float}, {"stash_type", Kind::Integer}}},
        {"LeakyRelu", leakyRelu, 1, 1, 1, {{"alpha", Kind::Float}}},
        {"Less", cpu::less, 2, 2, 1, {}},
        {"LessOrEqual", cpu::lessOrEqual, 2, 2, 1, {}},
        {"Log", logarithm, 1, 1, 1, {}},
        {"LogSoftmax", logSoftmax, 1, 1, 1, {{"axis", Kind::Integer}}},
        {"Loop", loop, 0, any - 1, any, {}, checkLoop},
        {"MatMul", matMul, 2, 2, 1, {}},
        {"MatMulInteger", matMulInteger, 2, 4, 1, {}},
        {"Max", cpu::maximum, 1, any, 1, {}},
        {"MaxPool", maxPool, 1, 1, 2, with(with(pooling, {"dilations", Kind::Integers}), {"storage_order", Kind::Integer})},
        {"Mean", mean, 1, any, 1, {}},
        {"Min", cpu::minimum, 1, any, 1, {}},
        {"Mish", mish, 1, 1, 1, {}},
        {"Mod", modulo, 2, 2, 1, {{"fmod", Kind::Integer}}},
        {"Mul", multiply, 2, 2, 1, {}},
        {"Neg", negate, 1, 1, 1, {}},
        {"NonZero", nonZero, 1, 1, 1, {}},
        {"Not", logicalNot, 1, 1, 1, {}},
        {"OneHot", oneHot, 3, 3, 1, {{"axis", Kind::Integer}}},
        {"Or", cpu::logicalOr, 2, 2, 1, {}},
        {"PRelu", parametricRelu, 2, 2, 1, {}},
        {"Pad", pad, 2, 4, 1, {{"mode", Kind::String}}},
        {"Pow", power, 2, 2, 1, {}},
        {"QLinearMatMul", qLinearMatMul, 8, 8, 1, {}},
        {"QuantizeLinear", quantizeLinear, 2, 3, 1, {{"axis", Kind::Integer}}},
        {"RNN", rnn, 3, 6, 2, recurrent},
        {"Range", cpu::range, 3, 3, 1, {}},
        {"Reciprocal", reciprocal, 1, 1, 1, {}},
        {"ReduceL1", reduceL1, 1, 2, 1, reduction},
        {"ReduceL2", reduceL2, 1, 2, 1, reduction},
        {"ReduceLogSum", reduceLogSum, 1, 2, 1, reduction},
        {"ReduceLogSumExp", reduceLogSumExp, 1, 2, 1, reduction},
        {"ReduceMax", reduceMax, 1, 2, 1, reduction},
        {"ReduceMean", reduceMean, 1, 2, 1, reduction},
        {"ReduceMin", reduceMin, 1, 2, 1, reduction},
        {"ReduceProd", reduceProduct, 1, 2, 1, reduction},
        {"ReduceSum", reduceSum, 1, 2, 1, reduction},
        {"ReduceSumSquare", reduceSumSquare, 1, 2, 1, reduction},
        {"Relu", relu, 1, 1, 1, {}},
        {"Reshape", reshape, 2, 2, 1, {{"allowzero", Kind::Integer}}},
        {"ReverseSequence", reverseSequence, 2, 2, 1, {{"batch_axis", Kind::Integer}, {"time_axis", Kind::Integer}}},
        {"Round", roundToEven, 1, 1, 1, {}},
        {"Scan",
         scan,
         1,
         any,
         any,
         {{"num_scan_inputs", Kind::Integer},
          {"scan_input_axes", Kind::Integers},
          {"scan_input_directions", Kind::Integers},
          {"scan_output_axes", Kind::Integers},
          {"scan_output_directions", Kind::Integers}},
         checkScan},
        {"ScatterElements", scatterElements, 3, 3, 1, {{"axis", Kind::Integer}, {"reduction", Kind::String}}},
        {"ScatterND", scatterNd, 3, 3, 1, {{"reduction", Kind::String}}},
        {"Selu", selu, 1, 1, 1, {{"alpha", Kind::Float}, {"gamma", Kind::Float}}},
        {"Shape", cpu::shape, 1, 1, 1, {{"end", Kind::Integer}, {"start", Kind::Integer}}},
        {"Shrink", shrink, 1, 1, 1, {{"bias", Kind::Float}, {"lambd", Kind::Float}}},
        {"Sigmoid", cpu::sigmoid, 1, 1, 1, {}},
        {"Sign", cpu::sign, 1, 1, 1, {}},
        {"Sin", sine, 1, 1, 1, {}},
        {"Sinh", hyperbolicSine, 1, 1, 1, {}},
        {"Size", cpu::size, 1, 1, 1, {}},
        {"Slice", slice, 1, 5, 1, {{"axes", Kind::Integers}, {"ends", Kind::Integers}, {"starts", Kind::Integers}}},
        {"Softmax", softmax, 1, 1, 1, {{"axis", Kind::Integer}}},
        {"Softplus", softplus, 1, 1, 1, {}},
        {"Softsign", softsign, 1, 1, 1, {}},
        {"Split", split, 1, 2, any, {{"axis", Kind::Integer}, {"num_outputs", Kind::Integer}, {"split", Kind::Integers}}},
        {"Sqrt", squareRoot, 1, 1, 1, {}},
        {"Squeeze", squeeze, 1, 2, 1, {{"axes", Kind::Integers}}},
        {"Sub", cpu::subtract, 2, 2, 1, {}},
        {"Sum", sum, 1, any, 1, {}},
        {"Tan", tangent, 1, 1, 1, {}},
        {"Tanh", cpu::tanh, 1, 1, 1, {}},
        {"ThresholdedRelu", thresholdedRelu, 1, 1, 1, {{"alpha", Kind::Float}}},
        {"Tile", tile, 2, 2, 1, {}},
        {"TopK", topK, 2, 2, 2, {{"axis", Kind::Integer}, {"largest", Kind::Integer}, {"sorted", Kind::Integer}}},
        {"Transpose", transpose, 1, 1, 1, {{"perm", Kind::Integers}}},
        {"Trilu", triangle, 1, 2, 1, {{"upper", Kind::Integer}}},
        {"Unsqueeze", unsqueeze, 1, 2, 1, {{"axes", Kind::Integers}}},
        {"Where", where, 3, 3, 1, {}},
        {"Xor", cpu::logicalXor, 2, 2, 1, {}},
    };
  }();
  return table;
}

const Operator *find(std::string_view name) {
  const auto &table = operators();
  const auto found = std::ranges::find(table, name, &Operator::name);
  return found == table.end() ? nullptr : &*found;
}

std::string title(const HostStep &step) { return fmt::format("node \"{}\" ({})", step.node, step.op); }

} // namespace

std::vector<std::string_view> hostOperators() {
  std::vector<std::string_view> names;
  for (const Operator &op : operators())
    names.push_back(op.name);
  return names;
}

Expected<void> checkHostStep(const HostStep &step) {
  const Operator *op = find(step.op);
  if (!op)
    return fail("{}: the host has no such operator; it has {}", title(step), fmt::join(hostOperators(), ", "));
  if (step.inputs.size() < op->minInputs || step.inputs.size() > op->maxInputs)
    return fail("{}: {} inputs, it takes {}", title(step), step.inputs.size(),
                op->maxInputs == any             ? fmt::format("at least {}", op->minInputs)
                : op->minInputs == op->maxInputs ? std::to_string(op->minInputs)
                                                 : fmt::format("{} to {}", op->minInputs, op->maxInputs));
  for (size_t i = 0; i < step.inputs.size(); ++i)
    if (step.inputs[i].empty() && (i < op->minInputs || op->maxInputs == any))
      return fail("{}: input {} is missing", title(step), i);
  if (step.outputs.empty() || step.outputs.size() > op->maxOutputs)
    return fail("{}: {} outputs, it has {}", title(step), step.outputs.size(), op->maxOutputs);
  for (const auto &[name, value] : step.attributes) {
    const auto named = std::ranges::find(op->attributes, name, &AttributeRule::name);
    if (named == op->attributes.end())
      return fail("{}: attribute \"{}\" is not supported", title(step), name);
    if (std::ranges::find(op->attributes, AttributeRule{named->name, Kind(value.index())}) == op->attributes.end())
      return fail("{}: attribute \"{}\" is {}, expected {}", title(step), name, kindNames[value.index()], kindNames[size_t(named->kind)]);
  }
  if (!op->checkBodies && !step.bodies.empty())
    return fail("{}: {} bodies, it has none", title(step), step.bodies.size());
  if (op->checkBodies)
    if (auto checked = op->checkBodies(step); !checked)
      return fail("{}: {}", title(step), checked.error().message);
  for (const HostBody &body : step.bodies)
    for (const HostStep &inner : body.steps)
      if (auto checked = checkHostStep(inner); !checked)
        return fail("{}: {}", title(step), checked.error().message);
  return {};
}

Expected<std::vector<Tensor>> runHostStep(const HostStep &step, std::span<const Tensor *const> inputs, const BodyRunner &runner) {
  try {
    auto results = find(step.op)->run(Call(step, inputs, runner));
    if (!results)
      return fail("{}: {}", title(step), results.error().message);
    results->resize(step.outputs.size());
    return results;
  } catch (const std::bad_alloc &) {
    return fail("{}: not enough memory", title(step));
  }
}

} // namespace softdpu
