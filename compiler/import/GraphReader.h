//===- GraphReader.h - GraphProto to the nodes of a model --------------------------------===//
//
// Reads the graph of a model and the graphs inside its nodes. A name means what the innermost graph around it defines, as ONNX has it; here
// every tensor gets a name that no other has, so that nothing behind the reader knows of scopes.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <set>
#include <utility>

namespace onnx {
class GraphProto;
class NodeProto;
class TensorProto;
} // namespace onnx

namespace softdpu::onnx_import {

class GraphReader {
public:
  /// \param model receives inputs, outputs, nodes in topological order, and the headers of constants. \param origin names it in messages.
  GraphReader(Model &model, std::string_view origin, const ReadLimits &limits) : model(model), origin(origin), limits(limits) {}

  /// \param graph must outlive the reader.
  Expected<void> read(onnx::GraphProto &graph);

  /// The data of initializers is moved into the model, tensor by tensor, so that no two copies of all exist.
  void moveInitializers();

private:
  /// The names of one graph.
  struct Scope {
    const Scope *outer = nullptr;
    std::map<std::string, std::string> names = {}; ///< What the file calls a tensor, to its name in the model.
    std::set<std::string> visible = {};            ///< Those that are defined in front of the node that is being read.

    const std::string *find(const std::string &name) const;
    bool sees(const std::string &name) const;
  };

  Model &model;
  std::string origin;
  const ReadLimits &limits;
  uint64_t nodes = 0, depth = 0;
  std::map<std::string, unsigned> taken; ///< Names of the model; how often each was asked for.
  std::vector<std::pair<onnx::TensorProto *, std::string>> initializers;

  std::string define(Scope &scope, const std::string &name);
  Expected<void> readInitializers(onnx::GraphProto &graph, Scope &scope);
  Expected<std::vector<Node>> readNodes(onnx::GraphProto &graph, Scope &scope, const std::string &prefix);
  Expected<Node> readNode(onnx::NodeProto &source, Scope &scope, Node node);
  Expected<Body> readBody(onnx::GraphProto &graph, const std::string &attribute, const Node &node, const Scope &outer);
  Expected<void> sort(std::vector<Node> &nodes) const;
};

} // namespace softdpu::onnx_import
