//===- Sequences.cpp - Sequences that a Loop fills, as tensors ---------------------------===//

#include "import/Sequences.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

/// How often `name` is used by nodes, and as an output of a body.
size_t usesIn(const std::vector<Node> &nodes, const std::string &name) {
  size_t uses = 0;
  forEachNode(nodes, [&](const Node &node) {
    uses += size_t(std::ranges::count(node.inputs, name));
    for (const Body &body : node.bodies)
      uses += size_t(std::ranges::count(body.outputs, name, &BodyPort::name));
  });
  return uses;
}

/// The node of `nodes` that computes `name` by `op`; their end if there is none.
std::vector<Node>::iterator producer(std::vector<Node> &nodes, std::string_view op, const std::string &name) {
  return std::ranges::find_if(nodes, [&](const Node &node) { return node.op == op && !node.outputs.empty() && node.outputs[0] == name; });
}

/// Whether everything that uses `name` concatenates it.
bool isConcatenated(const std::vector<Node> &nodes, const std::string &name) {
  size_t concatenated = 0;
  for (const Node &node : nodes)
    concatenated += node.op == "ConcatFromSequence" && node.input(0) == name;
  return !name.empty() && concatenated == usesIn(nodes, name);
}

/// Makes the carried sequence `input` of `loop`, one of `nodes`, a stacked output, if it is one that is filled as it should be.
void stack(std::vector<Node> &nodes, Node &loop, size_t input) {
  Body &body = loop.bodies[0];
  if (loop.op != "Loop" || input < 2 || input >= loop.inputs.size() || body.inputs.size() != loop.inputs.size() ||
      body.outputs.size() < body.inputs.size() - 1 || loop.outputs.size() > body.outputs.size() - 1)
    return;
  const std::string from = body.inputs[input].name, to = body.outputs[input - 1].name;
  const std::string result = input - 2 < loop.outputs.size() ? loop.outputs[input - 2] : "";
  const auto empty = producer(nodes, "SequenceEmpty", loop.inputs[input]);
  const auto insert = producer(body.nodes, "SequenceInsert", to);
  if (empty == nodes.end() || insert == body.nodes.end() || insert->input(0) != from || insert->inputs.size() != 2 ||
      usesIn(nodes, empty->outputs[0]) != 1 || usesIn(body.nodes, from) != 1 || usesIn(body.nodes, to) != 0 ||
      std::ranges::count(body.outputs, to, &BodyPort::name) != 1 || !isConcatenated(nodes, result))
    return;
  loop.outputs.resize(body.outputs.size() - 1);
  body.outputs.push_back({.name = insert->inputs[1]});
  body.nodes.erase(insert);
  body.inputs.erase(body.inputs.begin() + ptrdiff_t(input));
  body.outputs.erase(body.outputs.begin() + ptrdiff_t(input) - 1);
  loop.inputs.erase(loop.inputs.begin() + ptrdiff_t(input));
  loop.outputs.erase(loop.outputs.begin() + ptrdiff_t(input) - 2);
  loop.outputs.push_back(result);
  empty->op.clear(); // Erased when nobody walks through the nodes.
}

Expected<void> collectIn(std::vector<Node> &nodes) {
  for (Node &node : nodes)
    for (Body &body : node.bodies) {
      if (auto done = collectIn(body.nodes); !done)
        return done;
      for (size_t i = body.inputs.size(); i-- > 0;)
        stack(nodes, node, i); // Types may be left out.
      for (const auto *ports : {&body.inputs, &body.outputs})
        for (const BodyPort &port : *ports)
          if (port.sequence)
            return fail(
                "{}: {}: \"{}\" is a sequence of tensors; only one that a Loop fills from SequenceEmpty on, by one SequenceInsert in "
                "each iteration, and that ConcatFromSequence takes, is supported",
                node.text(), body.attribute, port.name);
    }
  std::erase_if(nodes, [](const Node &node) { return node.op.empty(); });
  return {};
}

} // namespace

Expected<void> collectSequences(Model &model) { return collectIn(model.nodes); }

} // namespace softdpu::onnx_import
