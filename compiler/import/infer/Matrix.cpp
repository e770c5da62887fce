//===- Matrix.cpp - Inference: matrix products ---------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

namespace softdpu::onnx_import {

Expected<Shape> productShape(const Inference &in, const Node &node, const Shape &a, const Shape &b) {
  if (a.empty() || b.empty())
    return fail("{}: operands have shapes {} and {}; neither may be a scalar", node.text(), shapeText(a), shapeText(b));
  const size_t rowsOfB = b.size() > 1 ? b.size() - 2 : 0;
  const Dimension &inner = a.back(), &innerB = b[rowsOfB];
  if (inner.size >= 0 && innerB.size >= 0 && inner.size != innerB.size)
    return fail("{}: shapes {} and {} cannot be multiplied", node.text(), shapeText(a), shapeText(b));
  auto shape = in.broadcast(node, a.size() > 1 ? Shape(a.begin(), a.end() - 2) : Shape(), Shape(b.begin(), b.begin() + int64_t(rowsOfB)));
  if (!shape)
    return shape;
  if (a.size() > 1) // A vector is a row on the left, a column on the right, and that dimension is gone.
    shape->push_back(a[a.size() - 2]);
  if (b.size() > 1)
    shape->push_back(b.back());
  return shape;
}

Expected<void> inferMatMul(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  auto shape = productShape(in, node, in.info(node.inputs[0]).shape, in.info(node.inputs[1]).shape);
  if (!shape)
    return tl::unexpected(shape.error());
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
