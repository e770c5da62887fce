//===- Sequences.cpp - Values that exist at every time step --------------------------===//

#include "passes/Sequences.h"

using namespace mlir;

namespace softdpu {

bool isCell(Operation *op) { return isa<rnn::SimpleOp, rnn::GruOp, rnn::LstmOp>(op); }
bool isRaised(Operation *op) { return op && (isCell(op) || isa<rnn::LinearOp, rnn::BinaryOp, rnn::ActivationOp, rnn::ViewOp>(op)); }
bool isSequenceResult(Value value) {
  Operation *op = value.getDefiningOp();
  return isRaised(op) && (!isCell(op) || cast<OpResult>(value).getResultNumber() == 0);
}
Value sequenceRoot(Value value) {
  while (isSequenceResult(value))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

Value stepsRoot(Value value) {
  value = sequenceRoot(value);
  Operation *op = value.getDefiningOp();
  return op && op->hasAttr(reversedAttr) ? sequenceRoot(op->getOperand(0)) : value;
}

std::string dimensionsOf(Value value) {
  Operation *op = value.getDefiningOp();
  const int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  if (!isSequenceResult(value))
    return rank == 3 ? "TBF" : rank == 2 ? "TF" : "";
  if (isCell(op))
    return "T1BF";
  if (auto view = dyn_cast<rnn::ViewOp>(op))
    return view->getAttrOfType<StringAttr>("dimensions").str();
  return dimensionsOf(op->getOperand(0));
}

int64_t features(Value value) { return cast<RankedTensorType>(value.getType()).getShape().back(); }

DenseElementsAttr constantOf(Value value) {
  auto constant = value.getDefiningOp<rnn::ConstantOp>();
  return constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
}

DenseElementsAttr reshaped(DenseElementsAttr attr, ArrayRef<int64_t> shape) {
  return attr.reshape(RankedTensorType::get(shape, attr.getElementType()));
}

bool isZero(Value value) {
  if (Operation *op = value.getDefiningOp(); op && op->hasAttr("rnn.zeros"))
    return true;
  const DenseElementsAttr attr = constantOf(value);
  return attr && isa<FloatType>(attr.getElementType()) &&
         llvm::all_of(attr.getValues<APFloat>(), [](const APFloat &v) { return v.isZero(); });
}

void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
    else if (isa<rnn::NodeOp>(op))
      for (Region &body : op.getRegions())
        eraseDead(body.front());
}

} // namespace softdpu
