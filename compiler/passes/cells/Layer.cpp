//===- Layer.cpp - Steps of a recurrent layer become ONNX's operator ------------------------===//

#include "passes/cells/Layer.h"

#include "passes/HostSteps.h"
#include "passes/Sequences.h"

#include "llvm/ADT/StringExtras.h"

#include <numeric>

using namespace mlir;

namespace softdpu::cells {
namespace {

/// The product of all dimensions but the last; dynamic if one of them is.
int64_t rowsOf(ArrayRef<int64_t> shape) {
  int64_t rows = 1;
  for (int64_t size : shape.drop_back())
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows) ? ShapedType::kDynamic : rows * size;
  return rows;
}

/// Views that are steps first, first + stride, ... of one tensor.
struct Steps {
  int64_t first, stride; ///< The stride is 1 or -1.
};
std::optional<Steps> stepsOf(ArrayRef<View> views) {
  const View &first = views.front();
  if (first.axis < 0 || first.turned)
    return {};
  const int64_t stride = views.size() > 1 ? views[1].step - first.step : 1;
  if (std::abs(stride) != 1)
    return {};
  for (auto [i, view] : llvm::enumerate(views)) {
    View expected = first;
    expected.step += int64_t(i) * stride;
    if (view != expected)
      return {};
  }
  return Steps{first.step, stride};
}

/// Adds host steps that have the name of one node.
class Host {
public:
  explicit Host(rnn::NodeOp node) : node(node), builder(node) { base = cast<StringAttr>(node.getNames()[0]).getValue().str() + ".layer"; }

  rnn::NodeOp node;
  OpBuilder builder;
  std::string base; ///< Of new names.

  std::string fresh() { return base + "." + std::to_string(count++); }
  RankedTensorType type(ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, builder.getF32Type()); }

  Value reshape(Value x, ArrayRef<int64_t> shape, std::string name = "") {
    if (shapeOf(x) == shape && name.empty())
      return x;
    name = name.empty() ? fresh() : name;
    SmallVector<int64_t> sizes(shape);
    for (int64_t &size : sizes)
      size = ShapedType::isDynamic(size) ? -1 : size;
    return hostStep(builder, node, "Reshape", name, type(shape), {x, hostIntegers(builder, node, name + ".shape", sizes)});
  }

  Value slice(Value x, int64_t axis, int64_t begin, int64_t end, int64_t size, int64_t stride = 1) {
    SmallVector<int64_t> shape(shapeOf(x));
    shape[size_t(axis)] = size;
    const std::string name = fresh();
    SmallVector<Value> inputs{x};
    for (auto [what, number] : {std::pair("starts", begin), std::pair("ends", end), std::pair("axes", axis), std::pair("steps", stride)})
      inputs.push_back(hostIntegers(builder, node, name + "." + what, number));
    return hostStep(builder, node, "Slice", name, type(shape), inputs);
  }

  Value transpose(Value x, ArrayRef<int64_t> perm) {
    SmallVector<int64_t> shape;
    for (int64_t from : perm)
      shape.push_back(shapeOf(x)[size_t(from)]);
    return hostStep(builder, node, "Transpose", fresh(), type(shape), x, builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm)));
  }

  /// `axis` becomes the first dimension, the others keep their order.
  Value axisFirst(Value x, int64_t axis) {
    if (axis == 0)
      return x;
    SmallVector<int64_t> perm(shapeOf(x).size());
    std::iota(perm.begin(), perm.end(), 0);
    std::rotate(perm.begin(), perm.begin() + axis, perm.begin() + axis + 1);
    return transpose(x, perm);
  }

  Value constant(const std::string &what, ArrayRef<int64_t> shape, ArrayRef<float> values) {
    auto op = builder.create<rnn::ConstantOp>(node.getLoc(), type(shape), base + "." + what, DenseElementsAttr::get(type(shape), values));
    op->setAttr("rnn.generated", builder.getUnitAttr());
    return op;
  }

  /// The elements of `view` as [1, rows, size].
  Value vectors(const View &view) {
    Value x = view.base;
    if (view.turned)
      x = transpose(x, {1, 0});
    x = features(x, view);
    if (view.axis >= 0)
      x = slice(x, view.axis, view.step, view.step + 1, 1);
    return reshape(x, {1, rowsOf(shapeOf(x)), view.size});
  }

  Value features(Value x, const View &view) {
    const auto last = int64_t(shapeOf(x).size()) - 1;
    return view.begin == 0 && view.size == shapeOf(x).back() ? x : slice(x, last, view.begin, view.begin + view.size, view.size);
  }

  /// Vectors of each step as [T, rows, size].
  Value sequence(SmallVector<View> views, bool reversed) {
    if (reversed)
      std::reverse(views.begin(), views.end());
    const auto count = int64_t(views.size());
    if (const auto steps = stepsOf(views); steps && steps->stride == 1) {
      Value x = features(views[0].base, views[0]);
      const int64_t axis = views[0].axis;
      if (steps->first != 0 || shapeOf(x)[size_t(axis)] != count)
        x = slice(x, axis, steps->first, steps->first + count, count);
      x = axisFirst(x, axis);
      return reshape(x, {count, rowsOf(shapeOf(x).drop_front()), views[0].size});
    }
    SmallVector<Value> parts;
    for (const View &view : views)
      parts.push_back(vectors(view));
    return concat(parts, 0);
  }

  Value concat(ArrayRef<Value> parts, int64_t axis) {
    if (parts.size() == 1)
      return parts[0];
    SmallVector<int64_t> shape(shapeOf(parts[0]));
    shape[size_t(axis)] = 0;
    for (Value part : parts) {
      shape[size_t(axis)] += shapeOf(part)[size_t(axis)];
      for (auto [i, size] : llvm::enumerate(shapeOf(part)))
        if (int64_t(i) != axis && ShapedType::isDynamic(shape[i]))
          shape[i] = size;
    }
    return hostConcat(builder, node, fresh(), type(shape), parts, axis);
  }

private:
  unsigned count = 0;
};

/// Weights of a layer in ONNX's shapes.
class Weights {
public:
  Weights(const Cell &cell, const View &h, ArrayRef<View> inputs) : cell(cell), rows(int64_t(cell.gates.size()) * cell.hidden) {
    for (const View &input : inputs)
      columns += input.size;
    w.resize(size_t(rows * columns));
    r.resize(size_t(rows * cell.hidden));
    b.resize(size_t(2 * rows));
    for (auto [g, gate] : llvm::enumerate(cell.gates)) {
      const int64_t row = int64_t(g) * cell.hidden;
      int64_t column = 0;
      for (const View &input : inputs) {
        add(gate, input, &w[size_t(row * columns + column)], columns);
        column += input.size;
      }
      add(gate, h, &r[size_t(row * cell.hidden)], cell.hidden);
      for (const VectorPart &part : gate.constants)
        part.addTo(&b[size_t(row)]);
    }
    for (const VectorPart &part : cell.recurrentBias)
      part.addTo(&b[size_t(2 * rows - cell.hidden)]);
  }

  const Cell &cell;
  int64_t rows, columns = 0;
  std::vector<float> w, r, b;

  bool hasBias() const {
    return llvm::any_of(b, [](float value) { return value != 0; });
  }

private:
  static void add(const Terms &gate, const View &of, float *to, int64_t stride) {
    for (const MatrixTerm &term : gate.matrices)
      if (term.of == of)
        term.matrix.addTo(to, stride);
  }
};

/// On a Slice: it cuts the last step of a layer.
constexpr StringLiteral lastStepAttr = "rnn.last_step";

} // namespace

bool fitsLayer(const Chain &chain) {
  for (const Cell *cell : chain.cells)
    for (Value value : {cell->nextH, cell->nextC})
      if (value && llvm::count_if(shapeOf(value), ShapedType::isDynamic) > 1)
        return false;
  return true;
}

rnn::NodeOp buildLayer(const Chain &chain) {
  const Cell &first = *chain.cells.front(), &last = *chain.cells.back();
  const bool lstm = first.kind == Cell::Kind::Lstm;
  const auto steps = int64_t(chain.cells.size());
  Host host(chain.last());
  OpBuilder &builder = host.builder;

  // Inputs: what the matrices multiply beside h, of each step.
  SmallVector<View> inputs = first.operands();
  llvm::erase(inputs, chain.h[0]);
  std::vector<SmallVector<View>> ofSteps(inputs.size());
  for (auto [cell, h] : llvm::zip(chain.cells, chain.h)) {
    SmallVector<View> own = cell->operands();
    llvm::erase(own, h);
    for (auto [i, view] : llvm::enumerate(own))
      ofSteps[i].push_back(view);
  }
  const bool reversed = steps > 1 && llvm::all_of(ofSteps, [](ArrayRef<View> views) {
                          const auto found = stepsOf(views);
                          return found && found->stride == -1;
                        });
  SmallVector<Value> sequences;
  for (const SmallVector<View> &views : ofSteps)
    sequences.push_back(host.sequence(views, reversed));
  const Value x = host.concat(sequences, 2);

  const Weights weights(first, chain.h[0], inputs);
  const Value absent = builder.create<rnn::AbsentOp>(host.node.getLoc());
  SmallVector<Value> operands{x, host.constant("W", {1, weights.rows, weights.columns}, weights.w),
                              host.constant("R", {1, weights.rows, first.hidden}, weights.r),
                              weights.hasBias() ? host.constant("B", {1, 2 * weights.rows}, weights.b) : absent, absent};
  operands.push_back(isZero(chain.h[0].base) ? absent : host.vectors(chain.h[0]));
  if (lstm)
    operands.push_back(isZero(first.c->base) ? absent : host.vectors(*first.c));
  while (operands.back() == absent)
    operands.pop_back();

  const int64_t known = rowsOf(shapeOf(last.nextH)), batch = ShapedType::isDynamic(known) ? shapeOf(x)[1] : known;
  const auto state = host.type({1, batch, first.hidden});
  SmallVector<Type> types{host.type({steps, 1, batch, first.hidden}), state};
  SmallVector<std::string> names{host.base + ".Y", host.base + ".Y_h"};
  if (lstm) {
    types.push_back(state);
    names.push_back(host.base + ".Y_c");
  }
  NamedAttrList settings;
  settings.append("hidden_size", builder.getI64IntegerAttr(first.hidden));
  settings.append("activations", builder.getStringAttr(llvm::join(first.activations, ",")));
  if (first.linearBeforeReset)
    settings.append("linear_before_reset", builder.getI64IntegerAttr(1));
  if (reversed)
    settings.append("direction", builder.getStringAttr("reverse"));
  auto layer = builder.create<rnn::NodeOp>(host.node.getLoc(), types, builder.getStringAttr(first.op()), host.node.getNodeAttr(),
                                           builder.getStrArrayAttr(SmallVector<StringRef>(names.begin(), names.end())),
                                           settings.getDictionary(builder.getContext()), operands);

  const Value y = hostStep(builder, host.node, "Squeeze", host.base + ".y", host.type({steps, batch, first.hidden}),
                           {layer->getResult(0), hostIntegers(builder, host.node, host.base + ".axis", 1)});
  const auto replace = [&](Value value, Value by) {
    auto result = cast<OpResult>(value);
    const auto name = cast<StringAttr>(result.getOwner()->getAttrOfType<ArrayAttr>("names")[result.getResultNumber()]);
    value.replaceAllUsesWith(host.reshape(by, shapeOf(value), name.str()));
  };
  for (auto [t, cell] : llvm::enumerate(chain.cells)) {
    const int64_t at = reversed ? steps - 1 - int64_t(t) : int64_t(t);
    if (cell->nextH.use_empty())
      continue;
    const Value own = steps == 1 ? y : host.slice(y, 0, at, at + 1, 1);
    if (steps > 1 && cell == &last)
      own.getDefiningOp()->setAttr(lastStepAttr, builder.getUnitAttr());
    replace(cell->nextH, own);
  }
  if (lstm && !last.nextC.use_empty())
    replace(last.nextC, layer->getResult(2));
  return layer;
}

void useLastState(rnn::NodeOp layer) {
  for (Operation *y : layer->getResult(0).getUsers())
    for (Operation *slice : llvm::make_early_inc_range(y->getUsers()))
      if (slice->hasAttr(lastStepAttr))
        slice->getResult(0).replaceAllUsesWith(layer->getResult(1));
}

Value joinedSteps(rnn::NodeOp concat, rnn::NodeOp layer) {
  if (concat.getOp() != "Concat" || concat.getInputs().size() < 2)
    return {};
  SmallVector<Operation *> seen;
  SmallVector<View> views;
  for (Value part : concat.getInputs()) {
    if (!cast<RankedTensorType>(part.getType()).getElementType().isF32() || shapeOf(part).empty() ||
        ShapedType::isDynamic(shapeOf(part).back()))
      return {};
    views.push_back(viewOf(part, seen));
  }
  const auto steps = stepsOf(views);
  const ArrayRef<int64_t> shape = shapeOf(concat->getResult(0));
  const View &first = views[0];
  const Value base = first.base;
  Operation *def = base.getDefiningOp();
  if (!def || def->getNumOperands() == 0 || def->getOperand(0) != layer->getResult(0) || !steps || steps->stride != 1 ||
      steps->first != 0 || first.begin != 0 || first.size != shapeOf(base).back() ||
      shapeOf(base)[size_t(first.axis)] != int64_t(views.size()) || llvm::count_if(shape, ShapedType::isDynamic) > 1)
    return {};
  // Along a dimension of its own, with the rows of each step behind it, in front of it, or among ones.
  const auto setting = concat.getSettings().getAs<IntegerAttr>("axis");
  const int64_t axis = setting.getInt() < 0 ? setting.getInt() + int64_t(shape.size()) : setting.getInt();
  if (axis + 1 == int64_t(shape.size()))
    return {};
  const ArrayRef<int64_t> part = shapeOf(concat.getInputs()[0]);
  if (part[size_t(axis)] != 1)
    return {};
  const auto isOne = [](int64_t size) { return size == 1; };
  const bool rowsFirst = !llvm::all_of(part.take_front(size_t(axis)), isOne);
  if (rowsFirst && !llvm::all_of(part.slice(size_t(axis) + 1).drop_back(), isOne))
    return {};
  Host host(concat);
  Value x = host.axisFirst(base, first.axis);
  x = host.reshape(x, {int64_t(views.size()), rowsOf(shapeOf(x).drop_front()), first.size});
  if (rowsFirst)
    x = host.transpose(x, {1, 0, 2});
  return host.reshape(x, shape);
}

} // namespace softdpu::cells
