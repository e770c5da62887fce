//===- OnnxModel.h - An ONNX graph as plain data -----------------------------------------===//
//
// What is left of a ModelProto after reading: checked for structure (every name defined before use, tensors with as much data as their
// shape says), but not yet for meaning. No protobuf type goes further than OnnxReader, GraphReader and OnnxValues.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"
#include "softdpu/isa/Program.h"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu::onnx_import {

/// Attributes of ONNX that the compiler can carry; strings become a list of strings, tensors a Tensor.
using Value = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, std::vector<std::string>, Tensor>;

/// An input or output of a graph inside a node, as far as its file declares it.
struct BodyPort {
  std::string name;
  std::optional<ElementType> type = {};
  std::optional<std::vector<Dimension>> shape = {};
  bool sequence = false; ///< A sequence of tensors, of which nothing else is known; collectSequences() leaves none.
};

struct Node;

/// A graph inside a node: the `body` of Loop and Scan, a branch of If. Names are unique in the whole model, so a node may use any tensor of
/// the graphs around it by name; initializers are among the constants of the model.
struct Body {
  std::string attribute; ///< Which of the node's graphs: "body", "then_branch".
  std::vector<BodyPort> inputs, outputs;
  std::vector<Node> nodes; ///< In topological order.
};

struct Node {
  std::string op, name;
  std::vector<std::string> inputs, outputs; ///< "" for absent.
  std::map<std::string, Value> attributes;
  std::vector<Body> bodies = {};

  bool has(std::string_view attribute) const { return attributes.contains(std::string(attribute)); }
  /// The attribute, or `otherwise` if it is absent or of another type.
  template <typename T> T get(std::string_view attribute, T otherwise) const {
    const auto found = attributes.find(std::string(attribute));
    const T *value = found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value ? *value : otherwise;
  }
  const std::string &input(size_t index) const {
    static const std::string absent;
    return index < inputs.size() ? inputs[index] : absent;
  }
  /// `node "name" (Op)`
  std::string text() const { return fmt::format("node \"{}\" ({})", name, op); }
};

/// Calls `visit` with every node, each followed by those inside it.
template <typename Visit> void forEachNode(const std::vector<Node> &nodes, const Visit &visit) {
  for (const Node &node : nodes) {
    visit(node);
    for (const Body &body : node.bodies)
      forEachNode(body.nodes, visit);
  }
}

/// Calls `visit` with every body of these nodes, and those inside them.
template <typename Visit> void forEachBody(const std::vector<Node> &nodes, const Visit &visit) {
  forEachNode(nodes, [&](const Node &node) {
    for (const Body &body : node.bodies)
      visit(body);
  });
}

struct Model {
  std::string graph;
  int64_t opset = 0;
  std::vector<Port> inputs, outputs; ///< Inputs without those that have an initializer.
  std::map<std::string, Tensor> constants;
  std::vector<Node> nodes; ///< In topological order.
  std::map<std::string, std::string> metadata;
};

/// Limits on untrusted files: file size, number of nodes, elements of all tensors.
struct ReadLimits {
  uint64_t bytes = uint64_t(1) << 31;
  uint64_t nodes = 100'000; ///< Of all graphs together.
  uint64_t rank = 8;
  uint64_t depth = 8; ///< Of graphs inside nodes.
};

/// \param origin names the model in messages.
Expected<Model> readModel(std::span<const std::byte> bytes, std::string_view origin, const ReadLimits &limits = {});

/// The same from a file, of which no copy is kept. An error names it.
Expected<Model> readModelFile(const std::filesystem::path &path, const ReadLimits &limits = {});

} // namespace softdpu::onnx_import
