//===- Schedule.cpp - dpu-pipeline, dpu-allocate, dpu-sequence: when and where -----------===//
//
// Software pipelining: chains of stage s work on step i - s in iteration i, so that input projections of later steps fill the bubbles of
// the recurrence. With S stages and T steps there are T + S - 1 iterations:
//
//   prologue   i = 0 .. S-2, unrolled: stage s runs if step i - s is one of the T (loop s0-(i-s), max=1)
//   body       loop s0-(S-1): all stages
//   epilogue   j = 0 .. S-2, unrolled: stages above j, in iteration max(T, S-1) + .. (loop s0-(S-2-j), max=1)
//
// which is right for every T >= 0. A buffer of depth D keeps step t in slot t mod D; registers walk through the slots.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Passes.h"

#include <map>
#include <set>

using namespace mlir;

namespace softdpu {
namespace {

/// One access of a chain to a buffer.
struct Access {
  StringRef buffer;
  int64_t delay;
  unsigned tail; ///< 0 for the v_rd, else tail number + 1.
  bool isWrite;
};

SmallVector<Access> accessesOf(dpu::ChainOp chain) {
  SmallVector<Access> accesses;
  unsigned tail = 0;
  for (Operation &op : chain.getBody().front()) {
    if (isa<dpu::NextTailOp>(op) || (tail == 0 && !isa<dpu::VRdOp, dpu::MvMulOp>(op)))
      ++tail;
    for (NamedAttribute attribute : op.getAttrs())
      if (auto reference = dyn_cast<dpu::BufferRefAttr>(attribute.getValue()))
        accesses.push_back({reference.getBuffer().getValue(), reference.getDelay(), tail, isa<dpu::VWrOp>(op)});
  }
  return accesses;
}

int64_t modulo(int64_t value, int64_t by) { return ((value % by) + by) % by; }

//===----------------------------------------------------------------------===//
// dpu-pipeline
//===----------------------------------------------------------------------===//

class Pipeliner {
public:
  Pipeliner(dpu::FlowOp flow, unsigned maxStages, unsigned merged) : flow(flow), maxStages(maxStages), merged(merged) {}

  void run() {
    for (auto chain : flow.getBody().front().getOps<dpu::ChainOp>())
      chains.push_back(chain);
    findEdges();
    findComponents();
    assignStages();
    order();
    setDepths();
  }

private:
  struct Edge {
    unsigned from, to;
    bool delayed;
  };
  dpu::FlowOp flow;
  unsigned maxStages;
  unsigned merged; ///< So many stages of the finest pipeline become one.
  SmallVector<dpu::ChainOp> chains;
  SmallVector<Edge> edges;
  SmallVector<unsigned> component; ///< The first chain of each chain's cycle.
  SmallVector<bool> recurrent;     ///< Per chain: whether its component is a cycle.
  SmallVector<int64_t> stage;
  SmallVector<unsigned> rank; ///< Which of the merged stages.
  bool clamped = false;

  void findEdges() {
    std::map<StringRef, unsigned> writer;
    for (auto [i, chain] : llvm::enumerate(chains))
      for (const Access &access : accessesOf(chain))
        if (access.isWrite)
          writer[access.buffer] = unsigned(i);
    for (auto [i, chain] : llvm::enumerate(chains))
      for (const Access &access : accessesOf(chain))
        if (const auto found = writer.find(access.buffer); !access.isWrite && found != writer.end())
          edges.push_back({found->second, unsigned(i), access.delay > 0});
  }

  void findComponents() {
    const size_t n = chains.size();
    std::vector<std::vector<bool>> reaches(n, std::vector<bool>(n, false));
    for (const Edge &edge : edges)
      reaches[edge.from][edge.to] = true;
    for (size_t k = 0; k < n; ++k)
      for (size_t i = 0; i < n; ++i)
        if (reaches[i][k])
          for (size_t j = 0; j < n; ++j)
            if (reaches[k][j])
              reaches[i][j] = true;
    for (size_t i = 0; i < n; ++i) {
      recurrent.push_back(reaches[i][i]);
      unsigned first = unsigned(i);
      for (unsigned j = 0; j < i; ++j)
        if (reaches[i][j] && reaches[j][i])
          first = std::min(first, j);
      component.push_back(first);
    }
  }

  void assignStages() {
    stage.assign(chains.size(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (const Edge &edge : edges) {
        const bool inside = component[edge.from] == component[edge.to];
        const int64_t least = stage[edge.from] + (inside || edge.delayed ? 0 : 1);
        if (stage[edge.to] < least) {
          stage[edge.to] = least;
          changed = true;
        }
      }
    }
    int64_t stages = 1;
    for (auto [i, chain] : llvm::enumerate(chains)) {
      rank.push_back(unsigned(stage[i] % merged));
      stage[i] /= merged;
      clamped |= stage[i] >= int64_t(maxStages);
      stage[i] = std::min<int64_t>(stage[i], maxStages - 1);
      stages = std::max(stages, stage[i] + 1);
      chain.setStageAttr(IntegerAttr::get(IntegerType::get(flow.getContext(), 64), stage[i]));
    }
    flow.setStagesAttr(IntegerAttr::get(IntegerType::get(flow.getContext(), 64), stages));
  }

  /// The chains of one rank: cycles first, in turns, and what does not hang on them spread in between, to fill their latency.
  void orderRank(unsigned which, SmallVector<dpu::ChainOp> &ordered) const {
    std::map<unsigned, SmallVector<dpu::ChainOp>> cycles;
    SmallVector<dpu::ChainOp> others;
    for (auto [i, chain] : llvm::enumerate(chains))
      if (rank[i] == which && recurrent[i])
        cycles[component[i]].push_back(chain);
      else if (rank[i] == which)
        others.push_back(chain);
    size_t taken = 0, index = 0, rounds = 0;
    for (const auto &[first, members] : cycles)
      rounds = std::max(rounds, members.size());
    for (size_t round = 0; round < rounds; ++round)
      for (auto &[first, members] : cycles) {
        if (round < members.size())
          ordered.push_back(members[round]);
        if (round + 1 == rounds)
          for (const size_t end = (++index) * others.size() / cycles.size(); taken < end; ++taken)
            ordered.push_back(others[taken]);
      }
    ordered.append(others.begin() + int64_t(taken), others.end());
  }

  void order() {
    if (clamped)
      return; // Chains of one stage depend on each other: keep their order.
    SmallVector<dpu::ChainOp> ordered;
    for (unsigned r = 0; r < merged; ++r)
      orderRank(r, ordered);
    Block &block = flow.getBody().front();
    Operation *after = chains.back();
    if (Operation *last = after->getNextNode(); last) {
      for (dpu::ChainOp chain : ordered)
        chain->moveBefore(last);
    } else {
      for (dpu::ChainOp chain : ordered)
        chain->moveBefore(&block, block.end());
    }
    chains = ordered;
  }

  void setDepths() {
    struct Position {
      int64_t stage;
      std::pair<unsigned, unsigned> place;
    };
    std::map<StringRef, Position> writers;
    for (auto [i, chain] : llvm::enumerate(chains))
      for (const Access &access : accessesOf(chain))
        if (access.isWrite)
          writers[access.buffer] = {int64_t(*chain.getStage()), {unsigned(i), access.tail}};
    std::map<StringRef, int64_t> depths;
    for (auto [i, chain] : llvm::enumerate(chains))
      for (const Access &access : accessesOf(chain)) {
        const auto writer = writers.find(access.buffer);
        if (access.isWrite || writer == writers.end())
          continue;
        const bool writtenBefore = writer->second.place < std::pair(unsigned(i), access.tail);
        const int64_t depth = int64_t(*chain.getStage()) + access.delay - writer->second.stage + (writtenBefore ? 1 : 0);
        depths[access.buffer] = std::max(depths[access.buffer], depth);
      }
    for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>())
      if (const auto found = depths.find(buffer.getSymName()); found != depths.end() && found->second > 1)
        buffer.setDepth(uint64_t(found->second));
  }
};

class PipelinePass : public PassWrapper<PipelinePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PipelinePass)
  StringRef getArgument() const override { return "dpu-pipeline"; }
  StringRef getDescription() const override { return "Stages, order inside an iteration, depths of buffers"; }

  void runOnOperation() override {
    unsigned maxStages = 64;
    if (auto limit = getOperation()->getAttrOfType<IntegerAttr>(maxStagesAttr))
      maxStages = std::max<unsigned>(1, unsigned(limit.getInt()));
    unsigned merged = 1;
    if (auto given = getOperation()->getAttrOfType<IntegerAttr>(mergedStagesAttr))
      merged = std::max<unsigned>(1, unsigned(given.getInt()));
    for (auto flow : getOperation().getOps<dpu::FlowOp>())
      Pipeliner(flow, maxStages, merged).run();
  }
};

//===----------------------------------------------------------------------===//
// dpu-allocate
//===----------------------------------------------------------------------===//

class AllocatePass : public PassWrapper<AllocatePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(AllocatePass)
  StringRef getArgument() const override { return "dpu-allocate"; }
  StringRef getDescription() const override { return "Addresses of buffers and matrices"; }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch) || failed(allocateMatrices(*arch)) || failed(allocateBuffers(*arch)))
      signalPassFailure();
  }

private:
  LogicalResult allocateMatrices(const Arch &arch) {
    Builder builder(&getContext());
    uint64_t next = 0;
    for (auto matrix : getOperation().getOps<dpu::MatrixOp>()) {
      const auto group = unsigned(matrix.getGroup().value_or(1));
      matrix.setSlotAttr(builder.getI64IntegerAttr(int64_t(next)));
      next +=
          llvm::divideCeil(uint64_t(*matrix.getTileRows()), arch.groups(group)) * llvm::divideCeil(uint64_t(*matrix.getTileCols()), group);
    }
    if (next > arch.mrfTiles) {
      getOperation()->setAttr(tooManyWeightsAttr, builder.getUnitAttr());
      return getOperation().emitError() << "the weights need " << next << " native tiles in every tile engine; architecture " << arch.name
                                        << " has " << arch.mrfTiles
                                        << " (mrf_tiles). Choose a larger architecture, or place nodes on the CPU: --place NODE=cpu";
    }
    return success();
  }

  /// Constants stay loaded, so they come first, for all flows; flows run one after another and share the rest.
  LogicalResult allocateBuffers(const Arch &arch) {
    Builder builder(&getContext());
    const auto place = [&](dpu::BufferOp buffer, uint64_t base, uint64_t stride) {
      buffer.setBaseAttr(builder.getI64IntegerAttr(int64_t(base)));
      buffer.setStrideAttr(builder.getI64IntegerAttr(int64_t(stride)));
    };
    std::map<StringRef, uint64_t> constants, used;
    for (auto flow : getOperation().getOps<dpu::FlowOp>())
      for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>())
        if (buffer.getConstant()) {
          uint64_t &next = constants[buffer.getMemory()];
          place(buffer, next, 0);
          next += buffer.getVectors();
        }
    used = constants;
    for (auto flow : getOperation().getOps<dpu::FlowOp>()) {
      // Rings of equal depth stand side by side in frames, so that one register serves them all.
      std::map<std::pair<StringRef, uint64_t>, SmallVector<dpu::BufferOp>> rings;
      for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>())
        if (!buffer.getConstant())
          rings[{buffer.getMemory(), buffer.getDepth()}].push_back(buffer);
      std::map<StringRef, uint64_t> next = constants;
      for (auto &[key, buffers] : rings) {
        uint64_t frame = 0;
        for (dpu::BufferOp buffer : buffers)
          frame += buffer.getVectors();
        uint64_t &base = next[key.first];
        for (dpu::BufferOp buffer : buffers) {
          place(buffer, base, frame);
          base += buffer.getVectors();
        }
        base += frame * (key.second - 1);
      }
      for (const auto &[memory, end] : next)
        used[memory] = std::max(used[memory], end);
    }
    for (const auto &[memory, end] : used) {
      const auto [capacity, key] = memory.starts_with("addsub")     ? std::pair(arch.addSubVrf, "addsub_vrf")
                                   : memory.starts_with("multiply") ? std::pair(arch.multiplyVrf, "multiply_vrf")
                                                                    : std::pair(arch.initialVrf, "initial_vrf");
      if (end > capacity)
        return getOperation().emitError() << "memory " << memory << " must hold " << end << " native vectors; architecture " << arch.name
                                          << " has " << capacity << " (" << key
                                          << "). Choose a larger architecture, or place nodes on the CPU: --place NODE=cpu";
    }
    return success();
  }
};

//===----------------------------------------------------------------------===//
// dpu-sequence
//===----------------------------------------------------------------------===//

class Sequencer {
public:
  explicit Sequencer(dpu::FlowOp flow) : flow(flow), builder(flow.getContext()), stages(int64_t(flow.getStages().value_or(1))) {}

  LogicalResult run() {
    for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>())
      buffers[buffer.getSymName()] = buffer;
    for (auto chain : flow.getBody().front().getOps<dpu::ChainOp>())
      chains.push_back(chain);
    builder.setInsertionPoint(flow);
    sequence = builder.create<dpu::SequenceOp>(loc(), flow.getSymName(), ArrayAttr(), ArrayAttr(), ArrayAttr(), ArrayAttr());
    Block *block = &sequence.getBody().emplaceBlock();

    // The body comes first in time of making: it finds the registers that the beginning sets.
    builder.setInsertionPointToEnd(block);
    auto body = loop(-(stages - 1), 65535);
    {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(&body.getBody().front());
      for (dpu::ChainOp chain : chains)
        copy(chain, std::nullopt);
    }
    epilogue();
    finals();
    builder.create<dpu::HaltOp>(loc());

    builder.setInsertionPointToStart(block);
    setRegisters();
    initialStates();
    prologue();
    if (registers.size() > 32)
      return flow.emitError() << "the pipeline needs " << registers.size() << " address registers; there are 32";
    for (dpu::LoopOp loop : advancing)
      loop.setAdvance(allRegisters());
    setPorts();
    flow.erase();
    return success();
  }

private:
  /// A register that walks through rings of `depth` slots of `stride` vectors, `phase` slots behind the iteration.
  struct Ring {
    int64_t depth, stride, phase;
    bool operator==(const Ring &) const = default;
  };
  dpu::FlowOp flow;
  OpBuilder builder;
  int64_t stages;
  dpu::SequenceOp sequence;
  std::map<StringRef, dpu::BufferOp> buffers;
  SmallVector<dpu::ChainOp> chains;
  SmallVector<Ring> registers;
  SmallVector<dpu::LoopOp> advancing;

  Location loc() { return builder.getUnknownLoc(); }

  SmallVector<int64_t> allRegisters() const { return llvm::to_vector(llvm::seq<int64_t>(0, int64_t(registers.size()))); }

  int64_t registerFor(const Ring &ring) {
    const auto found = llvm::find(registers, ring);
    if (found != registers.end())
      return found - registers.begin();
    registers.push_back(ring);
    return int64_t(registers.size()) - 1;
  }

  dpu::PlaceAttr at(dpu::BufferOp buffer, int64_t step) {
    const int64_t slot = modulo(step, int64_t(buffer.getDepth()));
    return dpu::PlaceAttr::get(builder.getContext(), buffer.getMemory(), int64_t(*buffer.getBase()) + slot * int64_t(*buffer.getStride()),
                               -1);
  }

  /// What `buffer` holds for the step that is `lag` before the iteration.
  dpu::PlaceAttr behind(dpu::BufferOp buffer, int64_t lag) {
    const auto depth = int64_t(buffer.getDepth());
    if (depth == 1)
      return at(buffer, 0);
    const int64_t reg = registerFor({depth, int64_t(*buffer.getStride()), modulo(lag, depth)});
    return dpu::PlaceAttr::get(builder.getContext(), buffer.getMemory(), int64_t(*buffer.getBase()), reg);
  }

  dpu::LoopOp loop(int64_t add, int64_t max, bool advances = true) {
    auto op = builder.create<dpu::LoopOp>(loc(), builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(add),
                                          builder.getI64IntegerAttr(max), builder.getDenseI64ArrayAttr({}));
    op.getBody().emplaceBlock();
    if (advances)
      advancing.push_back(op);
    return op;
  }

  /// Copies a chain with addresses in place of buffers. \param iteration fixed in the prologue.
  void copy(dpu::ChainOp chain, std::optional<int64_t> iteration) {
    auto result = cast<dpu::ChainOp>(builder.clone(*chain));
    const auto stage = int64_t(*chain.getStage());
    for (Operation &op : result.getBody().front())
      for (NamedAttribute attribute : op.getAttrs()) {
        if (auto reference = dyn_cast<dpu::BufferRefAttr>(attribute.getValue())) {
          dpu::BufferOp buffer = buffers.at(reference.getBuffer().getValue());
          const int64_t lag = stage + reference.getDelay();
          op.setAttr(attribute.getName(), iteration ? at(buffer, *iteration - lag) : behind(buffer, lag));
        } else if (auto matrix = dyn_cast<FlatSymbolRefAttr>(attribute.getValue())) {
          auto module = flow->getParentOfType<ModuleOp>();
          op.setAttr(attribute.getName(), builder.getI64IntegerAttr(int64_t(*module.lookupSymbol<dpu::MatrixOp>(matrix).getSlot())));
        }
      }
  }

  /// Chains of one stage that stand together share a loop.
  void prologue() {
    for (int64_t i = 0; i < stages - 1; ++i)
      for (size_t c = 0; c < chains.size();) {
        const auto stage = int64_t(*chains[c].getStage());
        size_t end = c;
        while (end < chains.size() && int64_t(*chains[end].getStage()) == stage)
          ++end;
        if (stage <= i) {
          auto guardLoop = loop(-(i - stage), 1, false);
          OpBuilder::InsertionGuard guard(builder);
          builder.setInsertionPointToEnd(&guardLoop.getBody().front());
          for (size_t k = c; k < end; ++k)
            copy(chains[k], i);
        }
        c = end;
      }
  }

  void epilogue() {
    for (int64_t j = 0; j < stages - 1; ++j) {
      auto guardLoop = loop(-(stages - 2 - j), 1);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(&guardLoop.getBody().front());
      for (dpu::ChainOp chain : chains)
        if (int64_t(*chain.getStage()) > j)
          copy(chain, std::nullopt);
    }
  }

  /// Registers stand for iteration S-1, the first of the body. A register begins at its base; empty loops move it to its slot.
  void setRegisters() {
    int64_t most = 0;
    const auto slot = [&](const Ring &ring) { return modulo(stages - 1 - ring.phase, ring.depth); };
    for (auto [i, ring] : llvm::enumerate(registers)) {
      builder.create<dpu::AWrOp>(loc(), uint64_t(i), 0, uint64_t(ring.stride), uint64_t(ring.stride * ring.depth));
      most = std::max(most, slot(ring));
    }
    for (int64_t count = 1; count <= most; ++count) {
      SmallVector<int64_t> mask;
      for (auto [i, ring] : llvm::enumerate(registers))
        if (slot(ring) >= count)
          mask.push_back(int64_t(i));
      auto advance = builder.create<dpu::LoopOp>(loc(), IntegerAttr(), builder.getI64IntegerAttr(1), builder.getI64IntegerAttr(65535),
                                                 builder.getDenseI64ArrayAttr(mask));
      advance.getBody().emplaceBlock();
    }
  }

  /// A chain without mv_mul: reads `from`, applies `side` (if not null) and writes `to`.
  void move(StringRef name, int64_t vectors, Attribute from, ArrayRef<Attribute> to, StringRef operation = {}, Attribute side = {},
            StringAttr port = {}) {
    auto chain =
        builder.create<dpu::ChainOp>(loc(), builder.getStringAttr(name), builder.getStringAttr(""), builder.getI64IntegerAttr(vectors),
                                     builder.getI64IntegerAttr(1), IntegerAttr(), IntegerAttr(), StringAttr());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&chain.getBody().emplaceBlock());
    builder.create<dpu::VRdOp>(loc(), from);
    if (operation == "vv_add")
      builder.create<dpu::VvAddOp>(loc(), side);
    else if (operation == "vv_mul")
      builder.create<dpu::VvMulOp>(loc(), side);
    for (Attribute target : to) {
      auto write = builder.create<dpu::VWrOp>(loc(), target);
      if (port)
        write->setAttr("port", port);
    }
  }

  Attribute queue(StringRef name) { return dpu::PlaceAttr::get(builder.getContext(), name, 0, -1); }
  Attribute constant(StringRef name) { return at(buffers.at(flow->getAttrOfType<FlatSymbolRefAttr>(name).getValue()), 0); }

  DictionaryAttr port(StringRef tensor, int64_t features, int64_t lag) {
    return builder.getDictionaryAttr({builder.getNamedAttr("tensor", builder.getStringAttr(tensor)),
                                      builder.getNamedAttr("features", builder.getI64IntegerAttr(features)),
                                      builder.getNamedAttr("lag", builder.getI64IntegerAttr(lag))});
  }

  /// Every state goes to the slot of step -1 of all its buffers.
  void initialStates() {
    SmallVector<Attribute> ports;
    std::vector<std::pair<std::string, SmallVector<dpu::BufferOp>>> states;
    for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>()) {
      if (!buffer.getInitial())
        continue;
      // A chain writes a memory once: buffers that begin with zeros get a chain each.
      const std::string key = buffer.getInitial()->str();
      auto found = llvm::find_if(states, [&](const auto &state) { return state.first == key; });
      if (found == states.end() || key.empty())
        found = states.insert(states.end(), {key, {}});
      found->second.push_back(buffer);
    }
    for (auto &[key, targets] : states) {
      const StringRef tensor = *targets.front().getInitial();
      SmallVector<Attribute> places;
      for (dpu::BufferOp buffer : targets)
        places.push_back(at(buffer, -1));
      move("initial " + tensor.str(), int64_t(targets.front().getVectors()), tensor.empty() ? constant("zeros") : queue("netin"), places);
      if (!tensor.empty())
        ports.push_back(port(tensor, int64_t(targets.front().getFeatures()), 0));
    }
    sequence.setStateInputsAttr(builder.getArrayAttr(ports));
  }

  /// After the last iteration step T-1 lies S iterations behind the next one.
  void finals() {
    SmallVector<Attribute> ports;
    for (auto final : flow.getBody().front().getOps<dpu::FinalOp>()) {
      dpu::BufferOp buffer = buffers.at(*final.getBuffer());
      const dpu::PlaceAttr place = behind(buffer, stages);
      const auto vectors = int64_t(buffer.getVectors());
      const std::string name = "final " + final.getTensor().str();
      if (buffer.getMemory() == "initial")
        move(name, vectors, place, queue("netout"), {}, {}, final.getTensorAttr());
      else if (buffer.getMemory().starts_with("multiply"))
        move(name, vectors, constant("ones"), queue("netout"), "vv_mul", place, final.getTensorAttr());
      else
        move(name, vectors, constant("zeros"), queue("netout"), "vv_add", place, final.getTensorAttr());
      ports.push_back(port(final.getTensor(), int64_t(buffer.getFeatures()), 0));
    }
    sequence.setFinalOutputsAttr(builder.getArrayAttr(ports));
  }

  void setPorts() {
    SmallVector<Attribute> inputs, outputs;
    for (dpu::ChainOp chain : chains) {
      const auto lag = int64_t(*chain.getStage());
      if (chain.getInput())
        inputs.push_back(port(*chain.getInput(), chain->getAttrOfType<IntegerAttr>("inputFeatures").getInt(), lag));
      for (Operation &op : chain.getBody().front())
        if (auto name = op.getAttrOfType<StringAttr>("port"))
          outputs.push_back(port(name.getValue(), op.getAttrOfType<IntegerAttr>("features").getInt(), lag));
    }
    sequence.setSequenceInputsAttr(builder.getArrayAttr(inputs));
    sequence.setSequenceOutputsAttr(builder.getArrayAttr(outputs));
  }
};

class SequencePass : public PassWrapper<SequencePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SequencePass)
  StringRef getArgument() const override { return "dpu-sequence"; }
  StringRef getDescription() const override { return "Prologue, loop and epilogue of each flow, and the load sequence"; }

  void runOnOperation() override {
    makeLoadSequence();
    for (auto flow : llvm::make_early_inc_range(getOperation().getOps<dpu::FlowOp>()))
      if (failed(Sequencer(flow).run()))
        return signalPassFailure();
  }

private:
  /// Fills the MRF and the constants. What the chains take from netin stands in their attributes.
  void makeLoadSequence() {
    OpBuilder builder(&getContext());
    const Location loc = builder.getUnknownLoc();
    const SmallVector<dpu::FlowOp> flows(getOperation().getOps<dpu::FlowOp>());
    if (flows.empty())
      return;
    builder.setInsertionPoint(flows.front());
    auto load = builder.create<dpu::SequenceOp>(loc, "load", ArrayAttr(), ArrayAttr(), ArrayAttr(), ArrayAttr());
    builder.setInsertionPointToEnd(&load.getBody().emplaceBlock());
    const auto chain = [&](StringRef name, StringAttr node, int64_t rows, int64_t cols) {
      auto op = builder.create<dpu::ChainOp>(loc, builder.getStringAttr(name), node, builder.getI64IntegerAttr(rows),
                                             builder.getI64IntegerAttr(cols), IntegerAttr(), IntegerAttr(), StringAttr());
      op.getBody().emplaceBlock();
      return op;
    };
    for (auto matrix : getOperation().getOps<dpu::MatrixOp>()) {
      auto op = chain("load weights", matrix.getNodeAttr(), int64_t(*matrix.getTileRows()), int64_t(*matrix.getTileCols()));
      op->setAttr("matrix", FlatSymbolRefAttr::get(matrix.getSymNameAttr()));
      OpBuilder inner = OpBuilder::atBlockEnd(&op.getBody().front());
      inner.create<dpu::MRdOp>(loc);
      inner.create<dpu::MWrOp>(loc, matrix.getSlotAttr(), matrix.getGroupAttr(), matrix.getOrderAttr());
    }
    for (dpu::FlowOp flow : flows)
      for (auto buffer : flow.getBody().front().getOps<dpu::BufferOp>()) {
        if (!buffer.getConstant())
          continue;
        auto op = chain("load " + buffer.getSymName().str(), builder.getStringAttr(""), int64_t(buffer.getVectors()), 1);
        op->setAttr("constant", *buffer.getConstant());
        op->setAttr("pad", buffer.getPadAttr());
        OpBuilder inner = OpBuilder::atBlockEnd(&op.getBody().front());
        inner.create<dpu::VRdOp>(loc, dpu::PlaceAttr::get(&getContext(), "netin", 0, -1));
        inner.create<dpu::VWrOp>(loc, dpu::PlaceAttr::get(&getContext(), buffer.getMemory(), int64_t(*buffer.getBase()), -1));
      }
    builder.create<dpu::HaltOp>(loc);
  }
};

} // namespace

std::unique_ptr<Pass> createPipelinePass() { return std::make_unique<PipelinePass>(); }
std::unique_ptr<Pass> createAllocatePass() { return std::make_unique<AllocatePass>(); }
std::unique_ptr<Pass> createSequencePass() { return std::make_unique<SequencePass>(); }

} // namespace softdpu
