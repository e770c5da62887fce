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

#include <map>

using namespace mlir;

namespace softdpu {
namespace {

using namespace cells;

/// Operators that use a value, however it is moved around.
void usersOf(Value value, llvm::SmallPtrSetImpl<Operation *> &users) {
  for (Operation *user : value.getUsers()) {
    if (!users.insert(user).second || !movesElements(user))
      continue;
    users.erase(user);
    for (Value moved : user->getResults())
      usersOf(moved, users);
  }
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

  std::vector<Chain> all() {
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
    llvm::SmallPtrSet<Operation *, 8> users;
    usersOf(earlier.nextC, users);
    return llvm::all_of(users, [&](Operation *user) { return cell.arithmetic.contains(user) || earlier.arithmetic.contains(user); });
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
      while (fuseOne(block)) {
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
  /// The body of a loop that computes more than one cell: rnn-steps takes the layers out of it.
  void fuseInside(rnn::NodeOp loop) {
    Block &body = loop.getBodies()[0].front();
    bool changed = false;
    while (fuseOne(body))
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

  /// A layer changes what other cells take, so they are found again behind it.
  bool fuseOne(Block &block) {
    for (auto node : block.getOps<rnn::NodeOp>())
      if (const auto recurrence = recurrenceIn(node); recurrence && isLayer(*recurrence)) {
        fuse(block, node, *recurrence);
        return true;
      }
    Chains chains(block);
    for (const Chain &chain : chains.all())
      if (isLayer(chain)) {
        fuse(block, chain.last(), chain);
        return true;
      }
    return false;
  }

  /// \param name the node whose name the layer gets. \param found a Chain or a Recurrence.
  template <typename Found> void fuse(Block &block, rnn::NodeOp name, const Found &found) {
    const llvm::StringSet<> before = namesIn(block);
    const std::string own = name.getNode().str();
    // An h that nobody takes may be the last of a cell that is yet to be found by it.
    llvm::SmallPtrSet<Operation *, 8> unused;
    for (Operation &op : block)
      if (op.use_empty() && &op != name)
        unused.insert(&op);
    rnn::NodeOp layer = buildLayer(found);
    sortTopologically(&block);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op) && !unused.contains(&op))
        op.erase();
    noteGone(layer, before, namesIn(block), own);
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
      llvm::SmallPtrSet<Operation *, 8> users;
      for (Value result : op->getResults())
        usersOf(result, users);
      // What is inside and needed outside would be computed twice.
      if (!results.contains(op) && !llvm::all_of(users, belongs))
        return false;
    }
    return true;
  }

  /// Its state enters and leaves the model.
  static bool keepsState(const Chain &chain) {
    const View &h = chain.h[0];
    const Value next = chain.cells[0]->nextH;
    llvm::SmallPtrSet<Operation *, 8> users;
    usersOf(next, users);
    return isa<BlockArgument>(h.base) && h.isWhole() &&
           llvm::any_of(users, [](Operation *user) { return user->hasTrait<OpTrait::IsTerminator>(); });
  }

  static llvm::StringSet<> namesIn(Block &block) {
    llvm::StringSet<> names;
    block.walk([&](rnn::NodeOp node) { names.insert(node.getNode()); });
    return names;
  }

  /// Remembers the nodes that became part of `layer`.
  static void noteGone(rnn::NodeOp layer, const llvm::StringSet<> &before, const llvm::StringSet<> &after, StringRef own) {
    SmallVector<StringRef> gone;
    if (const auto already = layer->getAttrOfType<ArrayAttr>(mergedAttr))
      llvm::append_range(gone, already.getAsValueRange<StringAttr>());
    for (const auto &name : before.keys())
      if (!after.contains(name) && name != own)
        gone.push_back(name);
    llvm::sort(gone);
    layer->setAttr(mergedAttr, OpBuilder(layer).getStrArrayAttr(gone));
  }

  /// Steps of a layer that the model stacks are its sequence; the last of them alone is its last state.
  static void joinSteps(rnn::NodeOp layer, Block &block) {
    const llvm::StringSet<> before = namesIn(block);
    for (auto concat : llvm::make_early_inc_range(block.getOps<rnn::NodeOp>()))
      if (const Value joined = joinedSteps(concat, layer))
        concat->getResult(0).replaceAllUsesWith(joined);
    useLastState(layer);
    eraseDead(block);
    noteGone(layer, before, namesIn(block), layer.getNode());
  }
};

} // namespace

std::unique_ptr<Pass> createCellsPass() { return std::make_unique<CellsPass>(); }

} // namespace softdpu
