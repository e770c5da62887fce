//===- Recurrent.cpp - Inference: GRU, LSTM and RNN --------------------------------------===//

#include "import/Activations.h"
#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

constexpr int64_t maxSize = 65536; ///< Of hidden state and input.

/// What ONNX calls one of the three operators, in numbers.
struct Kind {
  int64_t gates;
  size_t activations; ///< Per direction.
};
Kind kindOf(const Node &node) {
  if (node.op == "LSTM")
    return {4, 3};
  return node.op == "GRU" ? Kind{3, 2} : Kind{1, 1};
}

/// Y, Y_h and Y_c of layout 0.
std::vector<TensorInfo> outputsOf(const Dimension &steps, const Dimension &directions, const Dimension &batch, const Dimension &hidden) {
  TensorInfo y, last;
  y.shape = {steps, directions, batch, hidden};
  last.shape = {directions, batch, hidden};
  return {y, last, last};
}

/// Drops `sequence_lens` where every sequence is as long as X, and P where it is zero.
Expected<void> simplifyInputs(Inference &in, Node &node, const Dimension &steps, const Dimension &batch) {
  if (const std::string &name = node.input(4); !name.empty()) {
    if (in.info(name).type != ElementType::Int32)
      return fail("{}: sequence_lens is {}; int32 is expected", node.text(), elementTypeName(in.info(name).type));
    if (auto checked = in.requireShape(node, 4, "sequence_lens", {batch}); !checked)
      return checked;
    if (const Tensor *known = in.constant(name)) {
      const std::vector<int64_t> lengths = *integersOf(*known);
      for (const int64_t length : lengths)
        if (length < 0 || (steps.size >= 0 && length > steps.size))
          return fail("{}: sequence_lens has {}; 0 to the sequence length {} is expected", node.text(), length,
                      steps.size < 0 ? steps.symbol : std::to_string(steps.size));
      if (std::ranges::all_of(lengths, [&](int64_t length) { return length == steps.size; }))
        node.inputs[4].clear();
    }
  }
  if (const std::string &name = node.input(7); !name.empty() && in.constant(name) && in.info(name).zeros)
    node.inputs[7].clear();
  while (!node.inputs.empty() && node.inputs.back().empty())
    node.inputs.pop_back();
  return {};
}

/// As many names as the node needs, in ONNX's spelling, with every number that has no default.
Expected<void> checkActivations(Node &node, size_t expected) {
  auto names = node.get<std::vector<std::string>>("activations", {});
  if (names.empty()) {
    node.attributes.erase("activations");
    return {};
  }
  if (names.size() != expected)
    return fail("{}: attribute \"activations\" has {} names; {} are expected", node.text(), names.size(), expected);
  size_t alphas = node.get<std::vector<float>>("activation_alpha", {}).size();
  size_t betas = node.get<std::vector<float>>("activation_beta", {}).size();
  const auto take = [](size_t &left) { return left > 0 && left-- > 0; };
  for (std::string &name : names) {
    const ActivationRule *rule = findActivation(name); // The table has checked that there is one.
    name = rule->name;
    if (((rule->alpha && !take(alphas)) || (rule->beta && !take(betas))) && rule->required)
      return fail("{}: {} has no default for its alpha and beta; activation_alpha and activation_beta must give them", node.text(), name);
  }
  node.attributes["activations"] = std::move(names);
  return {};
}

/// layout 1 is layout 0 between transpositions.
void keepBatchFirst(Inference &in, Node node, const std::vector<TensorInfo> &timeFirst) {
  node.inputs[0] = in.transposeBefore(node, node.inputs[0], {1, 0, 2});
  for (unsigned i : {5u, 6u})
    if (!node.input(i).empty())
      node.inputs[i] = in.transposeBefore(node, node.inputs[i], {1, 0, 2});
  const std::vector<std::string> outputs = node.outputs;
  for (std::string &output : node.outputs)
    if (!output.empty())
      output = in.freshName(output);
  in.keep(node, timeFirst);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].empty())
      continue;
    const std::vector<int64_t> perm = i == 0 ? std::vector<int64_t>{2, 0, 1, 3} : std::vector<int64_t>{1, 0, 2};
    const Node transpose{
        .op = "Transpose", .name = node.name, .inputs = {node.outputs[i]}, .outputs = {outputs[i]}, .attributes = {{"perm", perm}}};
    Shape shape;
    for (int64_t axis : perm)
      shape.push_back(timeFirst[i].shape[size_t(axis)]);
    in.keep(transpose, ElementType::Float32, std::move(shape));
  }
}

} // namespace

Expected<void> inferRecurrent(Inference &in, Node &node) {
  const auto [gates, activations] = kindOf(node);
  Node floats = node;
  if (floats.inputs.size() > 4)
    floats.inputs[4].clear();
  if (auto checked = in.requireFloat(floats); !checked)
    return checked;

  const Shape xShape = in.info(node.inputs[0]).shape, rShape = in.info(node.inputs[2]).shape;
  const bool bidirectional = node.get<std::string>("direction", "forward") == "bidirectional";
  const Dimension directions = sizeOf(bidirectional ? 2 : 1);
  if (xShape.size() != 3)
    return fail("{}: X has shape {}; rank 3 is expected", node.text(), shapeText(xShape));
  if (xShape[2].size <= 0 || xShape[2].size > maxSize)
    return fail("{}: X has shape {}; a last dimension of 1 to {} is expected", node.text(), shapeText(xShape), maxSize);
  const int64_t hidden = node.get<int64_t>("hidden_size", rShape.size() == 3 ? rShape[2].size : -1);
  if (hidden <= 0 || hidden > maxSize)
    return fail("{}: hidden_size is {} and R has shape {}; a size of 1 to {} is expected", node.text(), hidden, shapeText(rShape), maxSize);
  node.attributes["hidden_size"] = hidden;
  const bool batchFirst = node.get<int64_t>("layout", 0) == 1;
  const Dimension h = sizeOf(hidden), steps = xShape[batchFirst ? 1 : 0], batch = xShape[batchFirst ? 0 : 1];
  const Shape state = batchFirst ? Shape{batch, directions, h} : Shape{directions, batch, h};
  for (const auto &checked :
       {in.requireShape(node, 1, "W", {directions, sizeOf(gates * hidden), xShape[2]}),
        in.requireShape(node, 2, "R", {directions, sizeOf(gates * hidden), h}),
        in.requireShape(node, 3, "B", {directions, sizeOf(2 * gates * hidden)}), in.requireShape(node, 5, "initial_h", state),
        in.requireShape(node, 6, "initial_c", state), in.requireShape(node, 7, "P", {directions, sizeOf(3 * hidden)}),
        simplifyInputs(in, node, steps, batch), checkActivations(node, activations * size_t(directions.size))})
    if (!checked)
      return checked;
  node.attributes.erase("layout");
  const auto outputs = outputsOf(steps, directions, batch, h);
  if (batchFirst)
    keepBatchFirst(in, node, outputs);
  else
    in.keep(node, outputs);
  return {};
}

} // namespace softdpu::onnx_import
