//===- Steps.cpp - rnn-steps: recurrent layers that a Scan or a Loop runs step by step ------===//
//
// A body that has a layer for one time step, between the states that it carries, is that layer over the whole sequence:
//
//   Scan (h0, xs) { h, x: y, h' = GRU (Unsqueeze x, h0 = h); give h', p(y) }   -->   ys, h = GRU (xs, h0 = h0);  Scan (ys) { y: give p(y) }
//
// What the body computes in front of the layer, and behind it, stays a Scan, without states; there is none where it only changes shapes. A
// Loop that counts the steps of what it takes its elements from is a Scan first.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Passes.h"
#include "passes/Sequences.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include <limits>
#include <optional>

using namespace mlir;

namespace softdpu {
namespace {

bool isLayer(rnn::NodeOp node) { return node.getOp() == "RNN" || node.getOp() == "GRU" || node.getOp() == "LSTM"; }

/// The node of one of these operators that computes `value`; null if there is none.
rnn::NodeOp definedBy(Value value, ArrayRef<StringRef> ops) {
  auto node = value.getDefiningOp<rnn::NodeOp>();
  return node && llvm::is_contained(ops, node.getOp()) ? node : rnn::NodeOp();
}

/// What has the same elements in the same order.
Value withoutViews(Value value) {
  while (auto node = definedBy(value, {"Identity", "Squeeze", "Unsqueeze", "Reshape", "Flatten"}))
    value = node.getInputs()[0];
  return value;
}

Value inputOf(rnn::NodeOp node, unsigned index) {
  return index < node.getInputs().size() && !isa<NoneType>(node.getInputs()[index].getType()) ? node.getInputs()[index] : Value();
}

Value resultOf(rnn::NodeOp node, unsigned index) { return index < node->getNumResults() ? node->getResult(index) : Value(); }

std::string nameOf(rnn::NodeOp node, unsigned result) {
  const auto name = result < node.getNames().size() ? cast<StringAttr>(node.getNames()[result]).getValue() : StringRef();
  return name.empty() ? (node.getNode() + ".result" + Twine(result)).str() : name.str();
}

SmallVector<int64_t> numbersOf(rnn::NodeOp node, StringRef attribute, size_t count) {
  auto numbers = node.getSettings().getAs<DenseI64ArrayAttr>(attribute);
  return numbers ? SmallVector<int64_t>(numbers.asArrayRef()) : SmallVector<int64_t>(count, 0);
}

ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }

/// `shape` behind a dimension of `steps`, of the element type of `like`.
RankedTensorType sequenceOf(int64_t steps, ArrayRef<int64_t> shape, Value like) {
  SmallVector<int64_t> dims{steps};
  dims.append(shape.begin(), shape.end());
  return RankedTensorType::get(dims, cast<RankedTensorType>(like.getType()).getElementType());
}

/// Which dimensions of 1 `from` has more than `to`; nullopt if they differ otherwise.
std::optional<SmallVector<int64_t>> onesMore(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SmallVector<int64_t> ones;
  size_t at = 0;
  for (auto [i, size] : llvm::enumerate(from))
    if (at < to.size() && size == to[at])
      ++at;
    else if (size == 1)
      ones.push_back(int64_t(i));
    else
      return std::nullopt;
  return at == to.size() ? std::optional(ones) : std::nullopt;
}

//===--------------------------------------------------------------------===//
// Loop as Scan
//===--------------------------------------------------------------------===//

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

bool isTrue(Value value) {
  const DenseElementsAttr known = constantOf(value);
  return known && known.getNumElements() == 1 && *known.value_begin<int8_t>() != 0;
}

/// \returns a Scan that computes the same; null, and `loop` unchanged, if there is none.
rnn::NodeOp scanOf(rnn::NodeOp loop) {
  Block &body = loop.getBodies()[0].front();
  Operation *give = body.getTerminator();
  const Value count = inputOf(loop, 0), enters = inputOf(loop, 1), again = withoutViews(give->getOperand(0));
  const BlockArgument step = body.getArgument(0), condition = body.getArgument(1);
  if (!count || (enters && !isTrue(enters)) || (again != condition && !isTrue(again)) || !shapeOf(step).empty())
    return {};
  SmallVector<rnn::NodeOp> elements;
  for (Operation *user : step.getUsers()) {
    auto gather = dyn_cast<rnn::NodeOp>(user);
    if (!gather || gather.getOp() != "Gather" || gather->getBlock() != &body || gather.getInputs()[1] != step ||
        gather.getInputs()[0].getParentBlock() == &body ||
        !counts(count, gather.getInputs()[0], gather.getSettings().getAs<IntegerAttr>("axis").getInt()))
      return {};
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
  SmallVector<Value> inputs(loop.getInputs().drop_front(2));
  SmallVector<int64_t> axes;
  for (rnn::NodeOp gather : elements) {
    inputs.push_back(gather.getInputs()[0]);
    axes.push_back(gather.getSettings().getAs<IntegerAttr>("axis").getInt());
  }
  const NamedAttribute settings[] = {builder.getNamedAttr("num_scan_inputs", builder.getI64IntegerAttr(int64_t(axes.size()))),
                                     builder.getNamedAttr("scan_input_axes", builder.getDenseI64ArrayAttr(axes))};
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

//===--------------------------------------------------------------------===//
// Layers in a Scan
//===--------------------------------------------------------------------===//

/// One Scan with one layer in it.
class Lifting {
public:
  explicit Lifting(rnn::NodeOp scan)
      : scan(scan), body(scan.getBodies()[0].front()), give(body.getTerminator()),
        sequences(size_t(scan.getSettings().getAs<IntegerAttr>("num_scan_inputs").getInt())), states(scan.getInputs().size() - sequences),
        inputAxes(numbersOf(scan, "scan_input_axes", sequences)), inputDirections(numbersOf(scan, "scan_input_directions", sequences)),
        outputAxes(numbersOf(scan, "scan_output_axes", give->getNumOperands() - states)),
        outputDirections(numbersOf(scan, "scan_output_directions", give->getNumOperands() - states)) {}

  /// Replaces the Scan, or leaves everything as it is.
  LogicalResult run() {
    if (!findLayer() || !findStates() || !fits())
      return failure();
    OpBuilder builder(scan);
    const Value y = build(builder);
    replaceStates(builder);
    replaceOutputs(builder, y);
    scan.erase();
    return success();
  }

private:
  rnn::NodeOp scan;
  Block &body;
  Operation *give;
  size_t sequences, states;
  SmallVector<int64_t> inputAxes, inputDirections, outputAxes, outputDirections;
  rnn::NodeOp layer;  ///< In the body.
  rnn::NodeOp lifted; ///< The same over all steps, in front of the Scan.
  size_t hState = 0, cState = 0;
  std::optional<size_t> element; ///< The sequence whose elements the layer takes; none: the body computes them.
  bool reversed = false;         ///< The lifted layer runs backwards.

  Value y() const { return resultOf(layer, 0); }
  /// `value` has the elements of what the layer gives at one step.
  bool isY(Value value) const {
    const Value root = withoutViews(value);
    return root == y() || (root && root == resultOf(layer, 1));
  }

  /// The layer must be the only one, with weights from outside, and one step from its first state on.
  bool findLayer() {
    for (auto node : body.getOps<rnn::NodeOp>())
      if (isLayer(node)) {
        if (layer)
          return false;
        layer = node;
      }
    if (!layer || placementOf(layer, layer.getNode()) == "cpu" || inputOf(layer, 4) || layer.getSettings().contains("direction"))
      return false;
    for (unsigned index : {1u, 2u, 3u, 7u})
      if (Value weights = inputOf(layer, index); weights && weights.getParentBlock() == &body)
        return false;
    return shapeOf(layer.getInputs()[0])[0] == 1 && inputOf(layer, 5) && (layer.getOp() != "LSTM" || inputOf(layer, 6));
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

  /// Every state must be one of the layer.
  bool findStates() {
    const auto h = stateOf(inputOf(layer, 5));
    const bool lstm = layer.getOp() == "LSTM";
    const auto c = lstm ? stateOf(inputOf(layer, 6)) : h;
    if (!h || !c || states != (lstm ? 2 : 1) || (lstm && *h == *c))
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

  static bool canView(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
    return from == to || onesMore(from, to) || onesMore(to, from) || llvm::count_if(to, ShapedType::isDynamic) <= 1;
  }

  /// Whether all changes of shape can be written outside.
  bool fits() {
    const Value x = layer.getInputs()[0], root = withoutViews(x);
    if (const auto argument = dyn_cast<BlockArgument>(root); argument && argument.getOwner() == &body && argument.getArgNumber() >= states)
      element = argument.getArgNumber() - states;
    const int64_t steps = ShapedType::kDynamic;
    const auto viewable = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
      SmallVector<int64_t> all{steps}, wanted{steps};
      all.append(from.begin(), from.end());
      wanted.append(to.begin(), to.end());
      return canView(all, wanted);
    };
    const ArrayRef<int64_t> input = shapeOf(x);
    SmallVector<int64_t> y{1, input[1], hidden()};
    bool good = viewable(shapeOf(root), input.drop_front()) && canView(shapeOf(scan.getInputs()[hState]), {1, input[1], hidden()}) &&
                canView(shapeOf(scan.getInputs()[cState]), {1, input[1], hidden()});
    for (size_t i = states; i < give->getNumOperands(); ++i)
      if (isY(give->getOperand(unsigned(i))))
        good &= viewable(y, shapeOf(give->getOperand(unsigned(i))));
    for (size_t i = 0; i < states; ++i)
      good &= canView({1, input[1], hidden()}, shapeOf(scan->getResult(unsigned(i))));
    return good;
  }

  int64_t hidden() { return shapeOf(layer.getInputs()[2]).back(); }

  int64_t steps() {
    for (size_t i = 0; i < sequences; ++i)
      if (const int64_t size = shapeOf(scan.getInputs()[states + i])[size_t(inputAxes[i])]; !ShapedType::isDynamic(size))
        return size;
    return ShapedType::kDynamic;
  }

  /// `x` in shape `type`, which canView() allows.
  Value viewAs(OpBuilder &builder, const std::string &name, Value x, RankedTensorType type) {
    if (x.getType() == type)
      return x;
    const std::string axes = name + ".shape";
    if (const auto ones = onesMore(shapeOf(x), type.getShape()))
      return hostStep(builder, layer, "Squeeze", name, type, {x, hostIntegers(builder, layer, axes, *ones)});
    if (const auto ones = onesMore(type.getShape(), shapeOf(x)))
      return hostStep(builder, layer, "Unsqueeze", name, type, {x, hostIntegers(builder, layer, axes, *ones)});
    SmallVector<int64_t> target(type.getShape());
    for (int64_t &size : target)
      size = ShapedType::isDynamic(size) ? -1 : size;
    return hostStep(builder, layer, "Reshape", name, type, {x, hostIntegers(builder, layer, axes, target)});
  }

  /// `x` with dimension `from` at position `to`.
  Value moveAxis(OpBuilder &builder, const std::string &name, Value x, int64_t from, int64_t to) {
    if (from == to)
      return x;
    SmallVector<int64_t> perm, shape;
    for (int64_t i = 0; i < int64_t(shapeOf(x).size()); ++i)
      if (i != from)
        perm.push_back(i);
    perm.insert(perm.begin() + to, from);
    for (const int64_t axis : perm)
      shape.push_back(shapeOf(x)[size_t(axis)]);
    return hostStep(builder, layer, "Transpose", name, RankedTensorType::get(shape, cast<RankedTensorType>(x.getType()).getElementType()),
                    x, builder.getNamedAttr("perm", builder.getDenseI64ArrayAttr(perm)));
  }

  /// Whether everything that `op` takes from the body, bodies of its own included, has its counterpart.
  bool isMapped(Operation &op, const IRMapping &mapping) const {
    const auto missing = [&](Value value) { return value.getParentBlock() == &body && !mapping.contains(value); };
    return !op.walk([&](Operation *inner) { return WalkResult(failure(llvm::any_of(inner->getOperands(), missing))); }).wasInterrupted();
  }

  /// A Scan over `inputs` without states. \param inputs the sequences of this one, and perhaps that of the layer. \param results values of
  /// the body, of `types` and `names`.
  rnn::NodeOp withoutStates(OpBuilder &builder, ArrayRef<Value> inputs, ArrayRef<int64_t> axes, ArrayRef<int64_t> directions,
                            ArrayRef<Value> results, ArrayRef<int64_t> resultAxes, ArrayRef<int64_t> resultDirections, TypeRange types,
                            ArrayRef<std::string> names) {
    const NamedAttribute settings[] = {builder.getNamedAttr("num_scan_inputs", builder.getI64IntegerAttr(int64_t(inputs.size()))),
                                       builder.getNamedAttr("scan_input_axes", builder.getDenseI64ArrayAttr(axes)),
                                       builder.getNamedAttr("scan_input_directions", builder.getDenseI64ArrayAttr(directions)),
                                       builder.getNamedAttr("scan_output_axes", builder.getDenseI64ArrayAttr(resultAxes)),
                                       builder.getNamedAttr("scan_output_directions", builder.getDenseI64ArrayAttr(resultDirections))};
    auto made = builder.create<rnn::NodeOp>(scan.getLoc(), types, builder.getStringAttr("Scan"), scan.getNodeAttr(),
                                            builder.getStrArrayAttr(SmallVector<StringRef>(names.begin(), names.end())),
                                            builder.getDictionaryAttr(settings), inputs, 1u);
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&made.getBodies()[0]);
    IRMapping mapping;
    for (size_t i = 0; i < sequences; ++i)
      mapping.map(body.getArgument(unsigned(states + i)),
                  block->addArgument(body.getArgument(unsigned(states + i)).getType(), scan.getLoc()));
    if (inputs.size() > sequences) { // What the layer gives.
      const Value step =
          block->addArgument(RankedTensorType::get({1, shapeOf(layer.getInputs()[0])[1], hidden()}, builder.getF32Type()), scan.getLoc());
      for (unsigned i : {0u, 1u})
        if (const Value result = resultOf(layer, i))
          mapping.map(result, viewAs(builder, nameOf(layer, i) + ".step", step, cast<RankedTensorType>(result.getType())));
    }
    for (Operation &op : body.without_terminator())
      if (&op != layer && isMapped(op, mapping))
        builder.clone(op, mapping);
    SmallVector<Value> given;
    for (Value value : results)
      given.push_back(mapping.lookupOrDefault(value));
    builder.create<rnn::GiveOp>(scan.getLoc(), given);
    eraseDead(*block);
    return made;
  }

  /// Builds the layer over all steps. \returns its sequence [T, 1, B, H].
  Value build(OpBuilder &builder) {
    const Value step = layer.getInputs()[0], root = withoutViews(step);
    const std::string name = nameOf(layer, 0);
    Value x;
    if (element) {
      x = moveAxis(builder, name + ".moved", scan.getInputs()[states + *element], inputAxes[*element], 0);
      reversed = inputDirections[*element] != 0;
    } else {
      const SmallVector<Value> inputs(scan.getInputs().drop_front(states));
      x = withoutStates(builder, inputs, inputAxes, inputDirections, root, 0, 0, sequenceOf(steps(), shapeOf(root), root), name + ".before")
              ->getResult(0);
    }
    SmallVector<Value> inputs(layer.getInputs());
    inputs[0] = viewAs(builder, name + ".x", x, sequenceOf(steps(), shapeOf(step).drop_front(), step));
    const auto state = RankedTensorType::get({1, shapeOf(step)[1], hidden()}, builder.getF32Type());
    inputs[5] = viewAs(builder, name + ".h", scan.getInputs()[hState], state);
    if (layer.getOp() == "LSTM")
      inputs[6] = viewAs(builder, name + ".c", scan.getInputs()[cState], state);
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
    return lifted->getResult(0);
  }

  void replaceStates(OpBuilder &builder) {
    const auto replace = [&](size_t state, unsigned result) {
      Value old = scan->getResult(unsigned(state));
      old.replaceAllUsesWith(
          viewAs(builder, nameOf(scan, unsigned(state)), lifted->getResult(result), cast<RankedTensorType>(old.getType())));
    };
    replace(hState, 1);
    if (layer.getOp() == "LSTM")
      replace(cState, 2);
  }

  void replaceOutputs(OpBuilder &builder, Value y) {
    SmallVector<Value> inputs(scan.getInputs().drop_front(states)), results;
    SmallVector<int64_t> axes(inputAxes), directions(inputDirections), resultAxes, resultDirections;
    SmallVector<unsigned> computed;
    SmallVector<Type> types;
    SmallVector<std::string> names;
    inputs.push_back(y);
    axes.push_back(0);
    directions.push_back(reversed);
    for (size_t i = states; i < give->getNumOperands() && i < scan->getNumResults(); ++i) {
      Value old = scan->getResult(unsigned(i)), step = give->getOperand(unsigned(i));
      if (old.use_empty())
        continue;
      if (!isY(step)) {
        computed.push_back(unsigned(i));
        results.push_back(step);
        resultAxes.push_back(outputAxes[i - states]);
        resultDirections.push_back(outputDirections[i - states]);
        types.push_back(old.getType());
        names.push_back(nameOf(scan, unsigned(i)));
        continue;
      }
      const std::string name = nameOf(scan, unsigned(i));
      Value whole = viewAs(builder, name + ".steps", y, sequenceOf(steps(), shapeOf(step), step));
      if ((outputDirections[i - states] != 0) != reversed)
        whole = hostSlice(builder, layer, name + ".turned", whole.getType(), whole, -1, std::numeric_limits<int64_t>::min(), -1);
      old.replaceAllUsesWith(moveAxis(builder, name, whole, 0, outputAxes[i - states]));
    }
    if (computed.empty())
      return;
    rnn::NodeOp behind = withoutStates(builder, inputs, axes, directions, results, resultAxes, resultDirections, types, names);
    for (auto [i, result] : llvm::zip(computed, behind->getResults()))
      scan->getResult(i).replaceAllUsesWith(result);
  }
};

class StepsPass : public PassWrapper<StepsPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(StepsPass)
  StringRef getArgument() const override { return "rnn-steps"; }
  StringRef getDescription() const override { return "Recurrent layers that a Scan or a Loop runs step by step"; }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      for (auto node : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>())) {
        if (node.getBodies().empty() || placementOf(node, node.getNode()) == "cpu")
          continue;
        rnn::NodeOp scan = node;
        if (node.getOp() == "Loop" && llvm::any_of(node.getBodies()[0].front().getOps<rnn::NodeOp>(), isLayer))
          scan = scanOf(node);
        if (scan && scan.getOp() == "Scan")
          static_cast<void>(Lifting(scan).run());
      }
      eraseDead(block);
    }
  }
};

} // namespace

std::unique_ptr<Pass> createStepsPass() { return std::make_unique<StepsPass>(); }

} // namespace softdpu
