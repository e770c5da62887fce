//===- Chains.cpp - dpu-form-chains: dataflow to chains ----------------------------------===//
//
// Every pointwise operation is put into a *segment*: a path through the MFUs that begins with a result of mv_mul, or with a v_rd. Operands
// that do not come along the path are read from the VRF of the MFU stage, where the segment that produced them wrote them. Operations take
// the next free stage in the fixed order add, activation, multiply of MFU 0, 1, ...; a value that is needed elsewhere must leave at the end
// or at the tap before the last MFU. What does not fit goes on in a new segment that reads the value back from InitialVrf.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <map>
#include <set>

using namespace mlir;

namespace softdpu {
namespace {

/// A stage of an MFU: 0 add, 1 activation, 2 multiply.
enum StageKind : unsigned { AddStage, ActivationStage, MultiplyStage, stageKinds };

StageKind stageOf(dpu::PointwiseOp op) {
  const StringRef kind = op.getKind();
  return kind == "mul" ? MultiplyStage : kind == "add" || kind == "sub" ? AddStage : ActivationStage;
}

/// A value and how many steps ago.
struct Reference {
  Value value;
  unsigned delay = 0;
};

struct PlacedOp {
  dpu::PointwiseOp op;
  unsigned slot; ///< mfu * stageKinds + stage
  Value side;    ///< The operand from the VRF, if there is one.
};

struct Segment {
  dpu::MatvecOp matvec; ///< Or null: `source` is read.
  Reference source;
  bool fromNetIn = false; ///< Else `source` is in InitialVrf.
  Value current;          ///< What the path has computed so far.
  SmallVector<PlacedOp> ops;
  Value tap;         ///< What leaves before the last MFU.
  unsigned next = 0; ///< First free slot.
};

class ChainFormer {
public:
  ChainFormer(dpu::FlowOp flow, const Arch &arch, const BlockFormat &format) : flow(flow), arch(arch), format(format) {}

  void run() {
    eraseUnused();
    while (!formSegments())
      ; // Each round forbids one more tap.
    emit();
  }

private:
  dpu::FlowOp flow;
  const Arch &arch;
  const BlockFormat &format;
  std::vector<Segment> segments;
  llvm::DenseMap<Value, unsigned> producer; ///< Segment that computes a value.
  llvm::SmallDenseSet<Value> noTap;         ///< Values that must end their segment.
  /// Memories in which a value must be kept, in the order of first use.
  llvm::MapVector<Value, llvm::SetVector<StringRef>> homes;
  std::map<std::pair<const void *, std::string>, std::string> symbols;
  std::set<std::string> symbolNames;

  int64_t vectors(Value value) const { return int64_t(llvm::divideCeil(uint64_t(features(value)), arch.nativeDim)); }
  static int64_t features(Value value) { return cast<VectorType>(value.getType()).getShape()[0]; }

  static Reference resolve(Value value) {
    Reference reference{value, 0};
    while (auto delay = reference.value.getDefiningOp<dpu::DelayOp>())
      reference = {delay.getValue(), reference.delay + 1};
    return reference;
  }
  static bool isConstant(Value value) { return value.getDefiningOp<dpu::ConstantOp>() != nullptr; }

  void eraseUnused() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Operation &op : llvm::make_early_inc_range(llvm::reverse(flow.getBody().front())))
        if (op.getNumResults() > 0 && op.use_empty() && !isa<dpu::InputOp>(op)) {
          op.erase();
          changed = true;
        }
    }
  }

  StringRef memory(StageKind kind, unsigned mfu) {
    static constexpr StringRef addSub[] = {"addsub0", "addsub1", "addsub2"}, multiply[] = {"multiply0", "multiply1", "multiply2"};
    return kind == AddStage ? addSub[mfu] : multiply[mfu];
  }

  /// NetIn feeds mv_mul directly if nobody else wants the input.
  static bool isDirectInput(Value value) {
    return value.getDefiningOp<dpu::InputOp>() && value.hasOneUse() && isa<dpu::MatvecOp>(*value.user_begin());
  }

  void need(Value value, StringRef where) { homes[resolve(value).value].insert(where); }

  //===--------------------------------------------------------------------===//
  // Segments
  //===--------------------------------------------------------------------===//

  /// \returns false if a tap and a final value meet in one memory; the tap is then in `noTap`.
  bool formSegments() {
    segments.clear();
    producer.clear();
    homes.clear();
    for (Operation &op : flow.getBody().front()) {
      if (auto input = dyn_cast<dpu::InputOp>(op); input && !input.getResult().use_empty() && !isDirectInput(input.getResult()))
        beginSegment({input.getResult(), 0}, input.getResult(), true);
      else if (auto matvec = dyn_cast<dpu::MatvecOp>(op))
        addMatvec(matvec);
      else if (auto pointwise = dyn_cast<dpu::PointwiseOp>(op))
        addPointwise(pointwise);
      else if (auto final = dyn_cast<dpu::FinalOp>(op))
        finals.insert(resolve(final.getValue()).value);
    }
    for (Value value : finals)
      if (!homes.contains(value) || homes[value].empty())
        need(value, "initial");
    for (Segment &segment : segments)
      if (segment.tap && writesCollide(segment)) {
        noTap.insert(segment.tap);
        return false;
      }
    return true;
  }
  llvm::SetVector<Value> finals;

  void addMatvec(dpu::MatvecOp matvec) {
    if (!isDirectInput(matvec.getX()))
      need(matvec.getX(), "initial");
    for (Value result : matvec.getResults()) {
      producer[result] = unsigned(segments.size());
      segments.push_back({.matvec = matvec,
                          .source = resolve(matvec.getX()),
                          .fromNetIn = isDirectInput(matvec.getX()),
                          .current = result,
                          .ops = {},
                          .tap = {},
                          .next = 0});
    }
  }

  Segment &beginSegment(Reference source, Value current, bool fromNetIn) {
    if (fromNetIn)
      producer[current] = unsigned(segments.size());
    segments.push_back({.matvec = {}, .source = source, .fromNetIn = fromNetIn, .current = current, .ops = {}, .tap = {}, .next = 0});
    return segments.back();
  }

  /// Where `value` can be read from: behind segment .. (-1: from the beginning).
  int availableAfter(Value value) const {
    if (isConstant(value) || value.getDefiningOp<dpu::DelayOp>())
      return -1;
    return int(producer.at(value));
  }

  /// The segment whose path `main` may go on with, `side` coming from a VRF.
  int openSegment(Value main, Value side) const {
    if (isConstant(main) || main.getDefiningOp<dpu::DelayOp>())
      return -1;
    // The newest segment that ends with this value: a segment that read it back, or the one that computed it.
    for (int i = int(segments.size()) - 1; i >= 0; --i)
      if (segments[unsigned(i)].current == main)
        return !side || availableAfter(side) < i ? i : -1;
    return -1;
  }

  void addPointwise(dpu::PointwiseOp op) {
    const Value a = op.getInputs()[0], b = op.getInputs().size() > 1 ? op.getInputs()[1] : Value();
    const int viaA = openSegment(a, b), viaB = b ? openSegment(b, a) : -1;
    Value main = a, side = b;
    int at = viaA;
    if (viaB > viaA) {
      std::swap(main, side);
      at = viaB;
    }
    if (at >= 0 && append(segments[unsigned(at)], op, side))
      return finish(op, unsigned(at), side);
    if (at < 0 && b && isConstant(main))
      std::swap(main, side); // A chain begins with what changes.
    need(main, "initial");
    Segment &segment = beginSegment(resolve(main), main, false);
    append(segment, op, side);
    finish(op, unsigned(segments.size()) - 1, side);
  }

  void finish(dpu::PointwiseOp op, unsigned segment, Value side) {
    producer[op.getResult()] = segment;
    if (side)
      need(side, memory(stageOf(op), segments[segment].ops.back().slot / stageKinds));
  }

  /// Whether `value` is needed anywhere but as the path that `user` continues.
  static bool isKept(Value value, Operation *user, Value side) {
    if (side == value)
      return true;
    return llvm::any_of(value.getUsers(), [&](Operation *other) { return other != user; });
  }

  /// Puts `op` behind `segment.current`, or returns false and changes nothing.
  bool append(Segment &segment, dpu::PointwiseOp op, Value side) {
    const unsigned lastMfu = (arch.mfus - 1) * stageKinds;
    unsigned next = segment.next;
    const bool readBack = segment.ops.empty() && !segment.matvec && !segment.fromNetIn; // It is where it is kept.
    const bool tap = !readBack && isKept(segment.current, op, side);
    if (tap) {
      if (segment.tap || noTap.contains(segment.current) || next > lastMfu)
        return false;
      next = lastMfu;
    }
    const unsigned kind = stageOf(op);
    while (next % stageKinds != kind)
      ++next;
    if (next >= arch.mfus * stageKinds)
      return false;
    if (tap)
      segment.tap = segment.current;
    segment.ops.push_back({op, next, side});
    segment.current = op.getResult();
    segment.next = next + 1;
    return true;
  }

  bool writesCollide(const Segment &segment) {
    std::set<std::string> written;
    for (Value value : {segment.tap, segment.current})
      for (const std::string &memory : targets(value))
        if (!written.insert(memory).second)
          return true;
    return false;
  }

  std::vector<std::string> targets(Value value) {
    std::vector<std::string> result;
    for (Operation *user : value.getUsers())
      if (isa<dpu::OutputOp>(user))
        result.push_back("netout");
    if (const auto found = homes.find(value); found != homes.end())
      for (StringRef memory : found->second)
        result.push_back(memory.str());
    return result;
  }

  //===--------------------------------------------------------------------===//
  // Chains
  //===--------------------------------------------------------------------===//

  OpBuilder builder{flow.getContext()};
  Location loc() { return builder.getUnknownLoc(); }

  static std::string labelOf(Value value) {
    Operation *op = value.getDefiningOp();
    if (auto constant = dyn_cast<dpu::ConstantOp>(op))
      return constant.getName().str();
    if (auto input = dyn_cast<dpu::InputOp>(op))
      return input.getTensor().str();
    auto label = op->getAttrOfType<StringAttr>("label");
    auto node = op->getAttrOfType<StringAttr>("node");
    std::string text = (node ? node.getValue().str() + "/" : std::string()) + (label ? label.getValue().str() : std::string("value"));
    return op->getNumResults() > 1 ? text + std::to_string(cast<OpResult>(value).getResultNumber()) : text;
  }

  std::string freshSymbol(const std::string &base) {
    std::string name = base;
    for (unsigned i = 1; !symbolNames.insert(name).second; ++i)
      name = base + "." + std::to_string(i);
    return name;
  }

  dpu::BufferOp makeBuffer(StringRef name, StringRef memory, int64_t size, ElementsAttr constant, float pad, StringAttr initial) {
    return builder.create<dpu::BufferOp>(
        loc(), builder.getStringAttr(freshSymbol((name + "." + memory).str())), builder.getStringAttr(memory),
        builder.getI64IntegerAttr(size), builder.getI64IntegerAttr(int64_t(llvm::divideCeil(uint64_t(size), arch.nativeDim))),
        builder.getI64IntegerAttr(1), constant, builder.getF32FloatAttr(pad), initial, IntegerAttr(), IntegerAttr());
  }

  Attribute reference(Value value, StringRef memory) {
    const Reference target = resolve(value);
    const std::string &symbol = symbols.at({target.value.getAsOpaquePointer(), memory.str()});
    return dpu::BufferRefAttr::get(builder.getContext(), FlatSymbolRefAttr::get(builder.getContext(), symbol), target.delay);
  }

  Attribute queue(StringRef name) { return dpu::PlaceAttr::get(builder.getContext(), name, 0, -1); }

  void instruction(StringRef mnemonic, ArrayRef<NamedAttribute> attributes) {
    OperationState state(loc(), ("dpu." + mnemonic).str());
    state.addAttributes(attributes);
    builder.create(state);
  }

  void emit() {
    Block &block = flow.getBody().front();
    Operation *firstOld = &block.front();
    builder.setInsertionPoint(firstOld);
    emitBuffers();
    for (size_t i = 0; i < segments.size();) {
      size_t end = i + 1;
      while (segments[i].matvec && end < segments.size() && segments[end].matvec == segments[i].matvec)
        ++end;
      emitChain(ArrayRef(segments).slice(i, end - i));
      i = end;
    }
    SmallVector<Operation *> old;
    for (auto it = Block::iterator(firstOld); it != block.end(); ++it)
      old.push_back(&*it);
    for (Operation *op : old)
      if (auto final = dyn_cast<dpu::FinalOp>(op)) {
        const Value value = resolve(final.getValue()).value;
        final.setBufferAttr(cast<dpu::BufferRefAttr>(reference(value, finalHome(value))).getBuffer());
        final.getValueMutable().clear();
      }
    for (Operation *op : old)
      op->dropAllReferences();
    for (Operation *op : llvm::reverse(old))
      if (!isa<dpu::FinalOp>(op))
        op->erase();
  }

  /// InitialVrf can be read without an MFU.
  StringRef finalHome(Value value) { return homes[value].contains("initial") ? StringRef("initial") : homes[value].front(); }

  void emitBuffers() {
    int64_t zeros = 0, ones = 0;
    for (auto &[value, memories] : homes) {
      DenseElementsAttr constant;
      float pad = 0;
      if (auto op = value.getDefiningOp<dpu::ConstantOp>()) {
        constant = cast<DenseElementsAttr>(op.getValue());
        pad = op.getPad().convertToFloat();
      }
      StringAttr initial;
      for (Operation *user : value.getUsers())
        if (auto delay = dyn_cast<dpu::DelayOp>(user)) {
          initial = delay.getInitialAttr() ? delay.getInitialAttr() : builder.getStringAttr("");
          if (initial.empty())
            zeros = std::max(zeros, features(value));
        }
      for (StringRef memory : memories)
        symbols[{value.getAsOpaquePointer(), memory.str()}] =
            makeBuffer(labelOf(value), memory, features(value), constant, pad, initial).getSymName().str();
      if (finals.contains(value) && finalHome(value).starts_with("multiply"))
        ones = std::max(ones, features(value));
      if (finals.contains(value) && finalHome(value).starts_with("addsub"))
        zeros = std::max(zeros, features(value));
    }
    // States that begin with zeros, and finals that only an MFU can read, take these through the pipe.
    for (auto [name, size, number] : {std::tuple("zeros", zeros, 0.0f), std::tuple("ones", ones, 1.0f)})
      if (size > 0) {
        const auto type = VectorType::get({size}, builder.getF16Type());
        const auto attr = DenseElementsAttr::get(type, builder.getF16FloatAttr(number));
        auto buffer = makeBuffer(name, "initial", size, attr, number, StringAttr());
        flow->setAttr(name, FlatSymbolRefAttr::get(buffer.getSymNameAttr()));
      }
  }

  void emitChain(ArrayRef<Segment> tails) {
    const Segment &first = tails.front();
    const Value shown = first.ops.empty() ? first.current : Value(dpu::PointwiseOp(first.ops.front().op).getResult());
    StringAttr node = shown.getDefiningOp()->getAttrOfType<StringAttr>("node");
    if (first.matvec)
      node = dpu::MatvecOp(first.matvec).getNodeAttr();
    const bool direct = first.fromNetIn;
    const std::string name = first.matvec ? first.matvec->getAttrOfType<StringAttr>("label").str() : labelOf(tails.back().current);
    auto chain = builder.create<dpu::ChainOp>(
        loc(), builder.getStringAttr(name), node ? node : builder.getStringAttr(""), builder.getI64IntegerAttr(vectors(first.current)),
        builder.getI64IntegerAttr(first.matvec ? vectors(first.source.value) : 1),
        first.matvec ? builder.getI64IntegerAttr(mantissaBits(first.matvec)) : IntegerAttr(), IntegerAttr(),
        direct ? first.source.value.getDefiningOp<dpu::InputOp>().getTensorAttr() : StringAttr());
    if (direct)
      chain->setAttr("inputFeatures", builder.getI64IntegerAttr(features(first.source.value)));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&chain.getBody().emplaceBlock());
    Attribute source = queue("netin");
    if (!direct) {
      const std::string &symbol = symbols.at({first.source.value.getAsOpaquePointer(), "initial"});
      source = dpu::BufferRefAttr::get(builder.getContext(), FlatSymbolRefAttr::get(builder.getContext(), symbol), first.source.delay);
    }
    instruction("v_rd", builder.getNamedAttr("source", source));
    if (first.matvec)
      emitMvMul(first.matvec);
    for (const Segment &tail : tails) {
      if (&tail != &first)
        instruction("next_tail", {});
      emitTail(tail);
    }
  }

  dpu::MatrixOp matrixOf(dpu::MatvecOp matvec) {
    return flow->getParentOfType<ModuleOp>().lookupSymbol<dpu::MatrixOp>(matvec.getMatrixAttr());
  }

  int64_t mantissaBits(dpu::MatvecOp matvec) { return matrixOf(matvec).getMantissaBits().value_or(format.mantissaBits); }

  void emitMvMul(dpu::MatvecOp matvec) {
    auto matrix = matrixOf(matvec);
    // Activations are scaled by 2^(-14 - m), weights by the scale of their matrix.
    const int64_t scale = matrix.getScale().value_or(0) - 14 - mantissaBits(matvec);
    instruction("mv_mul", {builder.getNamedAttr("matrix", matvec.getMatrixAttr()),
                           builder.getNamedAttr("group", builder.getI64IntegerAttr(matrix.getGroup().value_or(1))),
                           builder.getNamedAttr("tails", builder.getI64IntegerAttr(matvec.getNumResults())),
                           builder.getNamedAttr("scale", builder.getI64IntegerAttr(scale)),
                           builder.getNamedAttr("order", builder.getStringAttr(matrix.getOrder().value_or("row")))});
  }

  void emitTail(const Segment &tail) {
    Value value = tail.ops.empty() ? tail.current : Value();
    bool tapped = false;
    for (const PlacedOp &placed : tail.ops) {
      const unsigned mfu = placed.slot / stageKinds;
      if (tail.tap && !tapped && mfu == arch.mfus - 1) {
        emitWrites(tail.tap);
        tapped = true;
      }
      emitOp(placed, mfu);
      value = dpu::PointwiseOp(placed.op).getResult();
    }
    emitWrites(value);
  }

  void emitOp(const PlacedOp &placed, unsigned mfu) {
    dpu::PointwiseOp op = placed.op;
    const StringRef kind = op.getKind();
    if (placed.side) {
      const bool reversed = op.getInputs()[0] == placed.side && op.getInputs()[1] != placed.side;
      const StringRef mnemonic = kind == "add" ? "vv_add" : kind == "mul" ? "vv_mul" : reversed ? "vv_b_sub_a" : "vv_a_sub_b";
      instruction(mnemonic, builder.getNamedAttr("operand", reference(placed.side, memory(stageOf(op), mfu))));
      return;
    }
    const StringRef mnemonic = kind == "relu" ? "v_relu" : kind == "sigmoid" ? "v_sigm" : kind == "tanh" ? "v_tanh" : "v_one_minus_sigm";
    instruction(mnemonic, builder.getNamedAttr("mfu", builder.getI64IntegerAttr(mfu)));
  }

  void emitWrites(Value value) {
    for (Operation *user : value.getUsers())
      if (auto output = dyn_cast<dpu::OutputOp>(user))
        instruction("v_wr", {builder.getNamedAttr("target", queue("netout")), builder.getNamedAttr("port", output.getTensorAttr()),
                             builder.getNamedAttr("features", builder.getI64IntegerAttr(features(value)))});
    if (const auto found = homes.find(value); found != homes.end())
      for (StringRef memory : found->second)
        instruction("v_wr", builder.getNamedAttr("target", reference(value, memory)));
  }
};

class FormChainsPass : public PassWrapper<FormChainsPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FormChainsPass)
  StringRef getArgument() const override { return "dpu-form-chains"; }
  StringRef getDescription() const override { return "Dataflow of one step to chains of instructions on named buffers"; }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch))
      return signalPassFailure();
    const FailureOr<BlockFormat> format = formatOf(getOperation(), *arch);
    if (failed(format))
      return signalPassFailure();
    for (auto flow : getOperation().getOps<dpu::FlowOp>())
      ChainFormer(flow, *arch, *format).run();
  }
};

} // namespace

std::unique_ptr<Pass> createFormChainsPass() { return std::make_unique<FormChainsPass>(); }

} // namespace softdpu
