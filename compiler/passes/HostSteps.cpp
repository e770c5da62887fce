//===- HostSteps.cpp - Host steps that passes add ------------------------------------------===//

#include "passes/HostSteps.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace softdpu {

Value hostStep(OpBuilder &builder, rnn::NodeOp node, StringRef op, const std::string &name, Type type, ValueRange inputs,
               ArrayRef<NamedAttribute> settings) {
  return builder
      .create<rnn::NodeOp>(node.getLoc(), type, builder.getStringAttr(op), node.getNodeAttr(), builder.getStrArrayAttr({name}),
                           builder.getDictionaryAttr(settings), inputs)
      ->getResult(0);
}

Value hostIntegers(OpBuilder &builder, rnn::NodeOp node, const std::string &name, ArrayRef<int64_t> values) {
  const auto vector = RankedTensorType::get({int64_t(values.size())}, builder.getI64Type());
  auto constant = builder.create<rnn::ConstantOp>(node.getLoc(), vector, name, DenseElementsAttr::get(vector, values));
  constant->setAttr("rnn.generated", builder.getUnitAttr());
  return constant;
}

Value hostSlice(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Type type, Value x, int64_t begin, int64_t end,
                int64_t step) {
  SmallVector<Value> inputs{x};
  for (auto [what, number] : {std::pair("starts", begin), std::pair("ends", end), std::pair("axes", int64_t(0)), std::pair("steps", step)})
    inputs.push_back(hostIntegers(builder, node, name + "." + what, number));
  return hostStep(builder, node, "Slice", name, type, inputs);
}

Value hostConcat(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Type type, ValueRange parts, int64_t axis) {
  return hostStep(builder, node, "Concat", name, type, parts, builder.getNamedAttr("axis", builder.getI64IntegerAttr(axis)));
}

StringRef placementOf(Operation *op, StringRef node) {
  auto placement = op->getParentOfType<ModuleOp>()->getAttrOfType<DictionaryAttr>("rnn.placement");
  if (!placement)
    return "";
  auto place = placement.getAs<StringAttr>(node);
  if (!place)
    place = placement.getAs<StringAttr>("*");
  return place ? place.getValue() : "";
}

std::string whyOnHost(rnn::NodeOp node) {
  if (placementOf(node, node.getNode()) == "cpu")
    return "it is placed there";
  if (auto around = node->getParentOfType<rnn::NodeOp>())
    return "it is inside node \"" + around.getNode().str() + "\", which the CPU runs as a whole";
  if (auto why = node->getAttrOfType<StringAttr>(whyAttr))
    return why.getValue().str();
  return "the DPU has no " + node.getOp().str();
}

} // namespace softdpu
