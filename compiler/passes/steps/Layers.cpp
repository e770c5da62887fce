//===- Layers.cpp - Layers that a Scan runs step by step -------------------------------------===//
//
// A layer that runs one step, between the states that a Scan carries, is that layer over the whole sequence. What the body computes in
// front of it, and behind it, are Scans of their own.
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

/// One Scan, and a layer in it.
class Lifting : Scan {
public:
  explicit Lifting(rnn::NodeOp node) : Scan(node) {}

  FailureOr<SmallVector<rnn::NodeOp>> run() {
    if (!findLayer())
      return failure();
    OpBuilder builder(node);
    const Value y = build(builder);
    replaceStates(builder);
    replaceOutputs(builder, y);
    node.erase();
    return rest;
  }

private:
  rnn::NodeOp layer;             ///< In the body.
  SmallVector<rnn::NodeOp> rest; ///< What stays a Scan.
  rnn::NodeOp lifted;            ///< The same over all steps, in front of the Scan.
  size_t hState = 0, cState = 0;
  std::optional<size_t> taken; ///< The sequence whose elements the layer takes; none: the body computes them.
  bool reversed = false;       ///< The lifted layer runs backwards.

  Value y() const { return resultOf(layer, 0); }
  /// `value` has the elements of what the layer gives at one step.
  bool isY(Value value) const {
    const Value root = withoutViews(value);
    return root == y() || (root && root == resultOf(layer, 1));
  }

  /// The first layer that can be taken out.
  bool findLayer() {
    if (node->getNumResults() < states)
      return false;
    for (auto inner : body.getOps<rnn::NodeOp>())
      if (isLayer(inner)) {
        layer = inner;
        taken.reset();
        if (isOneStep() && findStates() && takesElements() && fits())
          return true;
      }
    return false;
  }

  /// Its weights must be from outside, and it must run one step from its first state on.
  bool isOneStep() {
    if (placementOf(layer, layer.getNode()) == "cpu" || inputOf(layer, 4) || !runsForward())
      return false;
    for (unsigned index : {1u, 2u, 3u, 7u})
      if (Value weights = inputOf(layer, index); weights && weights.getParentBlock() == &body)
        return false;
    return shapeOf(layer.getInputs()[0])[0] == 1 && inputOf(layer, 5) && (layer.getOp() != "LSTM" || inputOf(layer, 6));
  }

  /// What the layer takes must not depend on a state, so that it is there for all steps.
  bool takesElements() {
    llvm::SmallPtrSet<Operation *, 16> seen;
    SmallVector<Value> open{layer.getInputs()[0]};
    while (!open.empty()) {
      const Value value = open.pop_back_val();
      if (const auto argument = dyn_cast<BlockArgument>(value)) {
        if (argument.getOwner() == &body && argument.getArgNumber() < states)
          return false;
        continue;
      }
      Operation *op = value.getDefiningOp();
      if (op->getBlock() == &body && seen.insert(op).second)
        op->walk([&](Operation *inner) { open.append(inner->operand_begin(), inner->operand_end()); });
    }
    return true;
  }

  bool runsForward() {
    auto direction = layer.getSettings().getAs<StringAttr>("direction");
    return !direction || direction.getValue() == "forward";
  }

  /// Which state of the Scan `value` is; nullopt if it is something else, or if the body uses that state otherwise.
  std::optional<size_t> stateOf(Value value) const {
    const auto argument = dyn_cast<BlockArgument>(withoutViews(value));
    if (!argument || argument.getOwner() != &body || argument.getArgNumber() >= states)
      return std::nullopt;
    Value moved = argument; // Nothing but changes of shape on the way to the layer.
    while (moved != value) {
      if (!moved.hasOneUse())
        return std::nullopt;
      moved = (*moved.getUsers().begin())->getResult(0);
    }
    return moved.hasOneUse() ? std::optional(size_t(argument.getArgNumber())) : std::nullopt;
  }

  /// The states of the layer must be states of the Scan.
  bool findStates() {
    const auto h = stateOf(inputOf(layer, 5));
    const bool lstm = layer.getOp() == "LSTM";
    const auto c = lstm ? stateOf(inputOf(layer, 6)) : h;
    if (!h || !c || (lstm && *h == *c))
      return false;
    hState = *h;
    cState = *c;
    return isY(give->getOperand(unsigned(hState))) && (!lstm || withoutViews(give->getOperand(unsigned(cState))) == resultOf(layer, 2)) &&
           cellStaysInside();
  }

  /// No operator gives the cell states of all steps.
  bool cellStaysInside() const {
    const Value c = resultOf(layer, 2);
    if (!c)
      return true;
    SmallVector<Value> open{c};
    while (!open.empty())
      for (OpOperand &use : open.pop_back_val().getUses())
        if (use.getOwner() == give ? use.getOperandNumber() != cState
                                   : !definedBy(use.getOwner()->getResult(0), {"Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten"}))
          return false;
        else if (use.getOwner() != give)
          open.push_back(use.getOwner()->getResult(0));
    return true;
  }

  /// Whether all changes of shape can be written outside.
  bool fits() {
    const Value x = layer.getInputs()[0], root = withoutViews(x);
    if (const auto argument = dyn_cast<BlockArgument>(root); argument && argument.getOwner() == &body && argument.getArgNumber() >= states)
      taken = argument.getArgNumber() - states;
    const int64_t steps = ShapedType::kDynamic;
    const auto viewable = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
      SmallVector<int64_t> all{steps}, wanted{steps};
      all.append(from.begin(), from.end());
      wanted.append(to.begin(), to.end());
      return canView(all, wanted);
    };
    const ArrayRef<int64_t> input = shapeOf(x);
    SmallVector<int64_t> y{1, input[1], hidden()};
    bool good = viewable(shapeOf(root), input.drop_front()) && canView(shapeOf(node.getInputs()[hState]), {1, input[1], hidden()}) &&
                canView(shapeOf(node.getInputs()[cState]), {1, input[1], hidden()});
    for (size_t i = states; i < give->getNumOperands(); ++i)
      if (isY(give->getOperand(unsigned(i))))
        good &= viewable(y, shapeOf(give->getOperand(unsigned(i))));
    for (size_t i : {hState, cState})
      good &= canView({1, input[1], hidden()}, shapeOf(node->getResult(unsigned(i))));
    return good;
  }

  int64_t hidden() { return shapeOf(layer.getInputs()[2]).back(); }

  /// Whether everything that `op` takes from the body, bodies of its own included, has its counterpart.
  bool isMapped(Operation &op, const IRMapping &mapping) const {
    const auto missing = [&](Value value) { return value.getParentBlock() == &body && !mapping.contains(value); };
    return !op.walk([&](Operation *inner) { return WalkResult(failure(llvm::any_of(inner->getOperands(), missing))); }).wasInterrupted();
  }

  /// A Scan that computes a part of this one. \param kept states. \param over the sequences of this one, and perhaps that of the layer.
  /// \param results values of the body, of `types` and `names`, those of the states first.
  rnn::NodeOp part(OpBuilder &builder, ArrayRef<size_t> kept, ArrayRef<Value> over, ArrayRef<int64_t> axes, ArrayRef<int64_t> directions,
                   ArrayRef<Value> results, ArrayRef<int64_t> resultAxes, ArrayRef<int64_t> resultDirections, TypeRange types,
                   ArrayRef<std::string> names) {
    SmallVector<Value> inputs;
    for (const size_t state : kept)
      inputs.push_back(node.getInputs()[state]);
    inputs.append(over.begin(), over.end());
    const NamedAttribute settings[] = {builder.getNamedAttr("num_scan_inputs", builder.getI64IntegerAttr(int64_t(over.size()))),
                                       builder.getNamedAttr("scan_input_axes", builder.getDenseI64ArrayAttr(axes)),
                                       builder.getNamedAttr("scan_input_directions", builder.getDenseI64ArrayAttr(directions)),
                                       builder.getNamedAttr("scan_output_axes", builder.getDenseI64ArrayAttr(resultAxes)),
                                       builder.getNamedAttr("scan_output_directions", builder.getDenseI64ArrayAttr(resultDirections))};
    auto made = builder.create<rnn::NodeOp>(node.getLoc(), types, builder.getStringAttr("Scan"), node.getNodeAttr(),
                                            builder.getStrArrayAttr(SmallVector<StringRef>(names.begin(), names.end())),
                                            builder.getDictionaryAttr(settings), inputs, 1u);
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&made.getBodies()[0]);
    IRMapping mapping;
    for (const size_t state : kept)
      mapping.map(body.getArgument(unsigned(state)), block->addArgument(body.getArgument(unsigned(state)).getType(), node.getLoc()));
    for (size_t i = 0; i < sequences; ++i)
      mapping.map(element(i), block->addArgument(element(i).getType(), node.getLoc()));
    if (over.size() > sequences) { // What the layer gives.
      const Value step =
          block->addArgument(RankedTensorType::get({1, shapeOf(layer.getInputs()[0])[1], hidden()}, builder.getF32Type()), node.getLoc());
      for (unsigned i : {0u, 1u})
        if (const Value result = resultOf(layer, i))
          mapping.map(result, viewAs(builder, layer, nameOf(layer, i) + ".step", step, cast<RankedTensorType>(result.getType())));
    }
    for (Operation &op : body.without_terminator())
      if (&op != layer && isMapped(op, mapping))
        builder.clone(op, mapping);
    SmallVector<Value> given;
    for (Value value : results)
      given.push_back(mapping.lookupOrDefault(value));
    builder.create<rnn::GiveOp>(node.getLoc(), given);
    eraseDead(*block);
    rest.push_back(made);
    return made;
  }

  /// Builds the layer over all steps. \returns its sequence [T, 1, B, H].
  Value build(OpBuilder &builder) {
    const Value step = layer.getInputs()[0], root = withoutViews(step);
    const std::string name = nameOf(layer, 0);
    Value x;
    if (taken) {
      x = moveAxis(builder, layer, name + ".moved", node.getInputs()[states + *taken], inputAxes[*taken], 0);
      reversed = inputDirections[*taken] != 0;
    } else {
      const SmallVector<Value> inputs(node.getInputs().drop_front(states));
      x = part(builder, {}, inputs, inputAxes, inputDirections, root, 0, 0, sequenceOf(steps(), shapeOf(root), root), name + ".before")
              ->getResult(0);
    }
    SmallVector<Value> inputs(layer.getInputs());
    inputs[0] = viewAs(builder, layer, name + ".x", x, sequenceOf(steps(), shapeOf(step).drop_front(), step));
    const auto state = RankedTensorType::get({1, shapeOf(step)[1], hidden()}, builder.getF32Type());
    inputs[5] = viewAs(builder, layer, name + ".h", node.getInputs()[hState], state);
    if (layer.getOp() == "LSTM")
      inputs[6] = viewAs(builder, layer, name + ".c", node.getInputs()[cState], state);
    SmallVector<Type> types{RankedTensorType::get({steps(), 1, shapeOf(step)[1], hidden()}, builder.getF32Type()), state};
    SmallVector<std::string> names{name, nameOf(layer, 1)};
    if (layer.getOp() == "LSTM") {
      types.push_back(state);
      names.push_back(nameOf(layer, 2));
    }
    NamedAttrList settings(layer.getSettings());
    if (reversed)
      settings.set("direction", builder.getStringAttr("reverse"));
    lifted = builder.create<rnn::NodeOp>(layer.getLoc(), types, layer.getOpAttr(), layer.getNodeAttr(),
                                         builder.getStrArrayAttr(SmallVector<StringRef>(names.begin(), names.end())),
                                         settings.getDictionary(builder.getContext()), inputs, 0u);
    if (const auto merged = layer->getAttr(mergedAttr))
      lifted->setAttr(mergedAttr, merged);
    return lifted->getResult(0);
  }

  void replaceStates(OpBuilder &builder) {
    const auto replace = [&](size_t state, unsigned result) {
      Value old = node->getResult(unsigned(state));
      old.replaceAllUsesWith(
          viewAs(builder, layer, nameOf(node, unsigned(state)), lifted->getResult(result), cast<RankedTensorType>(old.getType())));
    };
    replace(hState, 1);
    if (layer.getOp() == "LSTM")
      replace(cState, 2);
  }

  void replaceOutputs(OpBuilder &builder, Value y) {
    SmallVector<Value> inputs(node.getInputs().drop_front(states)), results;
    SmallVector<int64_t> axes(inputAxes), directions(inputDirections), resultAxes, resultDirections;
    SmallVector<unsigned> computed;
    SmallVector<size_t> kept;
    SmallVector<Type> types;
    SmallVector<std::string> names;
    for (size_t i = 0; i < states; ++i)
      if (i != hState && (i != cState || layer.getOp() != "LSTM")) {
        kept.push_back(i);
        computed.push_back(unsigned(i));
        results.push_back(give->getOperand(unsigned(i)));
        types.push_back(node->getResult(unsigned(i)).getType());
        names.push_back(nameOf(node, unsigned(i)));
      }
    inputs.push_back(y);
    axes.push_back(0);
    directions.push_back(reversed);
    for (size_t i = states; i < give->getNumOperands() && i < node->getNumResults(); ++i) {
      Value old = node->getResult(unsigned(i)), step = give->getOperand(unsigned(i));
      if (old.use_empty())
        continue;
      if (!isY(step)) {
        computed.push_back(unsigned(i));
        results.push_back(step);
        resultAxes.push_back(outputAxes[i - states]);
        resultDirections.push_back(outputDirections[i - states]);
        types.push_back(old.getType());
        names.push_back(nameOf(node, unsigned(i)));
        continue;
      }
      const std::string name = nameOf(node, unsigned(i));
      Value whole = viewAs(builder, layer, name + ".steps", y, sequenceOf(steps(), shapeOf(step), step));
      if ((outputDirections[i - states] != 0) != reversed)
        whole = turned(builder, layer, name + ".turned", whole);
      old.replaceAllUsesWith(moveAxis(builder, layer, name, whole, 0, outputAxes[i - states]));
    }
    if (computed.empty())
      return;
    rnn::NodeOp behind = part(builder, kept, inputs, axes, directions, results, resultAxes, resultDirections, types, names);
    for (auto [i, result] : llvm::zip(computed, behind->getResults()))
      node->getResult(i).replaceAllUsesWith(result);
  }
};

} // namespace

FailureOr<SmallVector<rnn::NodeOp>> takeLayerOut(rnn::NodeOp scan) { return Lifting(scan).run(); }

} // namespace softdpu::steps
