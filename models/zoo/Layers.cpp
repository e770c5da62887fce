//===- Layers.cpp - The layers that the models of the zoo are made of --------------------===//

#include "zoo/Layers.h"

#include <algorithm>
#include <cmath>

namespace softdpu::zoo {

using models::Attributes;

Layers::Layers(const Entry &entry, const ModelOptions &options)
    : graph(std::string(entry.name), "softdpu-zoo-model", options.seed), scale(options.scale) {}

int64_t Layers::width(int64_t size) const { return std::max<int64_t>(1, (size + scale / 2) / scale); }

float Layers::scaleFor(int64_t inputs) const { return 1.5f / std::sqrt(float(inputs)); }

Features Layers::embedding(const std::string &name, int64_t vocabulary, int64_t size) {
  return {graph.weights(name, {width(vocabulary), width(size)}, 1), width(size)};
}

Features Layers::words(const std::string &name, const std::vector<models::Size> &shape, const Features &table) {
  graph.input(name, shape, onnx::TensorProto::INT64);
  return {graph.node("Gather", name + ".vectors", {table.name, name}), table.size};
}

RecurrentWeights Layers::recurrent(const std::string &name, const std::string &op, int64_t inputs, int64_t hidden, bool bidirectional) {
  const int64_t directions = bidirectional ? 2 : 1, gates = op == "LSTM" ? 4 : 3;
  return {.op = op,
          .input = graph.weights(name + ".W", {directions, gates * hidden, inputs}, scaleFor(inputs)),
          .recurrent = graph.weights(name + ".R", {directions, gates * hidden, hidden}, scaleFor(hidden)),
          .bias = graph.weights(name + ".B", {directions, 2 * gates * hidden}, scaleFor(hidden)),
          .hidden = hidden,
          .bidirectional = bidirectional};
}

void Layers::run(const std::string &name, const RecurrentWeights &weights, const std::string &x, const std::string &initial) {
  Attributes attributes{{"hidden_size", weights.hidden}};
  if (weights.op == "GRU")
    attributes["linear_before_reset"] = int64_t(1);
  if (weights.bidirectional)
    attributes["direction"] = std::string("bidirectional");
  graph.node(weights.op, name, {x, weights.input, weights.recurrent, weights.bias, "", initial}, {name + ".y", name + ".h"}, attributes);
}

Features Layers::states(const std::string &name, const RecurrentWeights &weights, const std::string &x) {
  run(name, weights, x);
  if (!weights.bidirectional)
    return {squeeze(name + ".states", name + ".y", 1), weights.hidden};
  const std::string turned = graph.node("Transpose", name + ".turned", {name + ".y"}, {{"perm", std::vector<int64_t>{0, 2, 1, 3}}});
  return {reshape(name + ".states", turned, {0, 0, 2 * weights.hidden}), 2 * weights.hidden};
}

Features Layers::last(const std::string &name, const RecurrentWeights &weights, const std::string &x) {
  run(name, weights, x);
  if (!weights.bidirectional)
    return {squeeze(name + ".last", name + ".h", 0), weights.hidden};
  const std::string turned = graph.node("Transpose", name + ".last.turned", {name + ".h"}, {{"perm", std::vector<int64_t>{1, 0, 2}}});
  return {reshape(name + ".last", turned, {0, 2 * weights.hidden}), 2 * weights.hidden};
}

Features Layers::dense(const std::string &name, const Features &x, int64_t outputs) {
  const Features product = project(name + ".product", x, outputs);
  const std::string bias = graph.weights(name + ".b", {outputs}, scaleFor(x.size));
  return {graph.node("Add", name, {product.name, bias}), outputs};
}

Features Layers::project(const std::string &name, const Features &x, int64_t outputs) {
  const std::string weights = graph.weights(name + ".W", {x.size, outputs}, scaleFor(x.size));
  return {graph.node("MatMul", name, {x.name, weights}), outputs};
}

Features Layers::concatenate(const std::string &name, const std::vector<Features> &parts) {
  std::vector<std::string> names;
  int64_t size = 0;
  for (const Features &part : parts) {
    names.push_back(part.name);
    size += part.size;
  }
  return {graph.node("Concat", name, names, {{"axis", int64_t(-1)}}), size};
}

Features Layers::apply(const std::string &op, const std::string &name, const Features &x, const Attributes &attributes) {
  return {graph.node(op, name, {x.name}, attributes), x.size};
}

std::string Layers::squeeze(const std::string &name, const std::string &x, int64_t axis) {
  return graph.node("Squeeze", name, {x, graph.integers(name + ".axes", {axis})});
}

std::string Layers::reshape(const std::string &name, const std::string &x, const std::vector<int64_t> &shape) {
  return graph.node("Reshape", name, {x, graph.integers(name + ".shape", shape)});
}

} // namespace softdpu::zoo
