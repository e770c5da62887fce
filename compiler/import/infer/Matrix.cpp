//===- Matrix.cpp - Inference: matrix products ---------------------------------------===//

#include "import/infer/Inference.h"
#include "import/infer/Operators.h"

#include "softdpu/isa/EinsumEquation.h"

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

Expected<void> inferEinsum(Inference &in, Node &node) {
  if (auto checked = in.requireFloat(node); !checked)
    return checked;
  std::vector<size_t> ranks;
  for (const std::string &input : node.inputs) {
    if (input.empty())
      return fail("{}: an input is missing", node.text());
    ranks.push_back(in.info(input).shape.size());
  }
  const auto equation = EinsumEquation::parse(node.get<std::string>("equation", ""), ranks);
  if (!equation)
    return fail("{}: {}", node.text(), equation.error().message);
  std::map<int, Dimension> sizes;
  for (size_t i = 0; i < ranks.size(); ++i)
    for (size_t d = 0; d < ranks[i]; ++d) {
      const Shape &shape = in.info(node.inputs[i]).shape;
      const int label = equation->operands[i][d];
      Dimension &size = sizes.try_emplace(label, shape[d]).first->second;
      if (EinsumEquation::broadcasts(label)) {
        const auto both = in.broadcast(node, {size}, {shape[d]});
        if (!both)
          return tl::unexpected(both.error());
        size = both->front();
      } else if (size.size < 0) {
        size = shape[d].size < 0 ? size : shape[d];
      } else if (shape[d].size >= 0 && shape[d].size != size.size) {
        return fail("{}: dimension {} of shape {} meets one of {} of the same label; equal sizes are expected", node.text(), d,
                    shapeText(shape), size.size);
      }
    }
  Shape result;
  for (const int label : equation->output)
    result.push_back(sizes.at(label));
  in.keep(node, ElementType::Float32, std::move(result));
  return {};
}

} // namespace softdpu::onnx_import
