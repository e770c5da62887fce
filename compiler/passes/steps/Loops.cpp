//===- Loops.cpp - Loops that are Scans -------------------------------------------------------===//
//
// Loop (Shape (x)[0], true, h) { i, on, h: e = Gather (x, i); ... }   -->   Scan (h, x) { h, e: ... }
//
// and backwards, where it takes element Shape (x)[0] - 1 - i.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Sequences.h"
#include "passes/steps/Scan.h"

#include <optional>

using namespace mlir;

namespace softdpu::steps {
namespace {

/// The dimension of a tensor that a node computes: what Shape, Gather and changes of shape make of it.
struct SizeOf {
  Value tensor;
  int64_t axis;
};
std::optional<SizeOf> sizeOf(Value value) {
  value = withoutViews(value);
  if (const auto type = cast<RankedTensorType>(value.getType()); !type.hasStaticShape() || type.getNumElements() != 1)
    return std::nullopt;
  auto pick = definedBy(value, {"Gather", "Slice"});
  auto shape = definedBy(pick ? withoutViews(pick.getInputs()[0]) : value, {"Shape"});
  if (!shape)
    return std::nullopt;
  const Value tensor = shape.getInputs()[0];
  const auto rank = int64_t(shapeOf(tensor).size());
  auto start = shape.getSettings().getAs<IntegerAttr>("start");
  int64_t axis = start ? start.getInt() + (start.getInt() < 0 ? rank : 0) : 0;
  if (pick) {
    const DenseElementsAttr at = constantOf(pick.getInputs()[1]);
    if (!at || at.getNumElements() != 1 || !at.getElementType().isInteger(64) || start)
      return std::nullopt;
    axis = *at.value_begin<int64_t>() + (*at.value_begin<int64_t>() < 0 ? rank : 0);
  }
  return SizeOf{tensor, axis};
}

/// Whether `count` is the size of `sequence` along `axis`.
bool counts(Value count, Value sequence, int64_t axis) {
  if (const DenseElementsAttr known = constantOf(count))
    return known.getNumElements() == 1 && *known.value_begin<int64_t>() == shapeOf(sequence)[size_t(axis)];
  const auto size = sizeOf(count);
  return size && size->tensor == sequence && size->axis == axis;
}

/// Whether `value` is the last index of `sequence` along `axis`: its size minus 1.
bool isLast(Value value, Value sequence, int64_t axis) {
  const int64_t size = shapeOf(sequence)[size_t(axis)];
  if (const DenseElementsAttr known = constantOf(value))
    return known.getNumElements() == 1 && !ShapedType::isDynamic(size) && *known.value_begin<int64_t>() == size - 1;
  auto difference = definedBy(withoutViews(value), {"Sub"});
  const DenseElementsAttr one = difference ? constantOf(difference.getInputs()[1]) : DenseElementsAttr();
  return one && one.getNumElements() == 1 && one.getElementType().isInteger(64) && *one.value_begin<int64_t>() == 1 &&
         counts(difference.getInputs()[0], sequence, axis);
}

bool isTrue(Value value) {
  const DenseElementsAttr known = constantOf(value);
  return known && known.getNumElements() == 1 && *known.value_begin<int8_t>() != 0;
}

} // namespace

rnn::NodeOp scanOf(rnn::NodeOp loop) {
  Block &body = loop.getBodies()[0].front();
  Operation *give = body.getTerminator();
  const Value count = inputOf(loop, 0), enters = inputOf(loop, 1), again = withoutViews(give->getOperand(0));
  const BlockArgument step = body.getArgument(0), condition = body.getArgument(1);
  if (!count || (enters && !isTrue(enters)) || (again != condition && !isTrue(again)) || !shapeOf(step).empty())
    return {};
  SmallVector<rnn::NodeOp> elements;
  SmallVector<int64_t> directions;
  SmallVector<OpOperand *> uses; // Of the iteration, and of what counts down.
  for (OpOperand &use : step.getUses())
    if (auto index = dyn_cast<rnn::NodeOp>(use.getOwner()); index && index.getOp() == "Sub" && use.getOperandNumber() == 1)
      for (OpOperand &next : index->getResult(0).getUses())
        uses.push_back(&next);
    else
      uses.push_back(&use);
  for (OpOperand *use : uses) {
    auto gather = dyn_cast<rnn::NodeOp>(use->getOwner());
    if (!gather || gather.getOp() != "Gather" || gather->getBlock() != &body || use->getOperandNumber() != 1 ||
        !shapeOf(use->get()).empty())
      return {};
    Value sequence = gather.getInputs()[0];
    const int64_t axis = gather.getSettings().getAs<IntegerAttr>("axis").getInt();
    auto down = definedBy(use->get(), {"Sub"});
    if (sequence.getParentBlock() == &body || !counts(count, sequence, axis) || (down && !isLast(down.getInputs()[0], sequence, axis)))
      return {};
    directions.push_back(down ? 1 : 0);
    elements.push_back(gather);
  }
  for (Operation *user : condition.getUsers()) { // It must be passed on, and nothing else.
    const bool passes =
        user->getNumResults() == 1 && definedBy(user->getResult(0), {"Identity"}) && user->hasOneUse() && *user->getUsers().begin() == give;
    if (user != give && !passes)
      return {};
  }
  if (elements.empty())
    return {};

  OpBuilder builder(loop);
  SmallVector<Value> inputs(loop.getInputs().drop_front(std::min<size_t>(2, loop.getInputs().size()))); // Absent ones at the end are gone.
  SmallVector<int64_t> axes;
  for (rnn::NodeOp gather : elements) {
    inputs.push_back(gather.getInputs()[0]);
    axes.push_back(gather.getSettings().getAs<IntegerAttr>("axis").getInt());
  }
  const NamedAttribute settings[] = {builder.getNamedAttr("num_scan_inputs", builder.getI64IntegerAttr(int64_t(axes.size()))),
                                     builder.getNamedAttr("scan_input_axes", builder.getDenseI64ArrayAttr(axes)),
                                     builder.getNamedAttr("scan_input_directions", builder.getDenseI64ArrayAttr(directions))};
  auto scan = builder.create<rnn::NodeOp>(loop.getLoc(), loop->getResultTypes(), builder.getStringAttr("Scan"), loop.getNodeAttr(),
                                          loop.getNames(), builder.getDictionaryAttr(settings), inputs, 1u);
  scan.getBodies()[0].takeBody(loop.getBodies()[0]);
  for (rnn::NodeOp gather : elements) {
    gather->getResult(0).replaceAllUsesWith(body.addArgument(gather->getResult(0).getType(), gather.getLoc()));
    gather.erase();
  }
  give->eraseOperand(0);
  eraseDead(body);
  body.eraseArguments(0, 2);
  loop->replaceAllUsesWith(scan->getResults());
  loop.erase();
  return scan;
}

} // namespace softdpu::steps
