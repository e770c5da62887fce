//===- OpTable.cpp - Which ONNX operators are supported, where and within what limits ----===//

#include "import/OpTable.h"

#include "softdpu/compiler/Compiler.h"

#include <algorithm>
#include <iterator>

namespace softdpu::onnx_import {
namespace {

bool integer(const Value &value) { return std::holds_alternative<int64_t>(value); }
bool integers(const Value &value) { return std::holds_alternative<std::vector<int64_t>>(value); }
bool number(const Value &value) { return std::holds_alternative<float>(value); }
bool zeroOrOne(const Value &value) { return value == Value(int64_t(0)) || value == Value(int64_t(1)); }
bool zero(const Value &value) { return value == Value(int64_t(0)); }
bool forward(const Value &value) { return value == Value(std::string("forward")); }
bool activations(const Value &value) {
  const auto *names = std::get_if<std::vector<std::string>>(&value);
  return names &&
         std::ranges::all_of(*names, [](const std::string &name) { return name == "Relu" || name == "Sigmoid" || name == "Tanh"; });
}
bool constantValue(const Value &value) {
  if (const auto *tensor = std::get_if<Tensor>(&value))
    return tensor->type != ElementType::Bool;
  return integer(value) || integers(value) || number(value) || std::holds_alternative<std::vector<float>>(value);
}
bool castTarget(const Value &value) {
  return value == Value(int64_t(1)) || value == Value(int64_t(6)) || value == Value(int64_t(7)); // float, int32, int64
}

constexpr AttributeRule gruAttributes[] = {{"activations", "a list of Relu, Sigmoid and Tanh", activations},
                                           {"direction", "forward", forward},
                                           {"hidden_size", "any size", integer},
                                           {"layout", "0 or 1", zeroOrOne},
                                           {"linear_before_reset", "0 or 1", zeroOrOne}};
constexpr AttributeRule lstmAttributes[] = {{"activations", "a list of Relu, Sigmoid and Tanh", activations},
                                            {"direction", "forward", forward},
                                            {"hidden_size", "any size", integer},
                                            {"input_forget", "0", zero},
                                            {"layout", "0 or 1", zeroOrOne}};
constexpr AttributeRule rnnAttributes[] = {{"activations", "a list of Relu, Sigmoid and Tanh", activations},
                                           {"direction", "forward", forward},
                                           {"hidden_size", "any size", integer},
                                           {"layout", "0 or 1", zeroOrOne}};
constexpr AttributeRule axisAttribute[] = {{"axis", "an integer", integer}};
constexpr AttributeRule axesAttribute[] = {{"axes", "a list of integers", integers}};
constexpr AttributeRule castAttributes[] = {{"to", "float32, int32 or int64", castTarget}};
constexpr AttributeRule constantAttributes[] = {{"value", "a tensor of numbers", constantValue},
                                                {"value_float", "a number", constantValue},
                                                {"value_floats", "a list of numbers", constantValue},
                                                {"value_int", "an integer", constantValue},
                                                {"value_ints", "a list of integers", constantValue}};
constexpr AttributeRule constantOfShapeAttributes[] = {{"value", "a tensor of one number", constantValue}};
constexpr AttributeRule gemmAttributes[] = {
    {"alpha", "a number", number}, {"beta", "a number", number}, {"transA", "0 or 1", zeroOrOne}, {"transB", "0 or 1", zeroOrOne}};
constexpr AttributeRule reshapeAttributes[] = {{"allowzero", "0", zero}};
constexpr AttributeRule shapeAttributes[] = {{"start", "an integer", integer}, {"end", "an integer", integer}};
constexpr AttributeRule sliceAttributes[] = {
    {"axes", "a list of integers", integers}, {"ends", "a list of integers", integers}, {"starts", "a list of integers", integers}};
constexpr AttributeRule transposeAttributes[] = {{"perm", "a permutation", integers}};

constexpr ForbiddenInput lstmForbidden[] = {{7, "P (peepholes)"}};

constexpr std::string_view recurrentLimits = "W, R and B are constant; `sequence_lens` is absent, or constant and equal to the sequence "
                                             "length; any batch; any subset of the outputs";
constexpr std::string_view linearLimits = "on the DPU if one side is a constant matrix and the other has rank 2 or 3";
constexpr std::string_view pointwiseLimits = "on the DPU next to other operators that run there";

constexpr OpRule table[] = {
    {"Add", Where::Dpu, 2, 2, 1, {}, {}, "on the DPU as the bias of a MatMul, or next to other operators that run there"},
    {"Cast", Where::Cpu, 1, 1, 1, castAttributes, {}, "between float32, int64 and int32"},
    {"Concat", Where::Cpu, 1, 65535, 1, axisAttribute, {}, ""},
    {"Constant", Where::Folded, 0, 0, 1, constantAttributes, {}, ""},
    {"ConstantOfShape", Where::Folded, 1, 1, 1, constantOfShapeAttributes, {}, ""},
    {"Div", Where::Folded, 2, 2, 1, {}, {}, ""},
    {"Expand", Where::Folded, 2, 2, 1, {}, {}, ""},
    {"GRU", Where::Dpu, 3, 6, 2, gruAttributes, {}, recurrentLimits},
    {"Gather", Where::Cpu, 2, 2, 1, axisAttribute, {}, ""},
    {"Gemm",
     Where::Dpu,
     2,
     3,
     1,
     gemmAttributes,
     {},
     "on the DPU if B is constant, C is absent or a constant vector, alpha = beta = 1, transA = 0"},
    {"Identity", Where::Folded, 1, 1, 1, {}, {}, ""},
    {"LSTM", Where::Dpu, 3, 8, 3, lstmAttributes, lstmForbidden, recurrentLimits},
    {"LogSoftmax", Where::Cpu, 1, 1, 1, axisAttribute, {}, "before opset 13 only along the last axis"},
    {"MatMul", Where::Dpu, 2, 2, 1, {}, {}, linearLimits},
    {"Mul", Where::Dpu, 2, 2, 1, {}, {}, pointwiseLimits},
    {"RNN", Where::Dpu, 3, 6, 2, rnnAttributes, {}, recurrentLimits},
    {"Relu", Where::Dpu, 1, 1, 1, {}, {}, pointwiseLimits},
    {"Reshape", Where::Cpu, 2, 2, 1, reshapeAttributes, {}, "costs nothing where it keeps the last dimension"},
    {"Shape", Where::Folded, 1, 1, 1, shapeAttributes, {}, ""},
    {"Sigmoid", Where::Dpu, 1, 1, 1, {}, {}, pointwiseLimits},
    {"Slice", Where::Cpu, 1, 5, 1, sliceAttributes, {}, ""},
    {"Softmax", Where::Cpu, 1, 1, 1, axisAttribute, {}, "before opset 13 only along the last axis"},
    {"Squeeze", Where::Cpu, 1, 2, 1, axesAttribute, {}, "with constant axes; costs nothing where it keeps the last dimension"},
    {"Sub", Where::Dpu, 2, 2, 1, {}, {}, pointwiseLimits},
    {"Tanh", Where::Dpu, 1, 1, 1, {}, {}, pointwiseLimits},
    {"Transpose", Where::Cpu, 1, 1, 1, transposeAttributes, {}, ""},
    {"Unsqueeze", Where::Cpu, 1, 2, 1, axesAttribute, {}, "with constant axes; costs nothing where it keeps the last dimension"},
};

std::string valueText(const Value &value) {
  struct Printer {
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(float v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string &v) const { return fmt::format("\"{}\"", v.substr(0, 80)); }
    std::string operator()(const Tensor &v) const { return fmt::format("a tensor of {}", elementTypeName(v.type)); }
    std::string operator()(const std::vector<std::string> &v) const {
      std::string text;
      for (const std::string &item : v)
        text += (text.empty() ? "" : ", ") + item.substr(0, 40);
      return "[" + text.substr(0, 200) + "]";
    }
    std::string operator()(const std::vector<int64_t> &v) const { return fmt::format("a list of {} integers", v.size()); }
    std::string operator()(const std::vector<float> &v) const { return fmt::format("a list of {} numbers", v.size()); }
  };
  return std::visit(Printer{}, value);
}

} // namespace

std::span<const OpRule> opTable() { return table; }

const OpRule *findOp(std::string_view op) {
  const auto *found = std::ranges::find(table, op, &OpRule::op);
  return found == std::end(table) ? nullptr : found;
}

Expected<void> checkNode(const Node &node) {
  const OpRule *rule = findOp(node.op);
  if (!rule)
    return fail("{}: this operator is not supported; docs/supported_ops.md lists those that are", node.text());
  if (node.inputs.size() < rule->minInputs || node.inputs.size() > rule->maxInputs)
    return fail("{}: has {} inputs; {} to {} are supported", node.text(), node.inputs.size(), rule->minInputs, rule->maxInputs);
  for (unsigned i = 0; i < rule->minInputs; ++i)
    if (node.inputs[i].empty())
      return fail("{}: input {} is missing", node.text(), i);
  if (node.outputs.empty() || node.outputs.size() > rule->maxOutputs)
    return fail("{}: has {} outputs; 1 to {} are supported", node.text(), node.outputs.size(), rule->maxOutputs);
  for (const ForbiddenInput &input : rule->forbidden)
    if (!node.input(input.index).empty())
      return fail("{}: input {} is not supported; leave it out", node.text(), input.name);
  for (const auto &[name, value] : node.attributes) {
    const auto found = std::ranges::find(rule->attributes, name, &AttributeRule::name);
    if (found == rule->attributes.end())
      return fail("{}: attribute \"{}\" is not supported; leave it out", node.text(), name);
    if (!found->accepts(value))
      return fail("{}: attribute \"{}\" is {}; {} is supported", node.text(), name, valueText(value), found->supported);
  }
  return {};
}

} // namespace softdpu::onnx_import

namespace softdpu {

std::string supportedOpsMarkdown() {
  using namespace onnx_import;
  std::string text =
      "<!-- Generated from compiler/import/OpTable.cpp: softdpu-opt --supported-ops. Do not edit. -->\n"
      "# Supported ONNX operators\n\n"
      "Opsets 7 to 22. *DPU*: runs on the DPU where it is applied at every time step, else (or with `--place NODE=cpu`) on the CPU. "
      "*folded*: computed at compile time if its inputs are known, else on the CPU. Anything that is not in this table is refused "
      "with one sentence that names the node.\n\n"
      "| operator | runs on | attributes | limits |\n|---|---|---|---|\n";
  for (const OpRule &rule : opTable()) {
    std::string attributes, limits(rule.limits);
    for (const AttributeRule &attribute : rule.attributes)
      attributes += fmt::format("{}`{}`: {}", attributes.empty() ? "" : "; ", attribute.name, attribute.supported);
    for (const ForbiddenInput &input : rule.forbidden)
      limits += fmt::format("{}no input {}", limits.empty() ? "" : "; ", input.name);
    text += fmt::format("| {} | {} | {} | {} |\n", rule.op,
                        rule.where == Where::Dpu   ? "DPU"
                        : rule.where == Where::Cpu ? "CPU"
                                                   : "folded",
                        attributes, limits);
  }
  return text;
}

} // namespace softdpu
