//===- Loop.cpp - Recurrences in Scan and Loop ----------------------------------------------===//

#include "passes/cells/Loop.h"

#include "passes/Nodes.h"
#include "passes/Sequences.h"

using namespace mlir;

namespace softdpu::cells {
namespace {

/// Where ONNX has what in Scan and Loop. States stand at the same place among the inputs of the node and the arguments of the body.
class Form {
public:
  explicit Form(rnn::NodeOp node) : node(node), isLoop(node.getOp() == "Loop"), body(&node.getBodies()[0].front()) {
    const auto sequences = node.getSettings().getAs<IntegerAttr>("num_scan_inputs");
    states = unsigned(node.getInputs().size()) - (isLoop ? 2 : unsigned(sequences.getInt()));
  }

  rnn::NodeOp node;
  bool isLoop;
  Block *body;
  unsigned states;

  unsigned firstState() const { return isLoop ? 2 : 0; }
  ValueRange gives() const { return body->getTerminator()->getOperands(); }
  Value givenState(unsigned input) const { return gives()[isLoop ? input - 1 : input]; }
  Value lastState(unsigned input) const { return node->getResult(input - firstState()); }
  unsigned elements() const { return node->getNumResults() - states; }
  Value givenElement(unsigned i) const { return gives()[(isLoop ? 1 : 0) + states + i]; }
  Value sequence(unsigned i) const { return node->getResult(states + i); }

  int64_t setting(StringRef name, unsigned i) {
    const auto numbers = node.getSettings().getAs<DenseI64ArrayAttr>(name);
    return numbers ? numbers[i] : 0;
  }
};

/// If `trips` is computed as the number of steps of `input`.
bool countsSteps(Value trips, const View &input) {
  const std::optional<Extent> extent = extentIn(trips);
  if (!extent)
    return false;
  const auto [of, axis] = *extent;
  if (axis >= int64_t(shapeOf(of).size()) - 1 || ShapedType::isDynamic(shapeOf(of).back()))
    return false;
  SmallVector<Operation *> seen;
  const View step = resolve({.base = of, .begin = 0, .size = shapeOf(of).back(), .axis = axis, .step = eachStep}, seen);
  return step.base == input.base && step.axis == input.axis;
}

class LoopMatcher {
public:
  explicit LoopMatcher(rnn::NodeOp node) : form(node) {}

  std::optional<Recurrence> match() {
    if (form.states < 1 || form.states > 2 || (form.isLoop && !alwaysGoesOn(form.node)))
      return {};
    for (auto node : form.body->getOps<rnn::NodeOp>())
      if (auto cell = cellAt(node, true); cell && isBody(*cell))
        return std::move(found);
    return {};
  }

private:
  Form form;
  Recurrence found;

  static bool isWhole(Value given, Value value) {
    SmallVector<Operation *> seen;
    return shapeOf(given).size() > 0 && viewOf(given, seen) == View{.base = value, .begin = 0, .size = shapeOf(value).back()};
  }

  /// The state that `view` is, by its place among the inputs.
  std::optional<unsigned> stateOf(const View &view) const {
    const auto argument = dyn_cast<BlockArgument>(view.base);
    if (!argument || argument.getOwner() != form.body || !view.isWhole() || argument.getArgNumber() < form.firstState() ||
        argument.getArgNumber() >= form.firstState() + form.states)
      return {};
    return argument.getArgNumber();
  }

  bool isBody(const Cell &cell) {
    if (form.states != (cell.c ? 2u : 1u) || !fitsLayer(cell))
      return false;
    const std::optional<unsigned> c = cell.c ? stateOf(*cell.c) : std::nullopt;
    if (cell.c && (!c || !isWhole(form.givenState(*c), cell.nextC)))
      return false;
    for (const View &h : cell.statesAmong())
      if (const auto state = stateOf(h);
          state && (!c || *state != *c) && isWhole(form.givenState(*state), cell.nextH) && takesSteps(cell, h)) {
        found.loop = form.node;
        found.cell = cell;
        found.h = h;
        found.initialH = *state;
        found.lastH = form.lastState(*state);
        found.initialC = c.value_or(0);
        found.lastC = c ? form.lastState(*c) : Value();
        return givesStates(cell);
      }
    return false;
  }

  /// All inputs beside `h` are steps of sequences of equal length and direction.
  bool takesSteps(const Cell &cell, const View &h) {
    std::optional<View> first;
    found.steps.reset();
    for (View input : cell.operands()) {
      if (input == h)
        continue;
      if (!input.isEachStep() || input.base.getParentBlock() == form.body || (first && first->step != input.step))
        return false;
      if (!first)
        first = input;
      if (form.isLoop && !runsThrough(input))
        return false;
    }
    return first.has_value();
  }

  bool runsThrough(const View &input) {
    const Value trips = form.node.getInputs()[0];
    if (isa<NoneType>(trips.getType()))
      return false;
    const DenseElementsAttr number = constantOf(trips);
    if (!number)
      return countsSteps(trips, input);
    const int64_t count = *number.value_begin<int64_t>(), length = shapeOf(input.base)[size_t(input.axis)];
    found.steps = count;
    return count >= 1 && !ShapedType::isDynamic(length) && count <= length;
  }

  bool givesStates(const Cell &cell) {
    for (unsigned i = 0; i < form.elements(); ++i) {
      const Value given = form.givenElement(i), sequence = form.sequence(i);
      if (sequence.use_empty())
        continue;
      const int64_t rank = int64_t(shapeOf(sequence).size());
      int64_t axis = form.isLoop ? 0 : form.setting("scan_output_axes", i);
      axis += axis < 0 ? rank : 0;
      if (axis == rank - 1 || !isWhole(given, cell.nextH))
        return false;
      found.sequences.push_back({.result = sequence,
                                 .element = SmallVector<int64_t>(shapeOf(given)),
                                 .axis = axis,
                                 .backwards = !form.isLoop && form.setting("scan_output_directions", i) != 0});
    }
    return true;
  }
};

} // namespace

std::optional<Recurrence> recurrenceIn(rnn::NodeOp loop) {
  if (loop.getOp() != "Scan" && loop.getOp() != "Loop")
    return {};
  return LoopMatcher(loop).match();
}

} // namespace softdpu::cells
