//===- Scan.cpp - What the parts of rnn-steps share ------------------------------------------===//

#include "passes/steps/Scan.h"

#include "passes/HostSteps.h"

#include <limits>
#include <optional>

using namespace mlir;

namespace softdpu::steps {

bool isLayer(rnn::NodeOp node) { return node.getOp() == "RNN" || node.getOp() == "GRU" || node.getOp() == "LSTM"; }

Value resultOf(rnn::NodeOp node, unsigned index) { return index < node->getNumResults() ? node->getResult(index) : Value(); }

std::string nameOf(rnn::NodeOp node, unsigned result) {
  const auto name = result < node.getNames().size() ? cast<StringAttr>(node.getNames()[result]).getValue() : StringRef();
  return name.empty() ? (node.getNode() + ".result" + Twine(result)).str() : name.str();
}

static SmallVector<int64_t> numbersOf(rnn::NodeOp node, StringRef attribute, size_t count) {
  auto numbers = node.getSettings().getAs<DenseI64ArrayAttr>(attribute);
  return numbers ? SmallVector<int64_t>(numbers.asArrayRef()) : SmallVector<int64_t>(count, 0);
}

RankedTensorType sequenceOf(int64_t steps, ArrayRef<int64_t> shape, Value like) {
  SmallVector<int64_t> dims{steps};
  dims.append(shape.begin(), shape.end());
  return RankedTensorType::get(dims, cast<RankedTensorType>(like.getType()).getElementType());
}

/// Which dimensions of 1 `from` has more than `to`; nullopt if they differ otherwise.
static std::optional<SmallVector<int64_t>> onesMore(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> ones;
  size_t left = to.size(); // From the back: so the direction of a layer goes before a batch of 1.
  for (size_t i = from.size(); i-- > 0;)
    if (left > 0 && from[i] == to[left - 1])
      --left;
    else if (from[i] == 1)
      ones.insert(ones.begin(), int64_t(i));
    else
      return std::nullopt;
  return left == 0 ? std::optional(ones) : std::nullopt;
}

bool canView(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  return from == to || onesMore(from, to) || onesMore(to, from) || llvm::count_if(to, ShapedType::isDynamic) <= 1;
}

Value viewAs(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Value x, RankedTensorType type) {
  if (x.getType() == type)
    return x;
  const std::string axes = name + ".shape";
  if (const auto ones = onesMore(shapeOf(x), type.getShape()))
    return hostStep(builder, node, "Squeeze", name, type, {x, hostIntegers(builder, node, axes, *ones)});
  if (const auto ones = onesMore(type.getShape(), shapeOf(x)))
    return hostStep(builder, node, "Unsqueeze", name, type, {x, hostIntegers(builder, node, axes, *ones)});
  SmallVector<int64_t> target(type.getShape());
  for (int64_t &size : target)
    size = ShapedType::isDynamic(size) ? -1 : size;
  return hostStep(builder, node, "Reshape", name, type, {x, hostIntegers(builder, node, axes, target)});
}

Value moveAxis(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Value x, int64_t from, int64_t to) {
  if (from == to)
    return x;
  SmallVector<int64_t> perm, shape;
  for (int64_t i = 0; i < int64_t(shapeOf(x).size()); ++i)
    if (i != from)
      perm.push_back(i);
  perm.insert(perm.begin() + to, from);
  for (const int64_t axis : perm)
    shape.push_back(shapeOf(x)[size_t(axis)]);
  return hostStep(builder, node, "Transpose", name, RankedTensorType::get(shape, cast<RankedTensorType>(x.getType()).getElementType()), x,
                  builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm)));
}

Value turned(OpBuilder &builder, rnn::NodeOp node, const std::string &name, Value x) {
  return hostSlice(builder, node, name, x.getType(), x, -1, std::numeric_limits<int64_t>::min(), -1);
}

Scan::Scan(rnn::NodeOp scan)
    : node(scan), body(scan.getBodies()[0].front()), give(body.getTerminator()),
      sequences(size_t(scan.getSettings().getAs<IntegerAttr>("num_scan_inputs").getInt())), states(scan.getInputs().size() - sequences),
      inputAxes(numbersOf(scan, "scan_input_axes", sequences)), inputDirections(numbersOf(scan, "scan_input_directions", sequences)),
      outputAxes(numbersOf(scan, "scan_output_axes", give->getNumOperands() - states)),
      outputDirections(numbersOf(scan, "scan_output_directions", give->getNumOperands() - states)) {}

int64_t Scan::steps() const {
  for (size_t i = 0; i < sequences; ++i)
    if (const int64_t size = shapeOf(sequence(i))[size_t(inputAxes[i])]; !ShapedType::isDynamic(size))
      return size;
  return ShapedType::kDynamic;
}

} // namespace softdpu::steps
