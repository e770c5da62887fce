//===- Matrix.cpp - Inference: matrix products ---------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

namespace softdpu::onnx_import {

Expected<void> inferMatMul(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape &a = in.info(node.inputs[0]).shape, &b = in.info(node.inputs[1]).shape;
  if (a.size() < 2 || b.size() < 2)
    return fail("{}: operands have rank {} and {}; at least 2 is supported", node.text(), a.size(), b.size());
  const Dimension &inner = a[a.size() - 1], &innerB = b[b.size() - 2];
  if (inner.size >= 0 && innerB.size >= 0 && inner.size != innerB.size)
    return fail("{}: shapes {} and {} cannot be multiplied", node.text(), shapeText(a), shapeText(b));
  auto shape = in.broadcast(node, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!shape)
    return tl::unexpected(shape.error());
  shape->push_back(a[a.size() - 2]);
  shape->push_back(b[b.size() - 1]);
  in.keep(node, ElementType::Float32, std::move(*shape));
  return {};
}

Expected<void> inferGemm(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  const Shape &a = in.info(node.inputs[0]).shape, &b = in.info(node.inputs[1]).shape;
  if (a.size() != 2 || b.size() != 2)
    return fail("{}: operands have rank {} and {}; 2 is expected", node.text(), a.size(), b.size());
  const bool transA = node.get<int64_t>("transA", 0), transB = node.get<int64_t>("transB", 0);
  const Dimension inner = a[transA ? 0 : 1], innerB = b[transB ? 1 : 0];
  if (inner.size >= 0 && innerB.size >= 0 && inner.size != innerB.size)
    return fail("{}: shapes {} and {} cannot be multiplied", node.text(), shapeText(a), shapeText(b));
  const Shape result{a[transA ? 1 : 0], b[transB ? 0 : 1]};
  if (!node.input(2).empty())
    if (auto bias = in.broadcast(node, result, in.info(node.input(2)).shape); !bias || bias->size() != 2)
      return fail("{}: C has shape {}, which cannot be broadcast to {}", node.text(), shapeText(in.info(node.input(2)).shape),
                  shapeText(result));
  in.keep(node, ElementType::Float32, result);
  return {};
}

} // namespace softdpu::onnx_import
