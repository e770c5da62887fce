//===- Cells.cpp - rnn-cells: recurrent layers that are written out -------------------------===//
//
// Exporters write cells as MatMul, Add, Sigmoid, Tanh, Mul; one for each time step if they unroll the loop. Cells are found by their
// arithmetic (Terms.h, Cell.h), linked where one takes the state of another with the same weights, and each chain becomes one RNN, GRU or
// LSTM node over the sequence (Layer.h), which rnn-raise takes to the DPU. What is no cell stays what it was.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/HostSteps.h"
#include "passes/Passes.h"
#include "passes/Sequences.h"
#include "passes/cells/Loop.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "llvm/ADT/StringSet.h"

#include <limits>

using namespace mlir;

namespace softdpu {
namespace {

using namespace cells;

/// Operators that use a result of `op`, however it is moved around.
SmallVector<Operation *> usersOf(Operation *op) {
  SmallVector<Operation *> users, open{op};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!open.empty())
    for (Operation *user : open.pop_back_val()->getUsers())
      if (seen.insert(user).second)
        (movesElements(user) ? open : users).push_back(user);
  return users;
}

/// Whether any of `values` is computed from an operator of `from`.
bool dependOn(ArrayRef<Value> values, const llvm::SmallPtrSetImpl<Operation *> &from) {
  llvm::SmallPtrSet<Operation *, 32> seen;
  SmallVector<Operation *> open;
  const auto visit = [&](Value value) {
    if (Operation *op = value.getDefiningOp(); op && seen.insert(op).second)
      open.push_back(op);
  };
  llvm::for_each(values, visit);
  while (!open.empty()) {
    Operation *op = open.pop_back_val();
    if (from.contains(op))
      return true;
    op->walk([&](Operation *inner) { llvm::for_each(inner->getOperands(), visit); }); // What bodies take from outside, too.
  }
  return false;
}

/// All cells of a block, and which of them are steps of one layer.
class Chains {
public:
  explicit Chains(Block &block) {
    for (auto node : block.getOps<rnn::NodeOp>())
      if (auto cell = cellAt(node, false))
        found.push_back(std::move(*cell));
    for (auto [i, cell] : llvm::enumerate(found))
      byState[cell.nextH] = i;
    links.resize(found.size());
    for (size_t i = 0; i < found.size(); ++i)
      linkToEarlier(i);
  }

  std::vector<Chain> all() const {
    std::vector<Chain> chains;
    for (size_t i = 0; i < found.size(); ++i) {
      if (links[i].before)
        continue;
      Chain chain;
      for (std::optional<size_t> k = i; k; k = links[*k].behind) {
        chain.cells.push_back(&found[*k]);
        chain.h.push_back(links[*k].h ? *links[*k].h : likeliestState(found[*k]));
      }
      chains.push_back(std::move(chain));
    }
    return chains;
  }

private:
  struct Link {
    std::optional<size_t> before, behind;
    std::optional<View> h;
    llvm::SmallPtrSet<Operation *, 8> states; ///< What computes the states of the chain so far.
  };
  std::vector<Cell> found;
  std::vector<Link> links;
  llvm::DenseMap<Value, size_t> byState;

  void linkToEarlier(size_t i) {
    const Cell &cell = found[i];
    for (const View &h : cell.statesAmong()) {
      const auto at = h.isWhole() ? byState.find(h.base) : byState.end();
      if (at == byState.end() || links[at->second].behind || !continues(cell, found[at->second]))
        continue;
      Link &before = links[at->second];
      const Cell &earlier = found[at->second];
      for (const View &earlierH : before.h ? SmallVector<View>{*before.h} : earlier.statesAmong()) {
        if (!sameWeights(earlier, earlierH, cell, h))
          continue;
        addStates(earlier, before.states);
        if (dependsOnStates(cell, h, before.states))
          continue;
        before.h = earlierH;
        before.behind = i;
        links[i].before = at->second;
        links[i].h = h;
        links[i].states = before.states;
        return;
      }
    }
  }

  /// The memory of an LSTM goes on from one step to the next, and nobody else sees it.
  static bool continues(const Cell &cell, const Cell &earlier) {
    if (cell.kind != Cell::Kind::Lstm)
      return true;
    if (earlier.kind != Cell::Kind::Lstm || !cell.c->isWhole() || cell.c->base != earlier.nextC)
      return false;
    return llvm::all_of(usersOf(earlier.nextC.getDefiningOp()),
                        [&](Operation *user) { return cell.arithmetic.contains(user) || earlier.arithmetic.contains(user); });
  }

  static void addStates(const Cell &cell, llvm::SmallPtrSetImpl<Operation *> &states) {
    states.insert(cell.nextH.getDefiningOp());
    if (cell.nextC)
      states.insert(cell.nextC.getDefiningOp());
  }

  static bool dependsOnStates(const Cell &cell, const View &h, const llvm::SmallPtrSetImpl<Operation *> &states) {
    SmallVector<Value> inputs;
    for (const View &operand : cell.operands())
      if (operand != h)
        inputs.push_back(operand.base);
    return dependOn(inputs, states);
  }

  /// Of a single step any operand of the right size is a right h. The state is rather constant than given, and rather given than computed;
  /// and inputs come before states in the signature of a model.
  static View likeliestState(const Cell &cell) {
    const auto score = [](const View &view) {
      const auto argument = dyn_cast<BlockArgument>(view.base);
      return argument                                     ? int64_t(argument.getArgNumber())
             : isZero(view.base) || constantOf(view.base) ? std::numeric_limits<int64_t>::max()
                                                          : -1;
    };
    const SmallVector<View> states = cell.statesAmong();
    return *llvm::max_element(states, [&](const View &a, const View &b) { return score(a) < score(b); });
  }
};

class CellsPass : public PassWrapper<CellsPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(CellsPass)
  StringRef getArgument() const override { return "rnn-cells"; }
  StringRef getDescription() const override { return "Recurrent cells that are written out become RNN, GRU and LSTM nodes"; }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      Block &block = function.getBody().front();
      while (fuseSome(block)) {
      }
      function.walk([&](rnn::NodeOp loop) {
        if (loop.getOp() == "Scan" || loop.getOp() == "Loop")
          fuseInside(loop);
      });
      SmallVector<rnn::NodeOp> layers;
      for (auto node : block.getOps<rnn::NodeOp>())
        if (node->hasAttr(mergedAttr))
          layers.push_back(node);
      for (rnn::NodeOp layer : layers)
        joinSteps(layer, block);
      if (!layers.empty())
        eraseDead(block);
    }
  }

private:
  llvm::SmallPtrSet<void *, 16> erased; ///< Operations, since the chains were found.
  llvm::SetVector<Value> changedValues; ///< States that are results of layers, since then.
  llvm::StringSet<> layerNames;

  /// The body of a loop that computes more than one cell: rnn-steps takes the layers out of it.
  void fuseInside(rnn::NodeOp loop) {
    Block &body = loop.getBodies()[0].front();
    bool changed = false;
    while (fuseSome(body))
      changed = true;
    if (!changed)
      return;
    eraseDead(body);
    Operation *outermost = loop;
    while (auto around = outermost->getParentOfType<rnn::NodeOp>())
      outermost = around;
    for (Operation &op : llvm::make_early_inc_range(body))
      if (isa<rnn::ConstantOp, rnn::AbsentOp>(op))
        op.moveBefore(outermost);
  }

  /// Replaces loops and chains by layers. From the last chain to the first, because a layer changes what cells behind it take.
  bool fuseSome(Block &block) {
    for (auto node : block.getOps<rnn::NodeOp>())
      if (const auto recurrence = recurrenceIn(node); recurrence && isLayer(*recurrence)) {
        fuse(block, node, *recurrence);
        return true;
      }
    const Chains found(block);
    bool changed = false;
    changedValues.clear();
    erased.clear();
    const std::vector<Chain> chains = found.all();
    for (const Chain &chain : llvm::reverse(chains))
      if (!isStale(chain) && isLayer(chain)) {
        for (const Cell *cell : chain.cells)
          for (Value state : {cell->nextH, cell->nextC})
            if (state)
              changedValues.insert(state);
        fuse(block, chain.last(), chain);
        changed = true;
      }
    return changed;
  }

  /// Whether `chain` is not what it was when it was found.
  bool isStale(const Chain &chain) const {
    const auto changed = [&](const View &view) { return changedValues.contains(view.base); };
    for (const Cell *cell : chain.cells)
      if (llvm::any_of(cell->arithmetic, [&](Operation *op) { return erased.contains(op); }) || llvm::any_of(cell->operands(), changed) ||
          (cell->h && changed(*cell->h)) || (cell->c && changed(*cell->c)))
        return true;
    return false;
  }

  /// \param name the node whose name the layer gets. \param found a Chain or a Recurrence.
  template <typename Found> void fuse(Block &block, rnn::NodeOp name, const Found &found) {
    const std::string own = name.getNode().str();
    // An h that nobody takes may be the last of a cell that is yet to be found by it.
    llvm::SmallPtrSet<Operation *, 8> unused;
    for (Operation &op : block)
      if (op.use_empty() && &op != name)
        unused.insert(&op);
    SmallVector<std::string> gone;
    rnn::NodeOp layer = buildLayer(found);
    layerNames.insert(own);
    sortTopologically(&block);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op) && !unused.contains(&op)) {
        noteGone(&op, gone);
        op.erase();
      }
    merge(layer, gone);
  }

  bool isLayer(const Recurrence &recurrence) {
    llvm::SmallPtrSet<Operation *, 32> inside(recurrence.cell.arithmetic.begin(), recurrence.cell.arithmetic.end());
    inside.insert(recurrence.loop);
    rnn::NodeOp loop = recurrence.loop;
    const llvm::SmallPtrSet<Operation *, 1> results{loop};
    return isClosed(inside, results, loop);
  }

  bool isLayer(const Chain &chain) {
    if (!llvm::all_of(chain.cells, [](const Cell *cell) { return fitsLayer(*cell); }))
      return false;
    llvm::SmallPtrSet<Operation *, 32> inside;
    llvm::SmallPtrSet<Operation *, 8> results;
    for (const Cell *cell : chain.cells) {
      inside.insert(cell->arithmetic.begin(), cell->arithmetic.end());
      results.insert(cell->nextH.getDefiningOp());
      if (cell->nextC)
        results.insert(cell->nextC.getDefiningOp());
    }
    // Layers that were built since may have closed a circle.
    SmallVector<Value> inputs;
    for (auto [cell, h] : llvm::zip(chain.cells, chain.h))
      for (const View &operand : cell->operands())
        if (operand != h)
          inputs.push_back(operand.base);
    if (chain.cells.size() > 1 && dependOn(inputs, results))
      return false;
    // One step of an RNN could be any two matrices: only a model that keeps its state says what it is.
    if (chain.cells.size() == 1 && chain.cells[0]->kind == Cell::Kind::Rnn && !keepsState(chain))
      return false;
    return isClosed(inside, results, {});
  }

  /// Whether all of `inside` can go to the DPU, and nothing but `results` is needed outside. \param around a node whose body belongs to it.
  bool isClosed(const llvm::SmallPtrSetImpl<Operation *> &inside, const llvm::SmallPtrSetImpl<Operation *> &results, Operation *around) {
    const auto belongs = [&](Operation *op) { return inside.contains(op) || (around && around->isAncestor(op)); };
    const bool onCpu = getOperation()->hasAttr(fuseOnCpuAttr);
    for (Operation *op : inside) {
      auto node = cast<rnn::NodeOp>(op);
      for (auto placed = node; placed && !onCpu; placed = placed->getParentOfType<rnn::NodeOp>())
        if (placementOf(placed, placed.getNode()) == "cpu")
          return false;
      // What is inside and needed outside would be computed twice.
      if (!results.contains(op) && !llvm::all_of(usersOf(op), belongs))
        return false;
    }
    return true;
  }

  /// Its state enters and leaves the model.
  static bool keepsState(const Chain &chain) {
    const View &h = chain.h[0];
    return isa<BlockArgument>(h.base) && h.isWhole() &&
           llvm::any_of(usersOf(chain.last()), [](Operation *user) { return user->hasTrait<OpTrait::IsTerminator>(); });
  }

  /// Adds the names of the nodes of `op`, which goes.
  void noteGone(Operation *op, SmallVector<std::string> &names) {
    erased.insert(op);
    op->walk([&](rnn::NodeOp node) {
      if (!layerNames.contains(node.getNode()))
        names.push_back(node.getNode().str());
    });
  }

  /// Nodes that became part of `layer`.
  static void merge(rnn::NodeOp layer, const SmallVector<std::string> &gone) {
    llvm::SetVector<StringRef> names;
    if (const auto already = layer->getAttrOfType<ArrayAttr>(mergedAttr))
      for (StringRef name : already.getAsValueRange<StringAttr>())
        names.insert(name);
    names.insert(gone.begin(), gone.end());
    names.remove(layer.getNode());
    SmallVector<StringRef> sorted(names.begin(), names.end());
    llvm::sort(sorted);
    layer->setAttr(mergedAttr, OpBuilder(layer).getStrArrayAttr(sorted));
  }

  /// Steps of a layer that the model stacks are its sequence; the last of them alone is its last state.
  void joinSteps(rnn::NodeOp layer, Block &block) {
    for (auto concat : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>()))
      if (const Value joined = joinedSteps(concat, layer))
        concat->getResult(0).replaceAllUsesWith(joined);
    useLastState(layer);
    SmallVector<std::string> gone;
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op)) {
        noteGone(&op, gone);
        op.erase();
      }
    merge(layer, gone);
  }
};

} // namespace

std::unique_ptr<Pass> createCellsPass() { return std::make_unique<CellsPass>(); }

} // namespace softdpu
