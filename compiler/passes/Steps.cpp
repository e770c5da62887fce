//===- Steps.cpp - rnn-steps: what a Scan or a Loop does step by step, on the whole sequence -===//
//
// A body that has a layer for one time step, between the states that it carries, is that layer over the whole sequence:
//
//   Scan (h0, xs) { h, x: y, h' = GRU (Unsqueeze x, h0 = h); give h', Exp(y) }   -->   ys, h = GRU (xs, h0 = h0);  Exp(ys)
//
// What the body computes in front of the layer, and behind it, becomes a Scan without states, and if it can be, operators on the whole
// sequence. A Loop that runs through all elements of its sequences is a Scan first. The parts are in passes/steps.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Passes.h"
#include "passes/Sequences.h"
#include "passes/steps/Scan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace softdpu {
namespace {

class StepsPass : public PassWrapper<StepsPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(StepsPass)
  StringRef getArgument() const override { return "rnn-steps"; }
  StringRef getDescription() const override { return "What a Scan or a Loop does step by step, on the whole sequence"; }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      for (auto node : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>())) {
        if (node.getBodies().empty() || placementOf(node, node.getNode()) == "cpu")
          continue;
        rnn::NodeOp scan = node.getOp() == "Loop" ? steps::scanOf(node) : node;
        if (!scan || scan.getOp() != "Scan")
          continue;
        for (SmallVector<rnn::NodeOp> open{scan}; !open.empty();) { // One layer after another.
          rnn::NodeOp next = open.pop_back_val();
          if (const auto rest = steps::takeLayerOut(next); succeeded(rest))
            open.append(*rest);
          else
            steps::spread(next);
        }
      }
      eraseDead(block);
    }
  }
};

} // namespace

std::unique_ptr<Pass> createStepsPass() { return std::make_unique<StepsPass>(); }

} // namespace softdpu
