//===- Inference.h - What the inference of every operator needs --------------------------===//
//
// The graph while its nodes are visited in order: each either becomes a constant (define) or stays, with the types of its outputs (keep).
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/Infer.h"
#include "import/infer/ConstantTensor.h"

namespace softdpu::onnx_import {

using Shape = std::vector<Dimension>;

inline Dimension sizeOf(int64_t size) { return {.size = size, .symbol = {}}; }
/// A size that only the run time knows.
inline Dimension unknown() { return {.size = -1, .symbol = "?"}; }
bool isStatic(const Shape &shape);
std::string shapeText(const Shape &shape);
/// float32 or an integer type, on which arithmetic is done; numericTypes lists them.
bool isNumeric(ElementType type);
constexpr std::string_view numericTypes = "float32, int64, int32, int8 or uint8";
/// The number of elements of a static shape; -1 if it does not fit.
int64_t elementsOf(const Shape &shape);
/// The type and elements of a constant.
TensorInfo infoOf(const Tensor &tensor);
/// An axis in 0 .. rank - 1; `axis` may count from the end.
Expected<int64_t> axisOf(const Node &node, int64_t axis, size_t rank);

class Inference {
public:
  explicit Inference(Model &model) : model(model) {}

  /// Visits every node.
  Expected<TensorInfos> run();

  int64_t opset() const { return model.opset; }
  /// \param name of an input, a constant, or an output of a node that was visited.
  const TensorInfo &info(const std::string &name) const { return infos.at(name); }
  /// \returns null if `name` is not known at compile time.
  const Tensor *constant(const std::string &name) const;

  /// The elements of a constant of integers; nullopt if `name` is none.
  std::optional<std::vector<int64_t>> integers(const std::string &name) const;

  /// Gives `name` a value; "" is ignored.
  void define(const std::string &name, Tensor tensor);
  /// The result of shape arithmetic: a constant if no element is symbolic.
  Expected<void> defineDims(const Node &node, Shape shape, std::vector<Dimension> dims);
  /// A name that nothing has yet.
  std::string freshName(const std::string &base);
  /// \returns the name of a new constant.
  std::string addConstant(const std::string &base, Tensor tensor);

  /// Makes the list of integers `attribute`, if there is one, the constant input `index`: what older opsets have as an attribute.
  void attributeToInput(Node &node, const std::string &attribute, size_t index);

  /// Visits the nodes of `body`, a graph inside `node`, with its inputs as in `inputs`; what stays of them replaces them.
  /// \returns its outputs, as computed and declared.
  Expected<std::vector<TensorInfo>> visitBody(const Node &node, Body &body, const std::vector<TensorInfo> &inputs);
  /// Visits the nodes of `body` as if they stood where `node` stands, and gives the outputs of `node` the values of the body's.
  Expected<void> inlineBody(const Node &node, Body body);
  /// Forgets what names were given since `mark()`, so that the nodes that gave them can be visited again.
  size_t mark() const { return given.size(); }
  void forget(size_t mark);

  /// Keeps `node`, with one TensorInfo for each output; or folds it, if its inputs are known and it is simple.
  void keep(const Node &node, std::vector<TensorInfo> outputs);
  void keep(const Node &node, ElementType type, Shape shape, bool zeros = false);
  /// Keeps a node of float32 whose output has the shape of its first input.
  Expected<void> keepFloat(const Node &node);
  /// Keeps or folds a node that only changes the shape.
  Expected<void> view(const Node &node, Shape shape);
  /// Replaces `input` of `node` by its transposition, and returns the name of the new tensor.
  std::string transposeBefore(const Node &node, const std::string &input, std::vector<int64_t> perm);

  /// The shape that both broadcast to.
  Expected<Shape> broadcast(const Node &node, const Shape &a, const Shape &b) const;
  Expected<void> requireFloat(const Node &node) const;
  /// Input `index`, called `name`, is absent or has shape `expected`, as far as both are known.
  Expected<void> requireShape(const Node &node, unsigned index, std::string_view name, const Shape &expected) const;

private:
  Expected<void> visit(Node node);
  /// What stays of `nodes` replaces them.
  Expected<void> visitAll(std::vector<Node> &nodes);
  Expected<void> checkOutput(Port &port);
  void give(const std::string &name, TensorInfo info);
  bool foldInstead(const Node &node, const TensorInfo &output);

  Model &model;
  TensorInfos infos;
  std::vector<Node> *kept = nullptr; ///< Nodes that stay, of the graph that is being visited.
  std::vector<std::string> given;    ///< Names that have an info, in the order in which they got it.
  unsigned fresh = 0;
};

} // namespace softdpu::onnx_import
