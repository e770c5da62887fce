//===- Layer.cpp - Steps of a recurrent layer become ONNX's operator ------------------------===//

#include "passes/cells/Layer.h"

#include "passes/HostSteps.h"
#include "passes/Sequences.h"
#include "passes/cells/Host.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace softdpu::cells {
namespace {

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

/// What a cell multiplies beside its h.
SmallVector<View> inputsOf(const Cell &cell, const View &h) {
  SmallVector<View> inputs = cell.operands();
  llvm::erase(inputs, h);
  return inputs;
}

/// Replaces a result by `by`, in its shape and with its name if that is another.
void replace(Host &host, Value result, Value by) {
  if (result.use_empty())
    return;
  if (result.getType() == by.getType())
    return result.replaceAllUsesWith(by);
  const auto own = cast<OpResult>(result);
  const auto name = cast<StringAttr>(own.getOwner()->getAttrOfType<ArrayAttr>("names")[own.getResultNumber()]);
  result.replaceAllUsesWith(host.reshape(by, shapeOf(result), name.str()));
}

/// A node, and its sequence as [T, B, H].
struct Built {
  rnn::NodeOp layer;
  Value y;
};

/// The node that applies `cell` to `x` [T, B, I]. \param h of the cell. \param initialH, initialC what the first step takes.
Built buildNode(Host &host, const Cell &cell, const View &h, Value x, bool reversed, const View &initialH,
                const std::optional<View> &initialC) {
  OpBuilder &builder = host.builder;
  const Weights weights(cell, h, inputsOf(cell, h));
  const Value absent = builder.create<rnn::AbsentOp>(host.node.getLoc());
  SmallVector<Value> operands{x, host.constant("W", {1, weights.rows, weights.columns}, weights.w),
                              host.constant("R", {1, weights.rows, cell.hidden}, weights.r),
                              weights.hasBias() ? host.constant("B", {1, 2 * weights.rows}, weights.b) : absent, absent};
  operands.push_back(isZero(initialH.base) ? absent : host.vectors(initialH));
  if (initialC)
    operands.push_back(isZero(initialC->base) ? absent : host.vectors(*initialC));
  while (operands.back() == absent)
    operands.pop_back();

  const int64_t steps = shapeOf(x)[0], known = rowsOf(shapeOf(cell.nextH)), batch = ShapedType::isDynamic(known) ? shapeOf(x)[1] : known;
  const auto state = host.type({1, batch, cell.hidden});
  SmallVector<Type> types{host.type({steps, 1, batch, cell.hidden}), state};
  SmallVector<std::string> names{host.base + ".Y", host.base + ".Y_h"};
  if (initialC) {
    types.push_back(state);
    names.push_back(host.base + ".Y_c");
  }
  NamedAttrList settings;
  settings.append("hidden_size", builder.getI64IntegerAttr(cell.hidden));
  settings.append("activations", builder.getStringAttr(llvm::join(cell.activations, ",")));
  if (cell.linearBeforeReset)
    settings.append("linear_before_reset", builder.getI64IntegerAttr(1));
  if (reversed)
    settings.append("direction", builder.getStringAttr("reverse"));
  auto layer = builder.create<rnn::NodeOp>(host.node.getLoc(), types, builder.getStringAttr(cell.op()), host.node.getNodeAttr(),
                                           builder.getStrArrayAttr(SmallVector<StringRef>(names.begin(), names.end())),
                                           settings.getDictionary(builder.getContext()), operands);
  const Value y = hostStep(builder, host.node, "Squeeze", host.base + ".y", host.type({steps, batch, cell.hidden}),
                           {layer->getResult(0), hostIntegers(builder, host.node, host.base + ".axis", 1)});
  return {layer, y};
}

} // namespace

bool fitsLayer(const Cell &cell) {
  return llvm::all_of(ArrayRef<Value>{cell.nextH, cell.nextC},
                      [](Value value) { return !value || llvm::count_if(shapeOf(value), ShapedType::isDynamic) <= 1; });
}

rnn::NodeOp buildLayer(const Chain &chain) {
  const Cell &first = *chain.cells.front(), &last = *chain.cells.back();
  const auto steps = int64_t(chain.cells.size());
  Host host(chain.last());

  std::vector<SmallVector<View>> inputs(inputsOf(first, chain.h[0]).size()); // of each step
  for (auto [cell, h] : llvm::zip(chain.cells, chain.h))
    for (auto [i, view] : llvm::enumerate(inputsOf(*cell, h)))
      inputs[i].push_back(view);
  const bool reversed = steps > 1 && llvm::all_of(inputs, [](ArrayRef<View> views) {
                          const auto found = stepsOf(views);
                          return found && found->stride == -1;
                        });
  SmallVector<Value> sequences;
  for (const SmallVector<View> &views : inputs)
    sequences.push_back(host.sequence(views, reversed));
  const auto [layer, y] = buildNode(host, first, chain.h[0], host.concat(sequences, 2), reversed, chain.h[0], first.c);

  for (auto [t, cell] : llvm::enumerate(chain.cells)) {
    const int64_t at = reversed ? steps - 1 - int64_t(t) : int64_t(t);
    if (cell->nextH.use_empty())
      continue;
    const Value own = steps == 1 ? y : host.slice(y, 0, at, at + 1, 1);
    if (steps > 1 && cell == &last)
      own.getDefiningOp()->setAttr(lastStepAttr, host.builder.getUnitAttr());
    replace(host, cell->nextH, own);
  }
  if (last.nextC)
    replace(host, last.nextC, layer->getResult(2));
  return layer;
}

rnn::NodeOp buildLayer(const Recurrence &recurrence) {
  const Cell &cell = recurrence.cell;
  rnn::NodeOp loop = recurrence.loop;
  Host host(loop);
  SmallVector<Operation *> seen;
  SmallVector<Value> sequences;
  bool reversed = false;
  for (const View &input : inputsOf(cell, recurrence.h)) {
    reversed = input.step == eachStepBackwards;
    sequences.push_back(host.sequence({input}, false));
  }
  Value x = host.concat(sequences, 2);
  if (recurrence.steps && shapeOf(x)[0] != *recurrence.steps)
    x = host.slice(x, 0, 0, *recurrence.steps, *recurrence.steps);
  const View initialH = viewOf(loop.getInputs()[recurrence.initialH], seen);
  const std::optional<View> initialC = cell.c ? std::optional(viewOf(loop.getInputs()[recurrence.initialC], seen)) : std::nullopt;
  const auto [layer, y] = buildNode(host, cell, recurrence.h, x, reversed, initialH, initialC);

  const int64_t steps = shapeOf(y)[0];
  replace(host, recurrence.lastH, layer->getResult(1));
  if (cell.c)
    replace(host, recurrence.lastC, layer->getResult(2));
  for (const Recurrence::Sequence &sequence : recurrence.sequences) {
    if (sequence.result.use_empty())
      continue;
    Value own = sequence.backwards == reversed ? y : host.slice(y, 0, -1, std::numeric_limits<int64_t>::min(), steps, -1);
    SmallVector<int64_t> shape{steps};
    shape.append(sequence.element.begin(), sequence.element.end());
    replace(host, sequence.result, host.moveAxis(host.reshape(own, shape), 0, sequence.axis));
  }
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
  Value x = host.moveAxis(base, first.axis, 0);
  x = host.reshape(x, {int64_t(views.size()), rowsOf(shapeOf(x).drop_front()), first.size});
  if (rowsFirst)
    x = host.transpose(x, {1, 0, 2});
  return host.reshape(x, shape);
}

} // namespace softdpu::cells
