//===- Terms.cpp - Arithmetic in a normal form ---------------------------------------------===//

#include "passes/cells/Terms.h"

#include "passes/Sequences.h"

using namespace mlir;

namespace softdpu::cells {
namespace {

/// The number that all elements of a constant are, if they are.
std::optional<float> numberOf(Value value) {
  const DenseElementsAttr attr = value ? constantOf(value) : DenseElementsAttr();
  if (!attr || !attr.getElementType().isF32() || attr.getNumElements() == 0 || !(attr.isSplat() || attr.getNumElements() == 1))
    return {};
  return *attr.value_begin<float>();
}

/// A number that scales; a vector of one element is none.
bool isScalar(Value value) { return numberOf(value) && shapeOf(value).size() <= 1 && constantOf(value).getNumElements() == 1; }

bool multipliesMatrix(Value value) {
  SmallVector<Value> open{value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!open.empty())
    for (OpOperand &use : open.pop_back_val().getUses()) {
      auto node = dyn_cast<rnn::NodeOp>(use.getOwner());
      if (node && (node.getOp() == "MatMul" || node.getOp() == "Gemm") && use.getOperandNumber() == 0)
        return true;
      if (movesElements(use.getOwner()) && seen.insert(use.getOwner()).second)
        llvm::append_range(open, use.getOwner()->getResults());
    }
  return false;
}

/// A view of `operand` where `view` is one of a result with the same rows.
View onOperand(Value operand, const View &view) {
  View own = view;
  own.base = operand;
  if (view.axis >= 0)
    own.axis -= int64_t(shapeOf(view.base).size()) - int64_t(shapeOf(operand).size());
  return own;
}

float settingOf(rnn::NodeOp node, StringRef name, float otherwise) {
  const auto attr = node.getSettings().getAs<FloatAttr>(name);
  return attr ? attr.getValue().convertToFloat() : otherwise;
}
bool flagOf(rnn::NodeOp node, StringRef name) {
  const auto attr = node.getSettings().getAs<IntegerAttr>(name);
  return attr && attr.getInt() != 0;
}

/// The number that a sum of constants is, if they are the same everywhere.
std::optional<float> numberOf(ArrayRef<VectorPart> constants) {
  float sum = 0;
  for (const VectorPart &part : constants) {
    if (!part.vector.isSplat() && part.vector.getNumElements() != 1)
      return {};
    sum += part.scale * *part.vector.value_begin<float>();
  }
  return sum;
}

/// Sums of a few products with numbers; null if it has anything else.
std::optional<SmallVector<ProductTerm>> asProducts(const Terms &terms) {
  const std::optional<float> number = numberOf(terms.constants);
  if (!terms.matrices.empty() || !number || terms.products.size() > 3)
    return {};
  SmallVector<ProductTerm> products(terms.products.begin(), terms.products.end());
  if (*number != 0)
    products.push_back({*number, {}});
  return products;
}

} // namespace

void MatrixPart::addTo(float *to, int64_t stride) const {
  const ArrayRef<int64_t> shape = matrix.getType().getShape();
  const bool splat = matrix.isSplat();
  const auto *from = reinterpret_cast<const float *>(matrix.getRawData().data());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) {
      const int64_t i = stored ? row + r : column + c, k = stored ? column + c : row + r;
      to[r * stride + c] += scale * from[splat ? 0 : i * shape[1] + k];
    }
}

void VectorPart::addTo(float *to) const {
  const bool number = vector.isSplat() || vector.getNumElements() == 1;
  const auto *from = reinterpret_cast<const float *>(vector.getRawData().data());
  for (int64_t i = 0; i < size; ++i)
    to[i] += scale * from[number ? 0 : begin + i];
}

bool Terms::isPair() const {
  return constants.empty() && matrices.empty() && products.size() == 1 && products[0].scale == 1 && products[0].factors.size() == 2;
}

View Reader::resolved(const View &view) {
  SmallVector<Operation *> seen;
  return resolve(view, seen, outOfLoops);
}

Terms Reader::terms(const View &view, bool distribute) {
  Terms terms;
  budget = 200;
  expand(view, 1, distribute, true, terms);
  return terms;
}

std::optional<Activation> Reader::activation(const View &view) {
  const View own = resolved(view);
  auto node = own.base.getDefiningOp<rnn::NodeOp>();
  if (!node || own.turned || (node.getOp() != "Relu" && node.getOp() != "Sigmoid" && node.getOp() != "Tanh"))
    return {};
  arithmetic.insert(node);
  return Activation{node.getOp(), resolved(onOperand(node.getInputs()[0], own))};
}

void Reader::expand(const View &given, float scale, bool distribute, bool root, Terms &terms) {
  const View view = resolved(given);
  auto node = view.base.getDefiningOp<rnn::NodeOp>();
  budget -= budget > 0;
  // What is multiplied by a matrix is a vector of its own: a state, or an input.
  if (node && !view.turned && budget > 0 && (root || !multipliesMatrix(view.base))) {
    const StringRef op = node.getOp();
    const bool expanded = op == "MatMul" || op == "Gemm"                             ? expandMatrix(node, view, scale, terms)
                          : op == "Mul"                                              ? expandProduct(node, view, scale, distribute, terms)
                          : op == "Add" || op == "Sub" || op == "Sum" || op == "Neg" ? expandSum(node, view, scale, distribute, terms)
                                                                                     : false;
    if (expanded) {
      arithmetic.insert(node);
      return;
    }
  }
  terms.products.push_back({scale, {view}});
}

bool Reader::addConstant(Value value, const View &view, float scale, Terms &terms) {
  const DenseElementsAttr attr = constantOf(value);
  if (!attr || !attr.getElementType().isF32() || shapeOf(value).size() > shapeOf(view.base).size())
    return false;
  const int64_t last = shapeOf(view.base).back(), count = attr.getNumElements();
  const bool everywhere = attr.isSplat() && sameRows(value, view.base) && shapeOf(value).back() == last;
  if (count != 1 && !everywhere && (count != last || shapeOf(value).back() != last))
    return false;
  terms.constants.push_back({attr, count == 1 ? 0 : view.begin, view.size, scale});
  return true;
}

bool Reader::expandSum(rnn::NodeOp node, const View &view, float scale, bool distribute, Terms &terms) {
  Terms sum = terms;
  for (auto [i, operand] : llvm::enumerate(node.getInputs())) {
    const float own = node.getOp() == "Neg" || (node.getOp() == "Sub" && i == 1) ? -scale : scale;
    // Among products, a constant is 1, or a state.
    if ((!distribute || std::abs(numberOf(operand).value_or(0)) == 1) && addConstant(operand, view, own, sum))
      continue;
    if (!sameRows(operand, view.base) || shapeOf(operand).back() != shapeOf(view.base).back())
      return false;
    expand(onOperand(operand, view), own, distribute, false, sum);
  }
  terms = std::move(sum);
  return true;
}

bool Reader::expandProduct(rnn::NodeOp node, const View &view, float scale, bool distribute, Terms &terms) {
  const Value lhs = node.getInputs()[0], rhs = node.getInputs()[1];
  for (auto [number, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
    if (isScalar(number)) {
      expand(onOperand(other, view), scale * *numberOf(number), distribute, false, terms);
      return true;
    }
  for (Value operand : {lhs, rhs})
    if (!sameRows(operand, view.base) || shapeOf(operand).back() != shapeOf(view.base).back())
      return false;
  const View a = onOperand(lhs, view), b = onOperand(rhs, view);
  if (distribute) {
    Terms left, right;
    expand(a, 1, true, false, left);
    expand(b, 1, true, false, right);
    const auto ofLeft = asProducts(left), ofRight = asProducts(right);
    if (ofLeft && ofRight) {
      for (const ProductTerm &x : *ofLeft)
        for (const ProductTerm &y : *ofRight) {
          ProductTerm product{scale * x.scale * y.scale, x.factors};
          product.factors.append(y.factors);
          terms.products.push_back(std::move(product));
        }
      return true;
    }
  }
  terms.products.push_back({scale, {resolved(a), resolved(b)}});
  return true;
}

bool Reader::expandMatrix(rnn::NodeOp node, const View &view, float scale, Terms &terms) {
  const DenseElementsAttr matrix = constantOf(node.getInputs()[1]);
  if (!matrix || matrix.getType().getRank() != 2 || !matrix.getElementType().isF32())
    return false;
  const Value x = node.getInputs()[0];
  const bool gemm = node.getOp() == "Gemm", transA = gemm && flagOf(node, "transA"), transB = gemm && flagOf(node, "transB");
  const int64_t columns = matrix.getType().getShape()[transB ? 1 : 0];
  if (transA && view.axis >= 0)
    return false;
  Terms sum = terms;
  if (gemm && node.getInputs().size() > 2 && !isa<NoneType>(node.getInputs()[2].getType())) {
    const Value c = node.getInputs()[2];
    const float beta = scale * settingOf(node, "beta", 1);
    if (!addConstant(c, view, beta, sum)) {
      if (!sameRows(c, view.base) || shapeOf(c).back() != shapeOf(view.base).back())
        return false;
      expand(onOperand(c, view), beta, false, false, sum);
    }
  }
  addMatrix({.base = x, .begin = 0, .size = columns, .axis = view.axis, .step = view.step, .turned = transA},
            {.matrix = matrix,
             .stored = transB,
             .row = view.begin,
             .rows = view.size,
             .column = 0,
             .columns = columns,
             .scale = gemm ? scale * settingOf(node, "alpha", 1) : scale},
            sum);
  terms = std::move(sum);
  return true;
}

/// A matrix on a concatenation is a sum of matrices on its parts.
void Reader::addMatrix(const View &of, MatrixPart part, Terms &terms) {
  const View view = resolved(of);
  auto node = view.base.getDefiningOp<rnn::NodeOp>();
  const auto axis = node ? node.getSettings().getAs<IntegerAttr>("axis") : IntegerAttr();
  const auto rank = int64_t(shapeOf(view.base).size());
  if (!node || node.getOp() != "Concat" || view.turned || budget == 0 || !axis || (axis.getInt() != rank - 1 && axis.getInt() != -1)) {
    terms.matrices.push_back({part, view});
    return;
  }
  --budget;
  int64_t begin = 0;
  const int64_t first = part.column;
  for (Value piece : node.getInputs()) {
    const int64_t own = shapeOf(piece).back();
    const int64_t from = std::max(begin, view.begin), to = std::min(begin + own, view.begin + view.size);
    if (to > from) {
      View inner = onOperand(piece, view);
      inner.begin = from - begin;
      inner.size = to - from;
      part.column = first + from - view.begin;
      part.columns = to - from;
      addMatrix(inner, part, terms);
    }
    begin += own;
  }
}

} // namespace softdpu::cells
