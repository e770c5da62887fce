//===- Spread.cpp - Scans without states, on all steps at once -------------------------------===//
//
// Operators that treat every step alike act on the whole sequence [T, ...] as they act on one step [...]; their axes move by one.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Sequences.h"
#include "passes/steps/Scan.h"

#include "mlir/IR/IRMapping.h"

#include <optional>

using namespace mlir;

namespace softdpu::steps {
namespace {

constexpr StringRef unary[] = {"Abs",      "Ceil",      "Elu",      "Erf",      "Exp",  "Floor", "HardSigmoid",
                               "Identity", "LeakyRelu", "Log",      "Neg",      "Not",  "Relu",  "Round",
                               "Sigmoid",  "Sign",      "Softplus", "Softsign", "Sqrt", "Tanh",  "Reciprocal"};
constexpr StringRef binary[] = {"Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub"};

class Spreading : Scan {
public:
  explicit Spreading(rnn::NodeOp node) : Scan(node) {}

  void run() {
    if (states != 0)
      return;
    for (Operation &op : body.without_terminator())
      if (auto inner = dyn_cast<rnn::NodeOp>(op); inner ? !spreads(inner) : !isa<rnn::ConstantOp>(op))
        return;
    if (!llvm::all_of(give->getOperands(), [&](Value value) { return isStep(value); }))
      return;
    OpBuilder builder(node);
    const bool backwards = llvm::all_of(inputDirections, [](int64_t direction) { return direction != 0; });
    for (size_t i = 0; i < sequences; ++i) {
      const std::string name = nameOf(node, 0) + ".all" + std::to_string(i);
      Value x = moveAxis(builder, node, name, sequence(i), inputAxes[i], 0);
      mapping.map(element(i), inputDirections[i] != 0 && !backwards ? turned(builder, node, name + ".turned", x) : x);
    }
    for (Operation &op : body.without_terminator())
      if (auto inner = dyn_cast<rnn::NodeOp>(op))
        create(builder, inner);
      else
        builder.clone(op, mapping);
    for (unsigned i = 0; i < node->getNumResults(); ++i) {
      const std::string name = nameOf(node, i);
      Value whole = mapping.lookup(give->getOperand(i));
      if ((outputDirections[i] != 0) != backwards)
        whole = turned(builder, node, name + ".turned", whole);
      node->getResult(i).replaceAllUsesWith(moveAxis(builder, node, name, whole, 0, outputAxes[i]));
    }
    node.erase();
  }

private:
  IRMapping mapping; ///< One step to all of them.

  /// Differs from step to step.
  bool isStep(Value value) const { return value.getParentBlock() == &body && !value.getDefiningOp<rnn::ConstantOp>(); }

  static int64_t rankOf(Value value) { return int64_t(shapeOf(value).size()); }

  bool spreads(rnn::NodeOp inner) const {
    const StringRef op = inner.getOp();
    if (!inner.getBodies().empty() || inner.getInputs().empty())
      return false;
    const auto same = [&](unsigned index) { return !isStep(inner.getInputs()[index]); };
    if (op == "Gather") // A table.
      return same(0) && !same(1) && inner.getSettings().getAs<IntegerAttr>("axis").getInt() == 0;
    if (!llvm::is_contained(binary, op) && same(0))
      return false;
    if (llvm::is_contained(unary, op) || op == "Softmax" || op == "LogSoftmax")
      return true;
    if (op == "Transpose")
      return inner.getSettings().contains("perm");
    // What is the same in every step must not have more dimensions than a step: they would meet the wrong ones.
    if (llvm::is_contained(binary, op)) {
      const Value a = inner.getInputs()[0], b = inner.getInputs()[1];
      return isStep(a) ? rankOf(a) == rankOf(b) || (!isStep(b) && rankOf(a) > rankOf(b)) : isStep(b) && rankOf(b) >= rankOf(a);
    }
    if (op == "MatMul")
      return same(1) && rankOf(inner.getInputs()[1]) == 2;
    if (op == "Gemm") {
      auto transposed = inner.getSettings().getAs<IntegerAttr>("transA");
      return same(1) && (inner.getInputs().size() < 3 || same(2)) && (!transposed || transposed.getInt() == 0) &&
             fixedRows(inner->getResult(0)) && fixedRows(inner.getInputs()[0]) &&
             (inner.getInputs().size() < 3 || rankOf(inner.getInputs()[2]) < 2 || shapeOf(inner.getInputs()[2])[0] == 1);
    }
    if (op == "Squeeze" || op == "Unsqueeze")
      return inner.getInputs().size() == 2 && constantOf(inner.getInputs()[1]);
    return op == "Concat" && llvm::all_of(inner.getInputs(), [&](Value value) { return isStep(value); });
  }

  static bool fixedRows(Value value) { return llvm::none_of(shapeOf(value), ShapedType::isDynamic); }

  /// Gemm takes matrices alone: all rows of all steps are one.
  void createGemm(OpBuilder &builder, rnn::NodeOp inner) {
    const std::string name = nameOf(inner, 0);
    const auto rows = [&](Value step, const std::string &what, Value x, bool apart) {
      const int64_t count = ShapedType::isDynamic(steps()) ? steps() : steps() * shapeOf(step)[0];
      const ArrayRef<int64_t> shape = shapeOf(step);
      const auto type = cast<RankedTensorType>(apart ? sequenceOf(steps(), shape, step) : sequenceOf(count, shape.back(), step));
      SmallVector<int64_t> target(type.getShape());
      target[0] = -1;
      return hostStep(builder, inner, "Reshape", what, type, {x, hostIntegers(builder, inner, what + ".shape", target)});
    };
    SmallVector<Value> inputs(inner.getInputs());
    inputs[0] = rows(inputs[0], name + ".rows", mapping.lookup(inputs[0]), false);
    const Value result = inner->getResult(0);
    const int64_t count = shapeOf(inputs[0])[0];
    const Value product = hostStep(builder, inner, "Gemm", name + ".product", sequenceOf(count, shapeOf(result).back(), result), inputs,
                                   SmallVector<NamedAttribute>(inner.getSettings().begin(), inner.getSettings().end()));
    mapping.map(result, rows(result, name, product, true));
  }

  /// `inner` on all steps.
  void create(OpBuilder &builder, rnn::NodeOp inner) {
    const StringRef op = inner.getOp();
    if (op == "Gemm")
      return createGemm(builder, inner);
    NamedAttrList settings(inner.getSettings());
    if (auto axis = inner.getSettings().getAs<IntegerAttr>("axis");
        axis && op != "Gather") // Counts from the front: the importer sees to it.
      settings.set("axis", builder.getI64IntegerAttr(axis.getInt() + 1));
    if (auto perm = inner.getSettings().getAs<DenseI64ArrayAttr>("perm")) {
      SmallVector<int64_t> moved{0};
      for (const int64_t axis : perm.asArrayRef())
        moved.push_back(axis + 1);
      settings.set("perm", builder.getDenseI64ArrayAttr(moved));
    }
    SmallVector<Value> inputs;
    for (Value value : inner.getInputs())
      inputs.push_back(mapping.lookupOrDefault(value));
    const std::string name = nameOf(inner, 0);
    if (op == "Squeeze" || op == "Unsqueeze") {
      SmallVector<int64_t> axes(constantOf(inner.getInputs()[1]).getValues<int64_t>());
      for (int64_t &axis : axes)
        axis += axis < 0 ? 0 : 1;
      inputs[1] = hostIntegers(builder, inner, name + ".axes", axes);
    }
    mapping.map(inner->getResult(0),
                hostStep(builder, inner, op, name, sequenceOf(steps(), shapeOf(inner->getResult(0)), inner->getResult(0)), inputs,
                         settings.getAttrs()));
  }
};

} // namespace

void spread(rnn::NodeOp scan) { Spreading(scan).run(); }

} // namespace softdpu::steps
