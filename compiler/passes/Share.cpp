//===- Share.cpp - dpu-share: what occurs several times, once ------------------------------===//
//
// Encoders that share their weights, and decoders that are written out step by step, give the DPU the same matrices and the same dataflow
// again and again. One copy of each is enough: a matrix may be multiplied by from anywhere, and a flow has no memory between its runs.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Passes.h"

#include <map>

using namespace mlir;

namespace softdpu {
namespace {

/// Whether two flows compute the same, with other names of tensors and nodes.
class FlowComparison {
public:
  FlowComparison(dpu::FlowOp first, dpu::FlowOp second) : first(first), second(second) {}

  bool same() {
    Block &a = first.getBody().front(), &b = second.getBody().front();
    if (a.getOperations().size() != b.getOperations().size())
      return false;
    // Operands may come from behind: dataflow is a graph.
    for (auto [x, y] : llvm::zip(a, b)) {
      if (x.getNumResults() != y.getNumResults())
        return false;
      for (auto [u, v] : llvm::zip(x.getResults(), y.getResults()))
        values[v] = u;
    }
    return llvm::all_of(llvm::zip(a, b), [&](auto pair) { return sameOperation(std::get<0>(pair), std::get<1>(pair)); });
  }

  /// By the names of the second flow, those of the first.
  const std::map<StringRef, StringRef> &inputs() const { return inputNames; }
  const std::map<StringRef, StringRef> &outputs() const { return outputNames; }

private:
  dpu::FlowOp first, second;
  llvm::DenseMap<Value, Value> values;
  std::map<StringRef, StringRef> inputNames, outputNames;

  bool sameOperation(Operation &x, Operation &y) {
    if (x.getName() != y.getName() || x.getNumOperands() != y.getNumOperands() || x.getResultTypes() != y.getResultTypes() ||
        x.getAttrs().size() != y.getAttrs().size())
      return false;
    for (auto [u, v] : llvm::zip(x.getOperands(), y.getOperands()))
      if (values.lookup(v) != u)
        return false;
    const bool leaves = isa<dpu::OutputOp, dpu::FinalOp>(x);
    for (NamedAttribute attribute : x.getAttrs()) {
      const Attribute other = y.getAttr(attribute.getName());
      const StringRef key = attribute.getName().getValue();
      if (!other)
        return false;
      if (key == "tensor" || key == "initial") {
        if (!sameName(leaves ? outputNames : inputNames, cast<StringAttr>(attribute.getValue()), cast<StringAttr>(other)))
          return false;
      } else if (key != "node" && attribute.getValue() != other) {
        return false;
      }
    }
    return true;
  }

  /// One name stands for one: what is one tensor here must be one there, and the other way round.
  static bool sameName(std::map<StringRef, StringRef> &names, StringAttr x, StringAttr y) {
    for (const auto &[from, to] : names)
      if (from == y.getValue() || to == x.getValue())
        return from == y.getValue() && to == x.getValue();
    names[y.getValue()] = x.getValue();
    return true;
  }
};

class SharePass : public PassWrapper<SharePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SharePass)
  StringRef getArgument() const override { return "dpu-share"; }
  StringRef getDescription() const override { return "One copy of equal matrices and of equal flows"; }

  void runOnOperation() override {
    shareMatrices();
    shareFlows();
  }

private:
  /// Attributes are unique, so equal weights are one attribute.
  static bool sameMatrix(dpu::MatrixOp a, dpu::MatrixOp b) {
    return a.getValuesAttr() == b.getValuesAttr() && a.getBlocksAttr() == b.getBlocksAttr() && a.getTails() == b.getTails() &&
           a.getRows() == b.getRows() && a.getCols() == b.getCols() && a.getRecurrent() == b.getRecurrent() &&
           a.getMantissaBits() == b.getMantissaBits();
  }

  void shareMatrices() {
    SmallVector<dpu::MatrixOp> kept;
    std::map<StringRef, FlatSymbolRefAttr> by;
    SmallVector<dpu::MatrixOp> dropped;
    for (auto matrix : getOperation().getOps<dpu::MatrixOp>()) {
      const auto same = llvm::find_if(kept, [&](dpu::MatrixOp other) { return sameMatrix(other, matrix); });
      if (same == kept.end()) {
        kept.push_back(matrix);
        continue;
      }
      by[matrix.getSymName()] = FlatSymbolRefAttr::get(same->getSymNameAttr());
      dropped.push_back(matrix);
    }
    getOperation().walk([&](dpu::MatvecOp product) {
      if (const auto found = by.find(product.getMatrix()); found != by.end())
        product.setMatrixAttr(found->second);
    });
    for (dpu::MatrixOp matrix : dropped)
      matrix.erase();
  }

  void shareFlows() {
    SmallVector<dpu::FlowOp> kept;
    for (auto flow : llvm::make_early_inc_range(getOperation().getOps<dpu::FlowOp>()))
      if (llvm::none_of(kept, [&](dpu::FlowOp other) { return replace(flow, other); }))
        kept.push_back(flow);
  }

  /// Makes all runs of `flow` runs of `by`, if both are the same. The region keeps its name, and its tensors theirs.
  bool replace(dpu::FlowOp flow, dpu::FlowOp by) {
    FlowComparison comparison(by, flow);
    if (!comparison.same())
      return false;
    getOperation().walk([&](dpu::RunOp run) {
      if (run.getFlow() != flow.getSymName())
        return;
      Builder builder(run.getContext());
      const auto renamed = [&](ArrayAttr names, const std::map<StringRef, StringRef> &to) {
        SmallVector<StringRef> result;
        for (const StringRef name : names.getAsValueRange<StringAttr>()) {
          const auto found = to.find(name);
          result.push_back(found == to.end() ? name : found->second); // The flow does not look at every input.
        }
        return builder.getStrArrayAttr(result);
      };
      run.setPortsAttr(renamed(run.getNames(), comparison.outputs()));
      run.setInputNamesAttr(renamed(run.getInputNames(), comparison.inputs()));
      run.setRegionAttr(builder.getStringAttr(run.getFlow()));
      run.setFlowAttr(FlatSymbolRefAttr::get(by.getSymNameAttr()));
    });
    flow.erase();
    return true;
  }
};

} // namespace

std::unique_ptr<Pass> createSharePass() { return std::make_unique<SharePass>(); }

} // namespace softdpu
