//===- Indexing.cpp - Inference: elements and slices by tensors of indices -----------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

namespace softdpu::onnx_import {
namespace {

Expected<void> requireIndices(const Inference &in, const Node &node) {
  const ElementType type = in.info(node.inputs[1]).type;
  if (type == ElementType::Int64 || type == ElementType::Int32)
    return {};
  return fail("{}: indices are {}; int64 and int32 are supported", node.text(), elementTypeName(type));
}

/// Updates replace elements of the data or are joined with them.
Expected<void> checkUpdates(const Inference &in, const Node &node) {
  const ElementType data = in.info(node.inputs[0]).type, updates = in.info(node.inputs[2]).type;
  if (data != updates)
    return fail("{}: the data is {} and the updates {}; equal types are supported", node.text(), elementTypeName(data),
                elementTypeName(updates));
  if (node.get<std::string>("reduction", "none") != "none" && !isNumeric(data))
    return fail("{}: the data is {}; with attribute \"reduction\" {} is supported", node.text(), elementTypeName(data), numericTypes);
  return requireIndices(in, node);
}

Expected<void> normaliseAxis(const Inference &in, Node &node) {
  const auto axis = axisOf(node, node.get<int64_t>("axis", 0), in.info(node.inputs[0]).shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  node.attributes["axis"] = *axis;
  if (in.info(node.inputs[0]).shape.size() != in.info(node.inputs[1]).shape.size())
    return fail("{}: data and indices have shapes {} and {}; equal ranks are expected", node.text(),
                shapeText(in.info(node.inputs[0]).shape), shapeText(in.info(node.inputs[1]).shape));
  return {};
}

/// The shape of indices without their last dimension, and that of one slice of the data.
Expected<Shape> slicesShape(const Inference &in, const Node &node, int64_t batchDims) {
  const Shape &data = in.info(node.inputs[0]).shape, &indices = in.info(node.inputs[1]).shape;
  const int64_t depth = indices.empty() ? -1 : indices.back().size;
  if (depth < 0 || batchDims < 0 || int64_t(indices.size()) <= batchDims || batchDims + depth > int64_t(data.size()))
    return fail("{}: indices have shape {} for data {} with {} batch dimensions; a last dimension of constant size, within the rank of the "
                "data, is supported",
                node.text(), shapeText(indices), shapeText(data), batchDims);
  Shape shape(indices.begin(), indices.end() - 1);
  shape.insert(shape.end(), data.begin() + batchDims + depth, data.end());
  return shape;
}

} // namespace

Expected<void> inferGatherElements(Inference &in, Node &node) {
  if (auto checked = requireIndices(in, node); !checked)
    return checked;
  if (auto checked = normaliseAxis(in, node); !checked)
    return checked;
  in.keep(node, in.info(node.inputs[0]).type, in.info(node.inputs[1]).shape);
  return {};
}

Expected<void> inferGatherNd(Inference &in, Node &node) {
  if (auto checked = requireIndices(in, node); !checked)
    return checked;
  auto shape = slicesShape(in, node, node.get<int64_t>("batch_dims", 0));
  if (!shape)
    return tl::unexpected(shape.error());
  in.keep(node, in.info(node.inputs[0]).type, std::move(*shape));
  return {};
}

Expected<void> inferScatterElements(Inference &in, Node &node) {
  if (auto checked = checkUpdates(in, node); !checked)
    return checked;
  if (auto checked = normaliseAxis(in, node); !checked)
    return checked;
  if (auto checked = in.requireShape(node, 2, "updates", in.info(node.inputs[1]).shape); !checked)
    return checked;
  in.keep(node, in.info(node.inputs[0]).type, in.info(node.inputs[0]).shape);
  return {};
}

Expected<void> inferScatterNd(Inference &in, Node &node) {
  if (auto checked = checkUpdates(in, node); !checked)
    return checked;
  const auto expected = slicesShape(in, node, 0);
  if (!expected)
    return tl::unexpected(expected.error());
  if (auto checked = in.requireShape(node, 2, "updates", *expected); !checked)
    return checked;
  in.keep(node, in.info(node.inputs[0]).type, in.info(node.inputs[0]).shape);
  return {};
}

} // namespace softdpu::onnx_import
