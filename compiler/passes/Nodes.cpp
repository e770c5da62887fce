//===- Nodes.cpp - What passes read off the nodes of a model -------------------------------===//

#include "passes/Nodes.h"

#include "passes/Sequences.h"

using namespace mlir;

namespace softdpu {

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

rnn::NodeOp definedBy(Value value, ArrayRef<StringRef> ops) {
  auto node = value.getDefiningOp<rnn::NodeOp>();
  return node && llvm::is_contained(ops, node.getOp()) ? node : rnn::NodeOp();
}

Value inputOf(rnn::NodeOp node, unsigned index) {
  return index < node.getInputs().size() && !isa<NoneType>(node.getInputs()[index].getType()) ? node.getInputs()[index] : Value();
}

Value withoutViews(Value value) {
  while (auto node = definedBy(value, {"Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten"}))
    value = node.getInputs()[0];
  return value;
}

std::optional<Extent> extentIn(Value value) {
  value = withoutViews(value);
  if (const auto type = cast<RankedTensorType>(value.getType()); !type.hasStaticShape() || type.getNumElements() != 1)
    return std::nullopt;
  auto pick = definedBy(value, {"Gather", "Slice"});
  auto shape = definedBy(pick ? withoutViews(pick.getInputs()[0]) : value, {"Shape"});
  if (!shape)
    return std::nullopt;
  const Value tensor = shape.getInputs()[0];
  const auto rank = int64_t(shapeOf(tensor).size());
  const auto counted = [&](int64_t axis) { return axis + (axis < 0 ? rank : 0); };
  if (!pick) {
    auto start = shape.getSettings().getAs<IntegerAttr>("start");
    return Extent{tensor, counted(start ? start.getInt() : 0)};
  }
  const DenseElementsAttr at = constantOf(pick.getInputs()[1]);
  // Of a part of the shape, places count from its ends, not from those of the shape.
  if (!shape.getSettings().empty() || !at || at.getNumElements() != 1 || !at.getElementType().isInteger(64))
    return std::nullopt;
  return Extent{tensor, counted(*at.value_begin<int64_t>())};
}

static bool isTrue(Value value) {
  const DenseElementsAttr known = constantOf(value);
  return known && known.getElementType().isInteger(8) && known.getNumElements() == 1 && *known.value_begin<int8_t>() != 0;
}

bool alwaysGoesOn(rnn::NodeOp loop) {
  const Value enters = inputOf(loop, 1);
  Block &body = loop.getBodies()[0].front();
  const Value again = withoutViews(body.getTerminator()->getOperand(0));
  return (!enters || isTrue(enters)) && (again == body.getArgument(1) || isTrue(again));
}

} // namespace softdpu
