//===- Reductions.cpp - Inference: over axes -----------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

/// Whether `type` is reduced by `op`; `text` lists those that are.
bool reduces(const std::string &op, ElementType type, std::string_view &text) {
  if (op == "ReduceMax" || op == "ReduceMin") {
    text = numericTypes;
    return isNumeric(type);
  }
  if (op == "ReduceL2" || op == "ReduceLogSum" || op == "ReduceLogSumExp" || op == "ReduceMean") {
    text = "float32";
    return type == ElementType::Float32;
  }
  text = "float32, int64 or int32";
  return type == ElementType::Float32 || type == ElementType::Int64 || type == ElementType::Int32;
}

} // namespace

Expected<void> inferReduce(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (std::string_view text; !reduces(node.op, data.type, text))
    return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[0], elementTypeName(data.type), text);
  in.attributeToInput(node, "axes", 1); // opset < 18, ReduceSum < 13
  const bool keep = node.get<int64_t>("keepdims", 1) != 0;
  std::vector<bool> reduced(data.shape.size(), false);
  if (const std::string &axes = node.input(1); !axes.empty()) {
    const auto known = in.integers(axes);
    const Shape &shape = in.info(axes).shape;
    const bool empty = shape.size() == 1 && shape[0].size == 0;
    if (!known && !empty) {
      if (!keep)
        return fail("{}: axes are computed at run time and keepdims is 0; constant axes are supported", node.text());
      in.keep(node, data.type, Shape(data.shape.size(), unknown()));
      return {};
    }
    for (const int64_t axis : known.value_or(std::vector<int64_t>())) {
      const auto at = axisOf(node, axis, data.shape.size());
      if (!at)
        return tl::unexpected(at.error());
      reduced[size_t(*at)] = true;
    }
  }
  if (std::ranges::find(reduced, true) == reduced.end() && node.get<int64_t>("noop_with_empty_axes", 0) == 0)
    reduced.assign(reduced.size(), true);
  Shape shape;
  for (size_t i = 0; i < reduced.size(); ++i)
    if (keep || !reduced[i])
      shape.push_back(reduced[i] ? sizeOf(1) : data.shape[i]);
  in.keep(node, data.type, std::move(shape));
  return {};
}

Expected<void> inferArgument(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (!isNumeric(data.type))
    return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[0], elementTypeName(data.type), numericTypes);
  const auto axis = axisOf(node, node.get<int64_t>("axis", 0), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  if (data.shape[size_t(*axis)].size == 0)
    return fail("{}: shape {} has nothing along axis {}; at least one element is expected", node.text(), shapeText(data.shape), *axis);
  Shape shape = data.shape;
  if (node.get<int64_t>("keepdims", 1) != 0)
    shape[size_t(*axis)] = sizeOf(1);
  else
    shape.erase(shape.begin() + *axis);
  in.keep(node, ElementType::Int64, std::move(shape));
  return {};
}

Expected<void> inferTopK(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (!isNumeric(data.type))
    return fail("{}: input \"{}\" is {}; {} is supported", node.text(), node.inputs[0], elementTypeName(data.type), numericTypes);
  if (node.has("k")) { // opset < 10
    node.inputs.resize(2);
    node.inputs[1] = in.addConstant(node.outputs[0] + ".k", integerTensor({1}, {node.get<int64_t>("k", 0)}));
    node.attributes.erase("k");
  }
  if (node.input(1).empty())
    return fail("{}: K is missing", node.text());
  const auto axis = axisOf(node, node.get<int64_t>("axis", -1), data.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  Shape shape = data.shape;
  Dimension &size = shape[size_t(*axis)];
  const auto k = in.info(node.inputs[1]).dims;
  const Dimension wanted = k && k->size() == 1 ? k->front() : unknown();
  if (wanted.symbol.empty() && (wanted.size < 0 || (size.size >= 0 && wanted.size > size.size)))
    return fail("{}: K is {} for axis {} of shape {}; 0 to its size is expected", node.text(), wanted.size, *axis, shapeText(data.shape));
  size = wanted;
  in.keep(node, {{.type = data.type, .shape = shape, .dims = {}, .zeros = false},
                 {.type = ElementType::Int64, .shape = shape, .dims = {}, .zeros = false}});
  return {};
}

} // namespace softdpu::onnx_import
