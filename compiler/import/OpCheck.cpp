//===- OpCheck.cpp - A node against the table of operators ---------------------------===//

#include "import/OpTable.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

std::string valueText(const Value &value) {
  struct Printer {
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(float v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string &v) const { return fmt::format("\"{}\"", v.substr(0, 80)); }
    std::string operator()(const Tensor &v) const { return fmt::format("a tensor of {}", elementTypeName(v.type)); }
    std::string operator()(const std::vector<std::string> &v) const {
      std::string text;
      for (const std::string &item : v) {
        if (!text.empty())
          text += ", ";
        text.append(item, 0, 40);
      }
      return fmt::format("[{}]", std::string_view(text).substr(0, 200));
    }
    std::string operator()(const std::vector<int64_t> &v) const { return fmt::format("a list of {} integers", v.size()); }
    std::string operator()(const std::vector<float> &v) const { return fmt::format("a list of {} numbers", v.size()); }
  };
  return std::visit(Printer{}, value);
}

} // namespace

namespace {

Expected<void> checkBodies(const OpRule &rule, Node &node) {
  for (const Body &body : node.bodies)
    if (std::ranges::count(rule.bodies, body.attribute) == 0)
      return fail("{}: attribute \"{}\" is a graph, which this operator does not have; leave it out", node.text(), body.attribute);
  for (const std::string_view name : rule.bodies)
    if (const auto count = std::ranges::count(node.bodies, name, &Body::attribute); count != 1)
      return fail("{}: attribute \"{}\" is there {} times; one graph is expected", node.text(), name, count);
  std::ranges::sort(node.bodies, {},
                    [&](const Body &body) { return std::ranges::find(rule.bodies, body.attribute) - rule.bodies.begin(); });
  return {};
}

} // namespace

Expected<void> checkNode(Node &node) {
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
  for (const auto &[name, value] : node.attributes) {
    const auto found = std::ranges::find(rule->attributes, name, &AttributeRule::name);
    if (found == rule->attributes.end())
      return fail("{}: attribute \"{}\" is not supported; leave it out", node.text(), name);
    if (!found->accepts(value))
      return fail("{}: attribute \"{}\" is {}; {} is supported", node.text(), name, valueText(value), found->supported);
  }
  return checkBodies(*rule, node);
}

} // namespace softdpu::onnx_import
