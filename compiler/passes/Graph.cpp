//===- Graph.cpp - rnn-raise and rnn-partition: what runs on the DPU ---------------------===//

#include "passes/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include <map>

using namespace mlir;

namespace softdpu {
namespace {

//===----------------------------------------------------------------------===//
// What raised operations are
//===----------------------------------------------------------------------===//

bool isCell(Operation *op) { return isa<rnn::SimpleOp, rnn::GruOp, rnn::LstmOp>(op); }
bool isRaised(Operation *op) { return op && (isCell(op) || isa<rnn::LinearOp, rnn::BinaryOp, rnn::ActivationOp, rnn::ViewOp>(op)); }
/// A result that exists at every time step (not the last state of a cell).
bool isSequenceResult(Value value) {
  Operation *op = value.getDefiningOp();
  return isRaised(op) && (!isCell(op) || cast<OpResult>(value).getResultNumber() == 0);
}
/// The sequence whose time steps and batch `value` shares: follows raised operations back to a tensor from outside.
Value sequenceRoot(Value value) {
  while (isSequenceResult(value))
    value = value.getDefiningOp()->getOperand(0);
  return value;
}

/// The dimensions of a raised sequence by meaning: T steps, B batch, F features, 1 one, P steps times batch.
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
}

//===----------------------------------------------------------------------===//
// rnn-raise
//===----------------------------------------------------------------------===//

class RaisePass : public PassWrapper<RaisePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(RaisePass)
  StringRef getArgument() const override { return "rnn-raise"; }
  StringRef getDescription() const override {
    return "Finds what the DPU can compute: cells, time-distributed matrices, pointwise operators";
  }

  void runOnOperation() override {
    placement = getOperation()->getAttrOfType<DictionaryAttr>("rnn.placement");
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      const auto each = [&](auto raise) {
        bool changed = false;
        for (auto node : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>()))
          if (onDpu(node.getNode()) && succeeded(raise(node)))
            changed = true;
        return changed;
      };
      each([&](rnn::NodeOp node) { return raiseIdentity(node); });
      each([&](rnn::NodeOp node) { return raiseCell(node); });
      each([&](rnn::NodeOp node) { return raiseLinear(node); });
      for (bool changed = true; changed;) {
        changed = each([&](rnn::NodeOp node) { return raiseView(node); });
        changed |= each([&](rnn::NodeOp node) { return raiseBias(node); });
        changed |= each([&](rnn::NodeOp node) { return raisePointwise(node); });
      }
      eraseDead(block);
    }
    if (failedNode)
      signalPassFailure();
  }

private:
  DictionaryAttr placement;
  bool failedNode = false;

  bool onDpu(StringRef node) {
    if (!placement)
      return true;
    auto place = placement.getAs<StringAttr>(node);
    if (!place)
      place = placement.getAs<StringAttr>("*");
    return !place || place.getValue() != "cpu";
  }

  LogicalResult refuse(rnn::NodeOp node, const Twine &text) {
    failedNode = true;
    return node.emitError() << "node \"" << node.getNode() << "\" (" << node.getOp() << "): " << text;
  }

  static Value input(rnn::NodeOp node, unsigned index) {
    if (index >= node.getInputs().size() || isa<NoneType>(node.getInputs()[index].getType()))
      return {};
    return node.getInputs()[index];
  }
  static int64_t integer(rnn::NodeOp node, StringRef name, int64_t otherwise) {
    auto attr = node.getSettings().getAs<IntegerAttr>(name);
    return attr ? attr.getInt() : otherwise;
  }
  static float number(rnn::NodeOp node, StringRef name, float otherwise) {
    auto attr = node.getSettings().getAs<FloatAttr>(name);
    return attr ? attr.getValue().convertToFloat() : otherwise;
  }

  void replace(rnn::NodeOp node, Operation *op) {
    node->replaceAllUsesWith(op->getResults().take_front(node->getNumResults()));
    node->erase();
  }

  LogicalResult raiseIdentity(rnn::NodeOp node) {
    // Keep it if it gives a model output its name.
    if (node.getOp() != "Identity" || llvm::any_of(node->getUsers(), [](Operation *user) { return isa<func::ReturnOp>(user); }))
      return failure();
    node->getResult(0).replaceAllUsesWith(node.getInputs()[0]);
    node->erase();
    return success();
  }

  LogicalResult raiseCell(rnn::NodeOp node) {
    const bool lstm = node.getOp() == "LSTM", gru = node.getOp() == "GRU";
    if (!lstm && !gru && node.getOp() != "RNN")
      return failure();
    const int64_t gates = lstm ? 4 : gru ? 3 : 1;
    const DenseElementsAttr w = constantOf(node.getInputs()[1]), r = constantOf(node.getInputs()[2]);
    const Value biasValue = input(node, 3);
    const DenseElementsAttr b = biasValue ? constantOf(biasValue) : DenseElementsAttr();
    for (auto [name, known] : {std::pair("W", bool(w)), std::pair("R", bool(r)), std::pair("B", !biasValue || b)})
      if (!known)
        return refuse(
            node,
            Twine(name) +
                " is not constant; freeze the inputs that it depends on with --bind INPUT=FILE, or place the node on the CPU: --place " +
                node.getNode() + "=cpu");
    OpBuilder builder(node);
    const int64_t hidden = r.getType().getShape().back();
    StringAttr given = node.getSettings().getAs<StringAttr>("activations");
    SmallVector<StringRef> activations;
    if (given)
      given.getValue().split(activations, ',');
    else if (lstm)
      activations = {"Sigmoid", "Tanh", "Tanh"};
    else if (gru)
      activations = {"Sigmoid", "Tanh"};
    else
      activations = {"Tanh"};

    // Results: the sequence, the last h and (LSTM) the last c, whether the node has them or not.
    SmallVector<Type> types;
    SmallVector<StringRef> names;
    const auto x = cast<RankedTensorType>(node.getInputs()[0].getType());
    const auto state = RankedTensorType::get({1, x.getShape()[1], hidden}, builder.getF32Type());
    for (unsigned i = 0; i < (lstm ? 3u : 2u); ++i) {
      types.push_back(i == 0 ? RankedTensorType::get({x.getShape()[0], 1, x.getShape()[1], hidden}, builder.getF32Type()) : state);
      names.push_back(i < node.getNames().size() ? cast<StringAttr>(node.getNames()[i]).getValue() : "");
    }
    SmallVector<Value> operands{node.getInputs()[0]};
    SmallVector<int32_t> segments{1, 0, 0};
    for (unsigned i : {5u, 6u})
      if (Value initial = input(node, i); initial && !isZero(initial) && (i == 5 || lstm)) {
        operands.push_back(initial);
        segments[i - 4] = 1;
      }
    OperationState op(node.getLoc(), lstm ? "rnn.lstm" : gru ? "rnn.gru" : "rnn.simple");
    op.addOperands(operands);
    op.addTypes(types);
    op.addAttribute("operandSegmentSizes", builder.getDenseI32ArrayAttr(segments));
    op.addAttribute("node", node.getNodeAttr());
    op.addAttribute("names", builder.getStrArrayAttr(names));
    op.addAttribute("input", w);
    op.addAttribute("recurrent", r);
    if (b)
      op.addAttribute("bias", reshaped(b, {2 * gates * hidden}));
    op.addAttribute("activations", builder.getStrArrayAttr(activations));
    if (gru && integer(node, "linear_before_reset", 0) == 1)
      op.addAttribute("linearBeforeReset", builder.getBoolAttr(true));
    replace(node, builder.create(op));
    return success();
  }

  /// weights [outputs, inputs] from a constant [inputs, outputs].
  static DenseElementsAttr transposed(DenseElementsAttr attr) {
    const int64_t rows = attr.getType().getShape()[0], cols = attr.getType().getShape()[1];
    SmallVector<float> in(attr.getValues<float>()), out(in.size());
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c)
        out[size_t(c * rows + r)] = in[size_t(r * cols + c)];
    return DenseElementsAttr::get(RankedTensorType::get({cols, rows}, attr.getElementType()), ArrayRef<float>(out));
  }

  /// A constant that adds the same vector of `size` elements everywhere (or one number).
  static DenseElementsAttr vectorOf(Value value, int64_t size) {
    const DenseElementsAttr attr = value ? constantOf(value) : DenseElementsAttr();
    if (!attr || !attr.getElementType().isF32())
      return {};
    if (attr.getNumElements() == 1)
      return DenseElementsAttr::get(RankedTensorType::get({size}, attr.getElementType()), *attr.value_begin<float>());
    const auto shape = attr.getType().getShape();
    if (attr.getNumElements() != size || shape.empty() || shape.back() != size)
      return {};
    return reshaped(attr, {size});
  }

  static bool isSequence(Value value) {
    const auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && type.getElementType().isF32() && (type.getRank() == 2 || type.getRank() == 3) &&
           !type.isDynamicDim(unsigned(type.getRank() - 1)) && type.getShape().back() > 0 && !value.getDefiningOp<rnn::ConstantOp>();
  }

  LogicalResult raiseLinear(rnn::NodeOp node) {
    const bool gemm = node.getOp() == "Gemm";
    if (!gemm && node.getOp() != "MatMul")
      return failure();
    const Value x = node.getInputs()[0];
    DenseElementsAttr weights = constantOf(node.getInputs()[1]);
    if (!isSequence(x) || !weights || weights.getType().getRank() != 2 || weights.getNumElements() == 0)
      return failure();
    OpBuilder builder(node);
    DenseElementsAttr bias;
    if (gemm) {
      if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1 || number(node, "beta", 1) != 1)
        return failure();
      if (integer(node, "transB", 0) == 0)
        weights = transposed(weights);
      if (Value c = input(node, 2); c && !(bias = vectorOf(c, weights.getType().getShape()[0])))
        return failure();
    } else {
      weights = transposed(weights);
    }
    replace(node, builder.create<rnn::LinearOp>(node.getLoc(), node->getResult(0).getType(), x, node.getNodeAttr(), node.getNames(),
                                                weights, bias));
    return success();
  }

  /// x*W + constant: one operation.
  LogicalResult raiseBias(rnn::NodeOp node) {
    if (node.getOp() != "Add")
      return failure();
    for (unsigned side : {0u, 1u}) {
      auto linear = node.getInputs()[side].getDefiningOp<rnn::LinearOp>();
      if (!linear || linear.getBias() || !linear->hasOneUse() || linear.getResult().getType() != node->getResult(0).getType())
        continue;
      const DenseElementsAttr bias = vectorOf(node.getInputs()[1 - side], features(linear.getResult()));
      if (!bias)
        continue;
      OpBuilder builder(node);
      replace(node, builder.create<rnn::LinearOp>(node.getLoc(), node->getResult(0).getType(), linear.getX(), node.getNodeAttr(),
                                                  node.getNames(), linear.getWeights(), bias));
      linear.erase();
      return success();
    }
    return failure();
  }

  /// Only next to a raised operation: a lone activation is cheaper on the host than a trip to the DPU.
  static bool touchesDpu(rnn::NodeOp node) {
    return llvm::any_of(node.getInputs(), [](Value value) { return isSequenceResult(value); }) ||
           llvm::any_of(node->getUsers(), [](Operation *user) { return isRaised(user); });
  }

  LogicalResult raisePointwise(rnn::NodeOp node) {
    const StringRef op = node.getOp();
    const bool activation = op == "Relu" || op == "Sigmoid" || op == "Tanh", binary = op == "Add" || op == "Sub" || op == "Mul";
    if ((!activation && !binary) || !touchesDpu(node))
      return failure();
    const Type type = node->getResult(0).getType();
    OpBuilder builder(node);
    const auto takes = [&](Value value) { return value.getType() == type && (isSequenceResult(value) || isSequence(value)); };
    if (activation) {
      if (!takes(node.getInputs()[0]))
        return failure();
      replace(node, builder.create<rnn::ActivationOp>(node.getLoc(), type, op, node.getInputs()[0], node.getNode(), node.getNames()));
      return success();
    }
    Value lhs = node.getInputs()[0], rhs = node.getInputs()[1];
    const std::string kind = op.lower();
    if (takes(lhs) && takes(rhs) && sequenceRoot(lhs) == sequenceRoot(rhs) && dimensionsOf(lhs) == dimensionsOf(rhs)) {
      replace(node,
              builder.create<rnn::BinaryOp>(node.getLoc(), type, kind, lhs, rhs, node.getNode(), node.getNames(), ElementsAttr(), false));
      return success();
    }
    for (bool swapped : {false, true}) {
      const Value x = swapped ? rhs : lhs;
      const DenseElementsAttr constant = takes(x) ? vectorOf(swapped ? lhs : rhs, features(x)) : DenseElementsAttr();
      if (!constant)
        continue;
      replace(node,
              builder.create<rnn::BinaryOp>(node.getLoc(), type, kind, x, Value(), node.getNode(), node.getNames(), constant, swapped));
      return success();
    }
    return failure();
  }

  /// The meaning of the dimensions behind a change of shape; empty if it is more than a view of steps, batch and features.
  static std::string dimensionsAfter(rnn::NodeOp node) {
    const Value x = node.getInputs()[0];
    const auto in = cast<RankedTensorType>(x.getType()), out = cast<RankedTensorType>(node->getResult(0).getType());
    std::string dimensions = dimensionsOf(x);
    if (dimensions.size() != size_t(in.getRank()) || out.getRank() < 2 || out.getShape().back() != in.getShape().back())
      return "";
    const DenseElementsAttr second = node.getInputs().size() > 1 ? constantOf(node.getInputs()[1]) : DenseElementsAttr();
    if (node.getOp() != "Reshape") {
      if (!second)
        return "";
      SmallVector<int64_t> axes(second.getValues<int64_t>());
      llvm::sort(axes);
      if (node.getOp() == "Unsqueeze") {
        if (dimensions.find('P') != std::string::npos)
          return "";
        for (int64_t axis : axes)
          dimensions.insert(size_t(axis), "1");
        return dimensions.back() == 'F' ? dimensions : "";
      }
      for (int64_t axis : llvm::reverse(axes)) {
        const char meaning = dimensions[size_t(axis)];
        if (meaning != '1' && !(meaning == 'B' && in.getShape()[size_t(axis)] == 1))
          return "";
        dimensions.erase(size_t(axis), 1);
      }
      return dimensions;
    }
    // Reshape: [T, B, F] and [T*B, F] are understood if the batch is known.
    const size_t batchAt = dimensions.find('B');
    if (dimensions.find('P') != std::string::npos)
      return "";
    const int64_t batch = batchAt == std::string::npos ? 1 : in.getShape()[batchAt];
    if (out.getRank() == 2)
      return batch == 1 ? "TF" : "PF";
    if (out.getRank() == 3 && batch > 0 && out.getShape()[1] == batch)
      return "TBF";
    return "";
  }

  LogicalResult raiseView(rnn::NodeOp node) {
    const StringRef op = node.getOp();
    if ((op != "Squeeze" && op != "Unsqueeze" && op != "Reshape") || !isSequenceResult(node.getInputs()[0]))
      return failure();
    const std::string dimensions = dimensionsAfter(node);
    if (dimensions.empty())
      return failure();
    OpBuilder builder(node);
    auto view =
        builder.create<rnn::ViewOp>(node.getLoc(), node->getResult(0).getType(), node.getInputs()[0], node.getNodeAttr(), node.getNames());
    view->setAttr("dimensions", builder.getStringAttr(dimensions));
    replace(node, view);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// rnn-partition
//===----------------------------------------------------------------------===//

class PartitionPass : public PassWrapper<PartitionPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PartitionPass)
  StringRef getArgument() const override { return "rnn-partition"; }
  StringRef getDescription() const override { return "Collects what runs on the DPU together into regions with implicit time"; }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      block = &function.getBody().front();
      std::map<Operation *, unsigned> level;
      std::vector<std::pair<std::pair<unsigned, Value>, std::vector<Operation *>>> groups;
      for (Operation &op : *block) {
        unsigned own = 0;
        for (Value operand : op.getOperands())
          if (Operation *def = operand.getDefiningOp())
            own = std::max(own,
                           level[def] + (isRaised(def) && !(isRaised(&op) && isSequenceResult(operand) && !isState(op, operand)) ? 1 : 0));
        level[&op] = own;
        if (!isRaised(&op))
          continue;
        const std::pair<unsigned, Value> key(own, sequenceRoot(op.getOperand(0)));
        auto found = llvm::find_if(groups, [&](const auto &group) { return group.first == key; });
        if (found == groups.end())
          found = groups.insert(groups.end(), {key, {}});
        found->second.push_back(&op);
      }
      for (auto [i, group] : llvm::enumerate(groups))
        if (llvm::any_of(group.second, [](Operation *op) { return !isa<rnn::ViewOp>(op); }))
          formRegion(group.second, unsigned(i));
      sortTopologically(block);
      eraseDead(*block);
    }
  }

private:
  Block *block = nullptr;

  static bool isState(Operation &op, Value operand) { return isCell(&op) && op.getOperand(0) != operand; }

  static StringRef nameOf(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return cast<func::FuncOp>(argument.getOwner()->getParentOp())
          .getArgAttrOfType<StringAttr>(argument.getArgNumber(), "rnn.name")
          .getValue();
    Operation *op = value.getDefiningOp();
    if (auto constant = dyn_cast<rnn::ConstantOp>(op))
      return constant.getName();
    return cast<StringAttr>(op->getAttrOfType<ArrayAttr>("names")[cast<OpResult>(value).getResultNumber()]).getValue();
  }

  static Value withoutViews(Value value) {
    while (auto view = value.getDefiningOp<rnn::ViewOp>())
      value = view.getX();
    return value;
  }

  Value hostNode(OpBuilder &builder, StringRef op, StringRef node, StringRef name, Type type, Value x, ArrayRef<int64_t> numbers) {
    const auto vector = RankedTensorType::get({int64_t(numbers.size())}, builder.getI64Type());
    auto argument =
        builder.create<rnn::ConstantOp>(x.getLoc(), vector, (name + "." + op.lower()).str(), DenseElementsAttr::get(vector, numbers));
    argument->setAttr("rnn.generated", builder.getUnitAttr()); // not a tensor of the model
    return builder
        .create<rnn::NodeOp>(x.getLoc(), type, builder.getStringAttr(op), builder.getStringAttr(node), builder.getStrArrayAttr({name}),
                             builder.getDictionaryAttr({}), ValueRange{x, argument.getResult()})
        ->getResult(0);
  }

  /// Gives the region's result [T, B, F] the shape that `value` has in the model.
  Value restoreShape(OpBuilder &builder, Value region, Value value, StringRef node) {
    const std::string dimensions = dimensionsOf(value);
    const std::string name = nameOf(value).str();
    const auto type = cast<RankedTensorType>(value.getType());
    if (dimensions == "TBF")
      return region;
    if (dimensions == "PF")
      return hostNode(builder, "Reshape", node, name, type, region, {-1, type.getShape().back()});
    std::string bare = dimensions;
    llvm::erase(bare, '1');
    SmallVector<int64_t> ones;
    for (auto [i, meaning] : llvm::enumerate(dimensions))
      if (meaning == '1')
        ones.push_back(int64_t(i));
    if (bare == "TF") {
      const auto shape = RankedTensorType::get({type.getShape()[dimensions.find('T')], type.getShape().back()}, type.getElementType());
      region = hostNode(builder, "Squeeze", node, ones.empty() ? name : name + ".squeezed", shape, region, {1});
    }
    return ones.empty() ? region : hostNode(builder, "Unsqueeze", node, name, type, region, ones);
  }

  void formRegion(ArrayRef<Operation *> members, unsigned index) {
    OpBuilder builder(members.back());
    const Location loc = members.back()->getLoc();
    const llvm::SmallPtrSet<Operation *, 16> inside(members.begin(), members.end());
    const auto step = [&](int64_t size) { return VectorType::get({size}, builder.getF32Type()); };

    SmallVector<Value> sequences, states;
    const auto addUnique = [](SmallVector<Value> &list, Value value) {
      if (!llvm::is_contained(list, value))
        list.push_back(value);
    };
    for (Operation *op : members)
      for (Value operand : op->getOperands())
        if (isState(*op, operand))
          addUnique(states, operand);
        else if (!inside.contains(operand.getDefiningOp()))
          addUnique(sequences, operand);

    // Values that are needed outside: sequences without their views, then last states.
    SmallVector<Value> exportedSequences, exportedFinals, aliases;
    for (Operation *op : members)
      for (Value result : op->getResults()) {
        const bool used = llvm::any_of(
            result.getUses(), [&](OpOperand &use) { return !inside.contains(use.getOwner()) || isState(*use.getOwner(), result); });
        if (!used)
          continue;
        if (isSequenceResult(result)) {
          addUnique(exportedSequences, withoutViews(result));
          aliases.push_back(result);
        } else {
          addUnique(exportedFinals, result);
        }
      }

    SmallVector<Type> types;
    SmallVector<std::string> names, inputNames;
    for (Value value : exportedSequences) {
      const auto root = cast<RankedTensorType>(sequenceRoot(value).getType());
      const int64_t batch = root.getRank() == 3 ? root.getShape()[1] : 1;
      types.push_back(RankedTensorType::get({root.getShape()[0], batch, features(value)}, builder.getF32Type()));
      const auto plain = llvm::find_if(aliases, [&](Value alias) { return withoutViews(alias) == value && dimensionsOf(alias) == "TBF"; });
      names.push_back(plain != aliases.end() ? nameOf(*plain).str() : "dpu." + nameOf(value).str());
      if (nameOf(value).empty())
        names.back() = "dpu.region" + std::to_string(index) + "." + std::to_string(names.size());
    }
    for (Value value : exportedFinals) {
      const auto shape = cast<RankedTensorType>(value.getType()).getShape();
      types.push_back(RankedTensorType::get(shape.drop_front(), builder.getF32Type()));
      names.push_back("dpu." + nameOf(value).str());
    }
    SmallVector<Value> inputs(sequences);
    inputs.append(states);
    for (Value input : inputs)
      inputNames.push_back(nameOf(input).str());
    const auto strings = [&](ArrayRef<std::string> list) {
      return builder.getStrArrayAttr(SmallVector<StringRef>(list.begin(), list.end()));
    };
    auto region =
        builder.create<rnn::RegionOp>(loc, types, builder.getStringAttr("region" + std::to_string(index)),
                                      builder.getI64IntegerAttr(int64_t(sequences.size())), strings(inputNames), strings(names), inputs);

    Block &body = region.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(step(features(input)), loc));
    {
      OpBuilder inner = OpBuilder::atBlockEnd(&body);
      for (Operation *op : members) {
        if (auto view = dyn_cast<rnn::ViewOp>(op)) {
          mapping.map(view.getResult(), mapping.lookup(view.getX()));
          continue;
        }
        Operation *copy = inner.clone(*op, mapping);
        for (Value result : copy->getResults())
          result.setType(step(features(result)));
      }
      SmallVector<Value> yielded;
      for (Value value : exportedSequences)
        yielded.push_back(mapping.lookup(value));
      for (Value value : exportedFinals)
        yielded.push_back(mapping.lookup(value));
      inner.create<rnn::YieldOp>(loc, int64_t(exportedSequences.size()), yielded);
    }

    for (Value alias : aliases) {
      const auto position = llvm::find(exportedSequences, withoutViews(alias)) - exportedSequences.begin();
      const StringRef node = alias.getDefiningOp()->getAttrOfType<StringAttr>("node").getValue();
      replaceOutside(alias, restoreShape(builder, region->getResult(unsigned(position)), alias, node), inside);
    }
    for (auto [i, value] : llvm::enumerate(exportedFinals)) {
      const StringRef node = value.getDefiningOp()->getAttrOfType<StringAttr>("node").getValue();
      const Value whole = hostNode(builder, "Unsqueeze", node, nameOf(value), value.getType(),
                                   region->getResult(unsigned(exportedSequences.size() + i)), {0});
      replaceOutside(value, whole, inside);
    }
    for (Operation *op : llvm::reverse(members))
      if (op->use_empty())
        op->erase();
  }

  static void replaceOutside(Value value, Value by, const llvm::SmallPtrSet<Operation *, 16> &inside) {
    value.replaceUsesWithIf(by, [&](OpOperand &use) { return !inside.contains(use.getOwner()) || isState(*use.getOwner(), value); });
  }
};

} // namespace

std::unique_ptr<Pass> createRaisePass() { return std::make_unique<RaisePass>(); }
std::unique_ptr<Pass> createPartitionPass() { return std::make_unique<PartitionPass>(); }

} // namespace softdpu
