//===- Cell.cpp - One step of a recurrent layer, written out --------------------------------===//

#include "passes/cells/Cell.h"

using namespace mlir;

namespace softdpu::cells {
namespace {

/// Both orders of two factors.
SmallVector<std::pair<View, View>, 2> orders(const ProductTerm &pair) {
  return {{pair.factors[0], pair.factors[1]}, {pair.factors[1], pair.factors[0]}};
}

void negate(Terms &terms) {
  for (VectorPart &part : terms.constants)
    part.scale = -part.scale;
  for (MatrixTerm &term : terms.matrices)
    term.matrix.scale = -term.matrix.scale;
}

bool multiplies(const Terms &terms, const View &view) {
  return llvm::any_of(terms.matrices, [&](const MatrixTerm &term) { return term.of == view; });
}

class Matcher {
public:
  Matcher(rnn::NodeOp node, bool outOfLoops) : node(node), reader(outOfLoops) {
    cell.nextH = node->getResult(0);
    cell.hidden = shapeOf(cell.nextH).empty() ? ShapedType::kDynamic : shapeOf(cell.nextH).back();
  }

  std::optional<Cell> match() {
    const auto type = cast<RankedTensorType>(cell.nextH.getType());
    if (!type.getElementType().isF32() || cell.hidden <= 0)
      return {};
    const StringRef op = node.getOp();
    const bool found = op == "Mul"                                       ? isLstm()
                       : op == "Add" || op == "Sub"                      ? isGru()
                       : op == "Tanh" || op == "Relu" || op == "Sigmoid" ? isRnn()
                                                                         : false;
    if (!found)
      return {};
    cell.arithmetic = reader.arithmetic;
    return cell;
  }

private:
  rnn::NodeOp node;
  Reader reader;
  Cell cell;

  /// What does not match was not read.
  template <typename Attempt> bool attempt(Attempt &&part) {
    const llvm::SetVector<Operation *> before = reader.arithmetic;
    const Cell untouched = cell;
    if (part())
      return true;
    reader.arithmetic = before;
    cell = untouched;
    return false;
  }

  View whole(Value value) { return {.base = value, .begin = 0, .size = cell.hidden}; }

  /// The sum inside of an activation of kind `kind`, which is taken if it is empty.
  std::optional<Terms> gate(const View &view, StringRef &kind) {
    const auto activation = reader.activation(view);
    if (!activation || (!kind.empty() && activation->kind != kind))
      return {};
    Terms sum = reader.terms(activation->of, false);
    if (!sum.isAffine())
      return {};
    kind = activation->kind;
    return sum;
  }

  bool isRnn() {
    StringRef kind;
    auto sum = gate(whole(cell.nextH), kind);
    if (!sum)
      return false;
    cell.kind = Cell::Kind::Rnn;
    cell.activations = {kind};
    cell.gates = {std::move(*sum)};
    return cell.operands().size() > 1 && !cell.statesAmong().empty();
  }

  //===--------------------------------------------------------------------===//
  // LSTM
  //===--------------------------------------------------------------------===//

  bool isLstm() {
    const Terms output = reader.terms(whole(cell.nextH), false);
    if (!output.isPair())
      return false;
    return llvm::any_of(orders(output.products[0]),
                        [&](auto &order) { return attempt([&] { return isOutput(order.first, order.second); }); });
  }

  /// h' = o * h(c')
  bool isOutput(const View &o, const View &ofMemory) {
    StringRef f;
    const auto memory = reader.activation(ofMemory);
    const auto outputGate = memory ? gate(o, f) : std::nullopt;
    if (!outputGate || !memory->of.isWhole() || memory->of.size != cell.hidden)
      return false;
    const Terms next = reader.terms(memory->of, false);
    if (!next.constants.empty() || !next.matrices.empty() || next.products.size() != 2)
      return false;
    for (const ProductTerm &product : next.products)
      if (product.scale != 1 || product.factors.size() != 2)
        return false;
    for (const auto &[kept, added] : {std::pair(0, 1), std::pair(1, 0)})
      for (const auto &[forget, c] : orders(next.products[size_t(kept)]))
        for (const auto &[input, candidate] : orders(next.products[size_t(added)]))
          if (attempt([&] { return isMemory(forget, c, input, candidate, *outputGate, f); })) {
            cell.activations.push_back(memory->kind);
            cell.nextC = memory->of.base;
            return true;
          }
    return false;
  }

  /// c' = forget * c + input * candidate
  bool isMemory(const View &forget, const View &c, const View &input, const View &candidate, const Terms &outputGate, StringRef f) {
    StringRef g;
    const auto i = gate(input, f), fg = gate(forget, f), n = gate(candidate, g);
    if (!i || !fg || !n)
      return false;
    cell.kind = Cell::Kind::Lstm;
    cell.activations = {f, g};
    cell.gates = {*i, outputGate, *fg, *n};
    cell.c = c;
    return !cell.statesAmong().empty() && cell.operands().size() > 1;
  }

  //===--------------------------------------------------------------------===//
  // GRU
  //===--------------------------------------------------------------------===//

  /// h' = s - z * s + z * t
  bool isGru() {
    const Terms sum = reader.terms(whole(cell.nextH), true);
    if (!sum.constants.empty() || !sum.matrices.empty() || sum.products.size() != 3)
      return false;
    const ProductTerm *alone = nullptr, *minus = nullptr, *plus = nullptr;
    for (const ProductTerm &product : sum.products)
      if (product.factors.size() == 1 && product.scale == 1)
        alone = &product;
      else if (product.factors.size() == 2 && std::abs(product.scale) == 1)
        (product.scale < 0 ? minus : plus) = &product;
    if (!alone || !minus || !plus)
      return false;
    const View s = alone->factors[0];
    for (const auto &[z, other] : orders(*minus)) {
      if (other != s)
        continue;
      for (const auto &[again, t] : orders(*plus))
        // z * h + (1 - z) * n, or with 1 - z in the place of z: 1 - sigmoid(a) = sigmoid(-a).
        if (again == z && (attempt([&] { return isUpdate(z, s, t, false); }) || attempt([&] { return isUpdate(z, t, s, true); })))
          return true;
    }
    return false;
  }

  bool isUpdate(const View &z, const View &n, const View &h, bool complement) {
    StringRef f;
    auto update = gate(z, f);
    const auto candidate = update ? reader.activation(n) : std::nullopt;
    if (!candidate || (complement && f != "Sigmoid"))
      return false;
    if (complement)
      negate(*update);
    cell.kind = Cell::Kind::Gru;
    cell.activations = {f, candidate->kind};
    cell.gates = {std::move(*update)};
    cell.h = h;
    return attempt([&] { return resetsState(candidate->of, h, f); }) || attempt([&] { return resetsProduct(candidate->of, h, f); });
  }

  /// n = g(W x + R (r * h) + b)
  bool resetsState(const View &of, const View &h, StringRef f) {
    Terms sum = reader.terms(of, false);
    if (!sum.isAffine() || multiplies(sum, h))
      return false;
    for (const MatrixTerm &term : sum.matrices) {
      if (term.of.size != cell.hidden)
        continue;
      const Terms reset = reader.terms(term.of, false);
      if (!reset.isPair())
        continue;
      for (const auto &[r, state] : orders(reset.products[0])) {
        const auto resetGate = state == h ? gate(r, f) : std::nullopt;
        if (!resetGate)
          continue;
        const View product = term.of;
        for (MatrixTerm &each : sum.matrices)
          if (each.of == product)
            each.of = h;
        cell.gates.append({*resetGate, std::move(sum)});
        return hasInput();
      }
    }
    return false;
  }

  /// n = g(W x + b + r * (R h + b'))
  bool resetsProduct(const View &of, const View &h, StringRef f) {
    Terms sum = reader.terms(of, false);
    if (sum.products.size() != 1 || sum.products[0].scale != 1 || sum.products[0].factors.size() != 2)
      return false;
    const ProductTerm pair = sum.products[0];
    sum.products.clear();
    if (multiplies(sum, h))
      return false;
    for (const auto &[r, product] : orders(pair)) {
      const auto resetGate = gate(r, f);
      Terms recurrent = resetGate ? reader.terms(product, false) : Terms();
      if (!recurrent.isAffine() || llvm::any_of(recurrent.matrices, [&](const MatrixTerm &term) { return term.of != h; }))
        continue;
      sum.matrices.insert(sum.matrices.end(), recurrent.matrices.begin(), recurrent.matrices.end());
      cell.linearBeforeReset = true;
      cell.recurrentBias = recurrent.constants;
      cell.gates.append({*resetGate, std::move(sum)});
      return hasInput();
    }
    return false;
  }

  bool hasInput() {
    return llvm::any_of(cell.operands(), [&](const View &operand) { return operand != *cell.h; });
  }
};

/// The matrices of one gate on one operand.
SmallVector<MatrixPart> partsOn(const Terms &gate, const View &operand) {
  SmallVector<MatrixPart> parts;
  for (const MatrixTerm &term : gate.matrices)
    if (term.of == operand)
      parts.push_back(term.matrix);
  return parts;
}

} // namespace

StringRef Cell::op() const { return kind == Kind::Lstm ? "LSTM" : kind == Kind::Gru ? "GRU" : "RNN"; }

SmallVector<View> Cell::operands() const {
  SmallVector<View> all;
  for (const Terms &gate : gates)
    for (const MatrixTerm &term : gate.matrices)
      if (!llvm::is_contained(all, term.of))
        all.push_back(term.of);
  return all;
}

SmallVector<View> Cell::statesAmong() const {
  if (h)
    return {*h};
  SmallVector<View> states;
  for (const View &operand : operands())
    if (operand.size == hidden)
      states.push_back(operand);
  return states;
}

std::optional<Cell> cellAt(rnn::NodeOp node, bool outOfLoops) { return Matcher(node, outOfLoops).match(); }

bool sameWeights(const Cell &a, const View &hOfA, const Cell &b, const View &hOfB) {
  if (a.kind != b.kind || a.hidden != b.hidden || a.activations != b.activations || a.linearBeforeReset != b.linearBeforeReset ||
      a.recurrentBias != b.recurrentBias)
    return false;
  SmallVector<View> ofA = a.operands(), ofB = b.operands();
  llvm::erase(ofA, hOfA);
  llvm::erase(ofB, hOfB);
  if (ofA.size() != ofB.size())
    return false;
  ofA.push_back(hOfA);
  ofB.push_back(hOfB);
  for (auto [x, y] : llvm::zip(a.gates, b.gates)) {
    if (x.constants != y.constants)
      return false;
    for (auto [u, v] : llvm::zip(ofA, ofB))
      if (partsOn(x, u) != partsOn(y, v))
        return false;
  }
  return true;
}

} // namespace softdpu::cells
