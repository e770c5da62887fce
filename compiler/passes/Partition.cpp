//===- Partition.cpp - rnn-partition: what runs on the DPU together ------------------===//

#include "passes/Passes.h"
#include "passes/Sequences.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

#include <map>

using namespace mlir;

namespace softdpu {
namespace {

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
        for (Value operand : usedBy(op))
          if (Operation *def = operand.getDefiningOp(); def && def->getBlock() == block)
            own = std::max(own,
                           level[def] + (isRaised(def) && !(isRaised(&op) && isSequenceResult(operand) && !isState(op, operand)) ? 1 : 0));
        level[&op] = own;
        if (!isRaised(&op))
          continue;
        const std::pair<unsigned, Value> key(own, stepsRoot(op.getOperand(0)));
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

  /// Operands, and what the bodies of `op` take from outside.
  static SmallVector<Value> usedBy(Operation &op) {
    SmallVector<Value> values(op.getOperands());
    for (Region &body : op.getRegions())
      body.walk([&](Operation *inner) { values.append(inner->operand_begin(), inner->operand_end()); });
    return values;
  }

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

std::unique_ptr<Pass> createPartitionPass() { return std::make_unique<PartitionPass>(); }

} // namespace softdpu
