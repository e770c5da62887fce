//===- Loops.cpp - Loops that are Scans -------------------------------------------------------===//
//
// Loop (Shape (x)[0], true, h) { i, on, h: e = Gather (x, i); ... }   -->   Scan (h, x) { h, e: ... }
//
// and backwards, where it takes element Shape (x)[0] - 1 - i.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Sequences.h"
#include "passes/steps/Scan.h"

using namespace mlir;

namespace softdpu::steps {
namespace {

/// Whether `count` is the size of `sequence` along `axis`.
bool counts(Value count, Value sequence, int64_t axis) {
  if (const DenseElementsAttr known = constantOf(count))
    return known.getNumElements() == 1 && *known.value_begin<int64_t>() == shapeOf(sequence)[size_t(axis)];
  const auto extent = extentIn(count);
  return extent && extent->tensor == sequence && extent->axis == axis;
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

} // namespace

rnn::NodeOp scanOf(rnn::NodeOp loop) {
  Block &body = loop.getBodies()[0].front();
  Operation *give = body.getTerminator();
  const Value count = inputOf(loop, 0);
  const BlockArgument step = body.getArgument(0), condition = body.getArgument(1);
  if (!count || !alwaysGoesOn(loop) || !shapeOf(step).empty())
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
