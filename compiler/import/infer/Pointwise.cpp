//===- Pointwise.cpp - Inference: element by element ---------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

Dimension arithmetic(const std::string &op, int64_t x, int64_t y) {
  const auto a = uint64_t(x), b = uint64_t(y); // wraps, as ONNX leaves overflow open
  if (op == "Add")
    return {.size = int64_t(a + b), .symbol = {}};
  if (op == "Sub")
    return {.size = int64_t(a - b), .symbol = {}};
  if (op == "Mul")
    return {.size = int64_t(a * b), .symbol = {}};
  if (y == 0 || (x == INT64_MIN && y == -1))
    return unknown();
  return {.size = x / y, .symbol = {}};
}

/// Numbers of ONNX's TensorProto.DataType.
struct CastTarget {
  int64_t number;
  ElementType type;
};
constexpr CastTarget castTargets[] = {{1, ElementType::Float32}, {2, ElementType::UInt8}, {3, ElementType::Int8},
                                      {6, ElementType::Int32},   {7, ElementType::Int64}, {9, ElementType::Bool},
                                      {10, ElementType::Float16}};

int64_t numericUnary(const std::string &op, int64_t x) {
  const auto negated = int64_t(-uint64_t(x)); // wraps
  if (op == "Neg")
    return negated;
  if (op == "Abs")
    return x < 0 ? negated : x;
  return (x > 0) - (x < 0); // Sign
}

} // namespace

Expected<void> inferUnary(Inference &in, Node &node) { return in.keepFloat(node); }

Expected<void> inferNumericUnary(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (!isNumeric(data.type))
    return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[0], elementTypeName(data.type), numericTypes);
  if (data.dims && data.type == ElementType::Int64) {
    std::vector<Dimension> results;
    for (const Dimension &x : *data.dims)
      results.push_back(x.symbol.empty() ? Dimension{.size = numericUnary(node.op, x.size), .symbol = {}} : unknown());
    return in.defineDims(node, data.shape, std::move(results));
  }
  in.keep(node, data.type, data.shape);
  return {};
}

Expected<void> inferFloatTest(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  in.keep(node, ElementType::Bool, in.info(node.inputs[0]).shape);
  return {};
}

Expected<void> inferBinary(Inference &in, Node &node) {
  const TensorInfo a = in.info(node.inputs[0]), b = in.info(node.inputs[1]);
  if (a.type != b.type || !isNumeric(a.type))
    return fail("{}: operands are {} and {}; two of {} are supported", node.text(), elementTypeName(a.type), elementTypeName(b.type),
                numericTypes);
  auto shape = in.broadcast(node, a.shape, b.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  if (a.dims && b.dims && a.type == ElementType::Int64 &&
      (a.dims->size() == b.dims->size() || a.dims->size() == 1 || b.dims->size() == 1)) {
    std::vector<Dimension> result;
    for (size_t i = 0; i < std::max(a.dims->size(), b.dims->size()); ++i) {
      const Dimension &x = (*a.dims)[a.dims->size() == 1 ? 0 : i], &y = (*b.dims)[b.dims->size() == 1 ? 0 : i];
      result.push_back(!x.symbol.empty() || !y.symbol.empty() ? unknown() : arithmetic(node.op, x.size, y.size));
    }
    return in.defineDims(node, std::move(*shape), std::move(result));
  }
  in.keep(node, a.type, std::move(*shape));
  return {};
}

Expected<void> inferComparison(Inference &in, Node &node) {
  const TensorInfo &a = in.info(node.inputs[0]), &b = in.info(node.inputs[1]);
  if (a.type != b.type || !(isNumeric(a.type) || (a.type == ElementType::Bool && node.op == "Equal")))
    return fail("{}: operands are {} and {}; two of {} are supported", node.text(), elementTypeName(a.type), elementTypeName(b.type),
                numericTypes);
  auto shape = in.broadcast(node, a.shape, b.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, ElementType::Bool, std::move(*shape));
  return {};
}

Expected<void> inferLogic(Inference &in, Node &node) {
  Shape shape;
  for (const std::string &input : node.inputs) {
    if (in.info(input).type != ElementType::Bool)
      return fail("{}: input \"{}\" is {}; bool is supported", node.text(), input, elementTypeName(in.info(input).type));
    auto both = in.broadcast(node, shape, in.info(input).shape);
    if (!both)
      return tl::unexpected(both.error());
    shape = std::move(*both);
  }
  in.keep(node, ElementType::Bool, std::move(shape));
  return {};
}

Expected<void> inferWhere(Inference &in, Node &node) {
  const TensorInfo &condition = in.info(node.inputs[0]), &a = in.info(node.inputs[1]), &b = in.info(node.inputs[2]);
  const ElementType type = a.type;
  if (condition.type != ElementType::Bool || type != b.type)
    return fail("{}: inputs are {}, {} and {}; a bool and two of equal type are expected", node.text(), elementTypeName(condition.type),
                elementTypeName(type), elementTypeName(b.type));
  auto shape = in.broadcast(node, a.shape, b.shape);
  if (shape)
    shape = in.broadcast(node, *shape, condition.shape);
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, type, std::move(*shape));
  return {};
}

/// Before opset 13 all axes from `axis` on are one: a matrix is made, and the shape given back.
static Expected<void> flattenedSoftmax(Inference &in, Node node, int64_t axis) {
  const TensorInfo data = in.info(node.inputs[0]);
  const auto between = [&](std::string op, std::vector<std::string> inputs, std::map<std::string, Value> attributes) {
    return Node{.op = std::move(op),
                .name = node.name,
                .inputs = std::move(inputs),
                .outputs = {in.freshName(node.outputs[0])},
                .attributes = std::move(attributes)};
  };
  Node flatten = between("Flatten", {node.inputs[0]}, {{"axis", axis}}), shape = between("Shape", {node.inputs[0]}, {});
  if (auto done = inferFlatten(in, flatten); !done)
    return done;
  if (auto done = inferShape(in, shape); !done)
    return done;
  Node softmax = between(node.op, {flatten.outputs[0]}, {{"axis", int64_t(1)}});
  if (auto done = in.keepFloat(softmax); !done)
    return done;
  node.op = "Reshape";
  node.attributes.clear();
  node.inputs = {softmax.outputs[0], shape.outputs[0]};
  in.keep(node, data.type, data.shape);
  return {};
}

Expected<void> inferSoftmax(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const size_t rank = in.info(node.inputs[0]).shape.size();
  const auto axis = axisOf(node, node.get<int64_t>("axis", in.opset() < 13 ? 1 : -1), rank);
  if (!axis)
    return tl::unexpected(axis.error());
  if (in.opset() < 13 && *axis != int64_t(rank) - 1)
    return flattenedSoftmax(in, std::move(node), *axis);
  node.attributes["axis"] = *axis;
  return in.keepFloat(node);
}

std::optional<ElementType> castType(int64_t number) {
  const auto *found = std::ranges::find(castTargets, number, &CastTarget::number);
  return found == std::end(castTargets) ? std::nullopt : std::optional(found->type);
}

Node castNode(std::string name, std::string input, std::string output, ElementType type) {
  const int64_t to = std::ranges::find(castTargets, type, &CastTarget::type)->number;
  return {.op = "Cast", .name = std::move(name), .inputs = {std::move(input)}, .outputs = {std::move(output)}, .attributes = {{"to", to}}};
}

Expected<void> inferCast(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (!node.has("to"))
    return fail("{}: attribute \"to\" is missing", node.text());
  const ElementType type = *castType(node.get<int64_t>("to", 0));
  if (data.dims && data.type == ElementType::Int64 && type == ElementType::Int64)
    return in.defineDims(node, data.shape, *data.dims);
  in.keep(node, type, data.shape, data.zeros);
  return {};
}

} // namespace softdpu::onnx_import
