//===- GraphReader.cpp - GraphProto to the nodes of a model ------------------------------===//

#include "import/GraphReader.h"

#include "import/OnnxValues.h"

#include <onnx/onnx_pb.h>

namespace softdpu::onnx_import {
namespace {

/// What `node` and the graphs inside it use.
void collectUses(const Node &node, std::set<std::string> &uses) {
  uses.insert(node.inputs.begin(), node.inputs.end());
  for (const Body &body : node.bodies) {
    for (const Node &inner : body.nodes)
      collectUses(inner, uses);
    for (const BodyPort &output : body.outputs)
      uses.insert(output.name);
  }
}

/// A branch of If or the body of a loop as it is called in messages.
std::string titleOf(const Node &node, const std::string &attribute) { return fmt::format("{}: {}", node.text(), attribute); }

} // namespace

const std::string *GraphReader::Scope::find(const std::string &name) const {
  for (const Scope *scope = this; scope; scope = scope->outer)
    if (const auto found = scope->names.find(name); found != scope->names.end())
      return &found->second;
  return nullptr;
}

bool GraphReader::Scope::sees(const std::string &name) const { return visible.contains(name) || (outer && outer->sees(name)); }

std::string GraphReader::define(Scope &scope, const std::string &name) {
  std::string unique = name;
  while (++taken[unique] > 1)
    unique = fmt::format("{}@{}", name, taken[name]);
  scope.names[name] = unique;
  return unique;
}

Expected<void> GraphReader::readInitializers(onnx::GraphProto &graph, Scope &scope) {
  if (graph.sparse_initializer_size() > 0)
    return fail("{}: sparse initializers are not supported", origin);
  for (auto &initializer : *graph.mutable_initializer()) {
    const std::string &name = initializer.name();
    auto tensor = readHeader(initializer, fmt::format("{}: initializer \"{}\"", origin, name), limits);
    if (!tensor)
      return tl::unexpected(tensor.error());
    if (name.empty() || scope.names.contains(name))
      return fail("{}: initializer \"{}\" is defined twice or has no name", origin, name);
    initializers.emplace_back(&initializer, define(scope, name));
    model.constants.emplace(initializers.back().second, std::move(*tensor));
    scope.visible.insert(name);
  }
  return {};
}

Expected<void> GraphReader::read(onnx::GraphProto &graph) {
  Scope scope;
  if (auto done = readInitializers(graph, scope); !done)
    return done;
  for (const auto &input : graph.input()) {
    if (model.constants.contains(input.name()))
      continue;
    auto port = readPort(input, "input", limits);
    if (!port)
      return fail("{}: {}", origin, port.error().message);
    if (port->name.empty() || scope.names.contains(port->name))
      return fail("{}: input \"{}\" is defined twice or has no name", origin, port->name);
    define(scope, port->name);
    scope.visible.insert(port->name);
    model.inputs.push_back(std::move(*port));
  }
  std::set<std::string> outputs;
  for (const auto &output : graph.output()) {
    auto port = readPort(output, "output", limits);
    if (!port)
      return fail("{}: {}", origin, port.error().message);
    if (port->name.empty() || !outputs.insert(port->name).second)
      return fail("{}: output \"{}\" is defined twice or has no name", origin, port->name);
    model.outputs.push_back(std::move(*port));
  }
  auto read = readNodes(graph, scope, "");
  if (!read)
    return tl::unexpected(read.error());
  model.nodes = std::move(*read);
  for (const Port &port : model.outputs)
    if (!scope.names.contains(port.name))
      return fail("{}: output \"{}\" is not defined anywhere", origin, port.name);
  return {};
}

Expected<std::vector<Node>> GraphReader::readNodes(onnx::GraphProto &graph, Scope &scope, const std::string &prefix) {
  nodes += uint64_t(graph.node_size());
  if (nodes > limits.nodes)
    return fail("{}: {} nodes; at most {} are supported", origin, nodes, limits.nodes);
  std::vector<Node> result;
  for (int i = 0; i < graph.node_size(); ++i) { // A name may be used in front of the node that defines it.
    const auto &source = graph.node(i);
    Node node{.op = source.op_type(),
              .name = source.name().empty() ? fmt::format("{}{}_{}", prefix, source.op_type(), i) : source.name(),
              .inputs = {},
              .outputs = {},
              .attributes = {}};
    for (const std::string &output : source.output())
      if (!output.empty() && scope.names.contains(output))
        return fail("{}: {}: output \"{}\" is defined twice", origin, node.text(), output);
      else
        node.outputs.push_back(output.empty() ? output : define(scope, output));
    result.push_back(std::move(node));
  }
  for (int i = 0; i < graph.node_size(); ++i) {
    auto node = readNode(*graph.mutable_node(i), scope, std::move(result[size_t(i)]));
    if (!node)
      return tl::unexpected(node.error());
    result[size_t(i)] = std::move(*node);
  }
  if (auto sorted = sort(result); !sorted)
    return tl::unexpected(sorted.error());
  return result;
}

Expected<Node> GraphReader::readNode(onnx::NodeProto &source, Scope &scope, Node node) {
  if (!source.domain().empty() && source.domain() != "ai.onnx")
    return fail("{}: {}: domain \"{}\" is not supported; only ONNX's own operators are", origin, node.text(), source.domain());
  for (const std::string &input : source.input()) {
    const std::string *name = scope.find(input);
    if (!name && !input.empty())
      return fail("{}: {}: input \"{}\" is not defined anywhere", origin, node.text(), input);
    node.inputs.push_back(input.empty() ? input : *name);
  }
  for (auto &attribute : *source.mutable_attribute()) {
    if (attribute.type() == onnx::AttributeProto::GRAPH) {
      auto body = readBody(*attribute.mutable_g(), attribute.name(), node, scope);
      if (!body)
        return tl::unexpected(body.error());
      node.bodies.push_back(std::move(*body));
      continue;
    }
    auto value = readAttribute(attribute, fmt::format("{}: {}: attribute \"{}\"", origin, node.text(), attribute.name()), limits);
    if (!value)
      return tl::unexpected(value.error());
    node.attributes[attribute.name()] = std::move(*value);
  }
  for (const std::string &output : source.output()) {
    if (!output.empty() && scope.outer && scope.outer->sees(output))
      return fail("{}: {}: output \"{}\" has the name of a tensor of a graph around it; ONNX asks for another name", origin, node.text(),
                  output);
    scope.visible.insert(output);
  }
  return node;
}

Expected<Body> GraphReader::readBody(onnx::GraphProto &graph, const std::string &attribute, const Node &node, const Scope &outer) {
  const std::string title = titleOf(node, attribute);
  if (++depth > limits.depth)
    return fail("{}: {}: graphs inside graphs, more than {} deep, are not supported", origin, title, limits.depth);
  Body body{.attribute = attribute, .inputs = {}, .outputs = {}, .nodes = {}};
  Scope scope{.outer = &outer};
  if (auto done = readInitializers(graph, scope); !done)
    return tl::unexpected(done.error());
  const std::set<std::string> initialised = scope.visible;
  for (const auto &input : graph.input()) {
    if (initialised.contains(input.name()))
      continue;
    auto port = readBodyPort(input, "input", limits);
    if (!port)
      return fail("{}: {}: {}", origin, title, port.error().message);
    if (port->name.empty() || scope.names.contains(port->name))
      return fail("{}: {}: input \"{}\" is defined twice or has no name", origin, title, port->name);
    scope.visible.insert(port->name);
    port->name = define(scope, port->name);
    body.inputs.push_back(std::move(*port));
  }
  auto read = readNodes(graph, scope, node.name + "/");
  if (!read)
    return tl::unexpected(read.error());
  body.nodes = std::move(*read);
  for (const auto &output : graph.output()) {
    auto port = readBodyPort(output, "output", limits);
    if (!port)
      return fail("{}: {}: {}", origin, title, port.error().message);
    const std::string *name = scope.find(port->name);
    if (!name)
      return fail("{}: {}: output \"{}\" is not defined anywhere", origin, title, port->name);
    port->name = *name;
    body.outputs.push_back(std::move(*port));
  }
  --depth;
  return body;
}

/// Sorts nodes so that every name is defined before it is used.
Expected<void> GraphReader::sort(std::vector<Node> &nodes) const {
  std::map<std::string, size_t> producer;
  for (size_t i = 0; i < nodes.size(); ++i)
    for (const std::string &output : nodes[i].outputs)
      producer.emplace(output, i);
  std::vector<std::vector<size_t>> users(nodes.size());
  std::vector<size_t> missing(nodes.size(), 0), ready;
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::set<std::string> uses;
    collectUses(nodes[i], uses);
    uses.erase("");
    for (const std::string &use : uses)
      if (const auto found = producer.find(use); found != producer.end()) {
        users[found->second].push_back(i);
        ++missing[i];
      }
    if (missing[i] == 0)
      ready.push_back(i);
  }
  std::vector<Node> sorted;
  for (size_t next = 0; next < ready.size(); ++next) {
    for (size_t user : users[ready[next]])
      if (--missing[user] == 0)
        ready.push_back(user);
    sorted.push_back(std::move(nodes[ready[next]]));
  }
  if (sorted.size() != nodes.size())
    return fail("{}: the graph has a cycle", origin);
  nodes = std::move(sorted);
  return {};
}

void GraphReader::moveInitializers() {
  for (auto &[proto, name] : initializers) {
    readData(*proto, model.constants.at(name));
    onnx::TensorProto().Swap(proto); // Clear() would keep the memory.
  }
}

} // namespace softdpu::onnx_import
