//===- Generators.cpp - Inference: tensors made from positions -----------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include <cmath>

namespace softdpu::onnx_import {

Expected<void> inferRange(Inference &in, Node &node) {
  const ElementType type = in.info(node.inputs[0]).type;
  if (type != ElementType::Float32 && type != ElementType::Int64 && type != ElementType::Int32)
    return fail("{}: the start is {}; float32, int64 or int32 is supported", node.text(), elementTypeName(type));
  for (const std::string &input : node.inputs)
    if (const TensorInfo &info = in.info(input); info.type != type || !isStatic(info.shape) || elementsOf(info.shape) != 1)
      return fail("{}: input \"{}\" is {} of shape {}; a scalar {} is expected", node.text(), input, elementTypeName(info.type),
                  shapeText(info.shape), elementTypeName(type));
  const auto start = in.integers(node.inputs[0]), delta = in.integers(node.inputs[2]);
  const auto limit = in.info(node.inputs[1]).dims; // Often a dimension of another tensor.
  Dimension length = unknown();
  if (start && delta && limit && limit->size() == 1) {
    if ((*delta)[0] == 0)
      return fail("{}: the step is 0", node.text());
    if (const Dimension &end = limit->front(); end.symbol.empty()) {
      const double count = std::ceil((double(end.size) - double((*start)[0])) / double((*delta)[0]));
      if (count > double(INT32_MAX))
        return fail("{}: {} to {} by {} are too many elements; at most {} are supported", node.text(), (*start)[0], end.size, (*delta)[0],
                    INT32_MAX);
      length = sizeOf(int64_t(std::max(count, 0.0)));
    } else if ((*start)[0] == 0 && (*delta)[0] == 1)
      length = end;
  }
  in.keep(node, type, {length});
  return {};
}

Expected<void> inferOneHot(Inference &in, Node &node) {
  const TensorInfo indices = in.info(node.inputs[0]), depth = in.info(node.inputs[1]), values = in.info(node.inputs[2]);
  for (const TensorInfo &info : {indices, depth})
    if (!isNumeric(info.type))
      return fail("{}: indices are {} and the depth {}; {} are supported", node.text(), elementTypeName(indices.type),
                  elementTypeName(depth.type), numericTypes);
  const auto axis = axisOf(node, node.get<int64_t>("axis", -1), indices.shape.size() + 1);
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  Dimension size = unknown();
  if (depth.dims && depth.dims->size() == 1)
    size = depth.dims->front();
  if (size.symbol.empty() && size.size < 0)
    return fail("{}: the depth is {}; 0 or more is expected", node.text(), size.size);
  Shape shape = indices.shape;
  shape.insert(shape.begin() + *axis, size);
  in.keep(node, values.type, std::move(shape));
  return {};
}

Expected<void> inferNonZero(Inference &in, Node &node) {
  in.keep(node, ElementType::Int64, {sizeOf(int64_t(in.info(node.inputs[0]).shape.size())), unknown()});
  return {};
}

Expected<void> inferTrilu(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (data.shape.size() < 2)
    return fail("{}: the input has shape {}; rank 2 or more is expected", node.text(), shapeText(data.shape));
  if (const std::string &k = node.input(1); !k.empty() && in.info(k).type != ElementType::Int64)
    return fail("{}: k is {}; int64 is supported", node.text(), elementTypeName(in.info(k).type));
  in.keep(node, data.type, data.shape, data.zeros);
  return {};
}

Expected<void> inferSize(Inference &in, Node &node) {
  const Shape &shape = in.info(node.inputs[0]).shape;
  return in.defineDims(node, {}, {isStatic(shape) ? sizeOf(elementsOf(shape)) : unknown()});
}

Expected<void> inferCumSum(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  if (data.type != ElementType::Float32 && data.type != ElementType::Int64 && data.type != ElementType::Int32)
    return fail("{}: the input is {}; float32, int64 or int32 is supported", node.text(), elementTypeName(data.type));
  if (const auto axis = in.integers(node.inputs[1]); axis && axis->size() == 1)
    if (auto checked = axisOf(node, (*axis)[0], data.shape.size()); !checked)
      return tl::unexpected(checked.error());
  in.keep(node, data.type, data.shape, data.zeros);
  return {};
}

Expected<void> inferReverseSequence(Inference &in, Node &node) {
  const TensorInfo data = in.info(node.inputs[0]);
  const int64_t batch = node.get<int64_t>("batch_axis", 1), time = node.get<int64_t>("time_axis", 0);
  if (data.shape.size() < 2 || batch < 0 || time < 0 || batch > 1 || time > 1 || batch == time)
    return fail("{}: batch_axis is {} and time_axis {} for shape {}; 0 and 1, in either order, of rank 2 or more are supported",
                node.text(), batch, time, shapeText(data.shape));
  if (auto checked = in.requireShape(node, 1, "sequence_lens", {data.shape[size_t(batch)]}); !checked)
    return checked;
  in.keep(node, data.type, data.shape, data.zeros);
  return {};
}

} // namespace softdpu::onnx_import
