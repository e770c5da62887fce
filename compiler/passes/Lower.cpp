//===- Lower.cpp - dpu-lower, dpu-quantise, dpu-tile: cells as dataflow, weights as tiles -===//
//
// What is computed, and with which roundings, is decided here, from the model and the format alone. Everything behind these passes only
// chooses where and when.
//
//===-------------------------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "softdpu/numerics/Half.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

#include <set>

using namespace mlir;

namespace softdpu {
namespace {

/// Far enough below zero that sigmoid gives 0: keeps the lanes behind the last element 0.
constexpr float sigmoidPad = -65504;

using Floats = SmallVector<float>;

/// Builds the dpu.flow of one region.
class Lowering {
public:
  /// \param nodeFormats of nodes that have a format of their own. \param formatted receives which of them have a matrix here.
  Lowering(rnn::RegionOp region, const Arch &arch, const std::map<std::string, BlockFormat> &nodeFormats, std::set<std::string> &formatted)
      : region(region), arch(arch), nodeFormats(nodeFormats), formatted(formatted), builder(region.getContext()) {}

  void run() {
    auto module = region->getParentOfType<ModuleOp>();
    builder.setInsertionPointToEnd(module.getBody());
    auto flow = builder.create<dpu::FlowOp>(region.getLoc(), region.getName(), IntegerAttr());
    Block &block = flow.getBody().emplaceBlock();
    matrices = OpBuilder(flow);
    builder.setInsertionPointToEnd(&block);

    Block &body = region.getBody().front();
    const auto names = region.getInputNames().getAsValueRange<StringAttr>();
    for (auto [i, pair] : llvm::enumerate(llvm::zip(body.getArguments(), names))) {
      auto [argument, name] = pair;
      if (i < region.getSequences())
        mapping.map(argument, Value(builder.create<dpu::InputOp>(loc(), vector(sizeOf(argument)), name)));
      else
        stateNames[argument] = name.str();
    }
    for (Operation &op : body.without_terminator())
      llvm::TypeSwitch<Operation *>(&op)
          .Case([&](rnn::LstmOp cell) { lowerLstm(cell); })
          .Case([&](rnn::GruOp cell) { lowerGru(cell); })
          .Case([&](rnn::SimpleOp cell) { lowerSimple(cell); })
          .Case([&](rnn::LinearOp linear) { lowerLinear(linear); })
          .Case([&](rnn::BinaryOp binary) { lowerBinary(binary); })
          .Case([&](rnn::ActivationOp activation) { lowerActivation(activation); });

    auto yield = cast<rnn::YieldOp>(body.back());
    const auto outputs = region.getNames().getAsValueRange<StringAttr>();
    for (auto [i, pair] : llvm::enumerate(llvm::zip(yield.getValues(), outputs))) {
      auto [value, name] = pair;
      if (i < yield.getSequences())
        builder.create<dpu::OutputOp>(loc(), mapping.lookup(value), name);
      else
        builder.create<dpu::FinalOp>(loc(), mapping.lookup(value), builder.getStringAttr(name), FlatSymbolRefAttr());
    }

    OpBuilder host(region);
    auto call = host.create<dpu::RunOp>(region.getLoc(), region.getResultTypes(), FlatSymbolRefAttr::get(region.getNameAttr()),
                                        region.getInputNames(), region.getNames(), StringAttr(), ArrayAttr(), region.getInputs());
    region->replaceAllUsesWith(call);
    region.erase();
  }

private:
  rnn::RegionOp region;
  const Arch &arch;
  const std::map<std::string, BlockFormat> &nodeFormats;
  std::set<std::string> &formatted;
  OpBuilder builder, matrices{region.getContext()};
  IRMapping mapping;
  llvm::DenseMap<Value, std::string> stateNames;
  StringAttr node; // of the operation being lowered
  unsigned matrixCount = 0;

  Location loc() { return builder.getUnknownLoc(); }
  static int64_t sizeOf(Value value) { return cast<VectorType>(value.getType()).getShape()[0]; }
  VectorType vector(int64_t size) { return VectorType::get({size}, builder.getF16Type()); }
  bool padded(int64_t size) const { return size % arch.nativeDim != 0; }

  static Floats floats(ElementsAttr attr) { return Floats(attr.getValues<float>()); }

  Value constant(StringRef name, ArrayRef<float> values, float pad = 0) {
    SmallVector<char> bytes;
    for (float value : values) {
      const uint16_t bits = halfFromFloat(value).bits;
      bytes.append({char(bits & 0xFF), char(bits >> 8)});
    }
    const auto type = vector(int64_t(values.size()));
    const auto attr = DenseElementsAttr::getFromRawBuffer(type, bytes);
    return builder.create<dpu::ConstantOp>(loc(), type, builder.getStringAttr(name), attr, builder.getF32FloatAttr(pad));
  }

  Value pointwise(StringRef kind, ValueRange operands, StringRef label) {
    auto op = builder.create<dpu::PointwiseOp>(loc(), operands[0].getType(), builder.getStringAttr(kind), operands, node);
    op->setAttr("label", builder.getStringAttr(label));
    return op;
  }
  Value add(Value a, Value b, StringRef label) { return pointwise("add", {a, b}, label); }
  Value mul(Value a, Value b, StringRef label) { return pointwise("mul", {a, b}, label); }
  Value activate(StringRef onnxName, Value x, StringRef label) { return pointwise(onnxName.lower(), {x}, label); }

  /// `gates` picks row blocks of `rows` rows from `weights` ([.., cols]), in this order.
  ResultRange matvec(StringRef name, ElementsAttr weights, ArrayRef<int64_t> gates, int64_t rows, Value x, bool recurrent) {
    const std::string symbol = (region.getName() + "." + Twine(matrixCount++) + "." + name).str();
    IntegerAttr mantissaBits;
    if (const auto own = nodeFormats.find(node.str()); own != nodeFormats.end()) {
      mantissaBits = matrices.getI64IntegerAttr(own->second.mantissaBits);
      formatted.insert(own->first);
    }
    auto matrix = matrices.create<dpu::MatrixOp>(
        loc(), matrices.getStringAttr(symbol), node, matrices.getI64IntegerAttr(int64_t(gates.size())), matrices.getI64IntegerAttr(rows),
        matrices.getI64IntegerAttr(sizeOf(x)), matrices.getBoolAttr(recurrent), mantissaBits, weights, matrices.getDenseI64ArrayAttr(gates),
        ElementsAttr(), ElementsAttr(), IntegerAttr(), IntegerAttr(), IntegerAttr(), IntegerAttr(), StringAttr(), IntegerAttr());
    const SmallVector<Type> types(gates.size(), vector(rows));
    auto op = builder.create<dpu::MatvecOp>(loc(), types, FlatSymbolRefAttr::get(matrix.getSymNameAttr()), x, node);
    op->setAttr("label", builder.getStringAttr(name));
    return op->getResults();
  }

  /// The state of the step before; `value` is set once it exists. \param placeholder any value of that type.
  dpu::DelayOp delay(Value initial, Value placeholder) {
    return builder.create<dpu::DelayOp>(loc(), placeholder.getType(), placeholder,
                                        initial ? builder.getStringAttr(stateNames.at(initial)) : StringAttr());
  }

  /// Adds `bias` to `x` where there is one, or where the lanes behind the last element must be `pad`.
  Value addBias(Value x, const Floats &bias, float pad, StringRef label) {
    const int64_t size = sizeOf(x);
    if (bias.empty() && !(pad != 0 && padded(size)))
      return x;
    return add(x, constant((label + ".bias").str(), bias.empty() ? Floats(size_t(size), 0.0f) : bias, pad), label);
  }

  static Floats part(const Floats &bias, size_t index, size_t size) {
    return bias.empty() ? Floats() : Floats(bias.begin() + index * size, bias.begin() + (index + 1) * size);
  }
  static Floats sum(Floats a, const Floats &b) {
    for (size_t i = 0; i < a.size(); ++i)
      a[i] += b[i];
    return a;
  }

  template <typename Cell> Floats biasOf(Cell cell) { return cell.getBias() ? floats(*cell.getBias()) : Floats(); }
  template <typename Cell> StringRef activation(Cell cell, unsigned index) {
    return cast<StringAttr>(cell.getActivations()[index]).getValue();
  }

  void lowerSimple(rnn::SimpleOp cell) {
    node = cell.getNodeAttr();
    const Floats bias = biasOf(cell);
    const auto hidden = size_t(sizeOf(cell.getResults()[0]));
    const StringRef function = activation(cell, 0);
    const auto w = matvec("W", cell.getInput(), {0}, int64_t(hidden), mapping.lookup(cell.getX()), false);
    const Value x = addBias(w[0], sum(part(bias, 0, hidden), part(bias, 1, hidden)), function == "Sigmoid" ? sigmoidPad : 0, "x");
    auto previous = delay(cell.getInitialH(), w[0]);
    const auto u = matvec("R", cell.getRecurrent(), {0}, int64_t(hidden), previous, true);
    const Value h = activate(function, add(u[0], x, "a"), "h");
    previous.getValueMutable().assign(h);
    mapping.map(cell.getResults()[0], h);
    mapping.map(cell.getResults()[1], h);
  }

  /// R * h for all gates; the last of `order` is the candidate.
  ///
  /// The candidate's tail needs what the tails before it have just computed (f * c, or r and z * h), and stands still for the latency of
  /// the MFUs if the vectors are short. A single layer has nothing better to do; of several, the others can go on meanwhile if the
  /// candidate is a chain of its own, called `candidate`. With fewer MFUs a cell is several chains anyway.
  SmallVector<Value> recurrentProducts(StringRef candidate, ElementsAttr weights, ArrayRef<int64_t> order, size_t hidden, Value h) {
    constexpr unsigned manyCells = 3, shortVectors = 16, mfusForOneChain = 3;
    const auto cells = llvm::count_if(region.getBody().front(), [](Operation &op) { return isa<rnn::LstmOp, rnn::GruOp>(op); });
    if (cells < manyCells || arch.mfus < mfusForOneChain || llvm::divideCeil(hidden, arch.nativeDim) >= shortVectors)
      return SmallVector<Value>(matvec("R", weights, order, int64_t(hidden), h, true));
    SmallVector<Value> products(matvec("R", weights, order.drop_back(), int64_t(hidden), h, true));
    products.push_back(matvec(candidate, weights, order.take_back(), int64_t(hidden), h, true)[0]);
    return products;
  }

  // ONNX's order of gates is i, o, f, c; ours o, f, i, c, so that the candidate, which the recurrence waits for, comes last.
  void lowerLstm(rnn::LstmOp cell) {
    node = cell.getNodeAttr();
    const Floats bias = biasOf(cell);
    const auto hidden = size_t(sizeOf(cell.getResults()[0]));
    const StringRef gate = activation(cell, 0), candidate = activation(cell, 1), output = activation(cell, 2);
    const int64_t order[] = {1, 2, 0, 3};
    const StringRef names[] = {"o", "f", "i", "g"};
    const float pads[] = {output == "Sigmoid" && gate == "Sigmoid" ? sigmoidPad : 0, 0, 0, candidate == "Sigmoid" ? sigmoidPad : 0};

    const auto w = matvec("W", cell.getInput(), order, int64_t(hidden), mapping.lookup(cell.getX()), false);
    SmallVector<Value> x;
    for (unsigned i = 0; i < 4; ++i)
      x.push_back(addBias(w[i], sum(part(bias, size_t(order[i]), hidden), part(bias, size_t(4 + order[i]), hidden)), pads[i],
                          ("x" + names[i]).str()));
    auto previousH = delay(cell.getInitialH(), w[0]), previousC = delay(cell.getInitialC(), w[0]);
    const auto u = recurrentProducts("Rg", cell.getRecurrent(), order, hidden, previousH);
    const Value o = activate(gate, add(u[0], x[0], "ao"), "o");
    const Value f = activate(gate, add(u[1], x[1], "af"), "f");
    const Value fc = mul(f, previousC, "fc");
    const Value i = activate(gate, add(u[2], x[2], "ai"), "i");
    const Value g = activate(candidate, add(u[3], x[3], "ag"), "g");
    const Value c = add(mul(g, i, "ig"), fc, "c");
    const Value h = mul(activate(output, c, "s"), o, "h");
    previousH.getValueMutable().assign(h);
    previousC.getValueMutable().assign(c);
    mapping.map(cell.getResults()[0], h);
    mapping.map(cell.getResults()[1], h);
    mapping.map(cell.getResults()[2], c);
  }

  // ONNX's order of gates is z, r, h; ours r, z, h. h' = (1 - z) n + z h.
  void lowerGru(rnn::GruOp cell) {
    node = cell.getNodeAttr();
    const Floats bias = biasOf(cell);
    const ElementsAttr recurrent = cell.getRecurrent();
    const auto hidden = size_t(sizeOf(cell.getResults()[0]));
    const auto rows = int64_t(hidden);
    const StringRef gate = activation(cell, 0), candidate = activation(cell, 1);
    const float candidatePad = candidate == "Sigmoid" ? sigmoidPad : 0;
    const Floats bz = sum(part(bias, 0, hidden), part(bias, 3, hidden)), br = sum(part(bias, 1, hidden), part(bias, 4, hidden));
    const bool linear = cell.getLinearBeforeReset();
    const Floats bn = linear ? part(bias, 2, hidden) : sum(part(bias, 2, hidden), part(bias, 5, hidden));

    const auto w = matvec("W", cell.getInput(), {1, 0, 2}, rows, mapping.lookup(cell.getX()), false);
    const Value xr = addBias(w[0], br, 0, "xr"), xz = addBias(w[1], bz, 0, "xz"), xn = addBias(w[2], bn, candidatePad, "xn");
    auto previous = delay(cell.getInitialH(), w[0]);
    const SmallVector<Value> u = linear ? recurrentProducts("Rn", recurrent, {1, 0, 2}, hidden, previous)
                                        : SmallVector<Value>(matvec("R", recurrent, {1, 0}, rows, previous, true));

    const Value r = activate(gate, add(u[0], xr, "ar"), "r");
    const Value rh = linear ? Value() : mul(r, previous, "rh");
    const Value az = add(u[1], xz, "az"), ones = constant("ones", Floats(hidden, 1.0f));
    Value z, notZ;
    if (gate == "Sigmoid") {
      notZ = pointwise("one_minus_sigmoid", {az}, "1-z");
      z = pointwise("sub", {ones, notZ}, "z");
    } else {
      z = activate(gate, az, "z");
      notZ = pointwise("sub", {ones, z}, "1-z");
    }
    const Value zh = mul(z, previous, "zh");
    Value n;
    if (linear)
      n = add(mul(addBias(u[2], part(bias, 5, hidden), 0, "un"), r, "run"), xn, "an");
    else
      n = add(matvec("Rn", recurrent, {2}, rows, rh, true)[0], xn, "an");
    const Value h = add(mul(activate(candidate, n, "n"), notZ, "nz"), zh, "h");
    previous.getValueMutable().assign(h);
    mapping.map(cell.getResults()[0], h);
    mapping.map(cell.getResults()[1], h);
  }

  void lowerLinear(rnn::LinearOp linear) {
    node = linear.getNodeAttr();
    const auto y = matvec("W", linear.getWeights(), {0}, sizeOf(linear.getResult()), mapping.lookup(linear.getX()), false);
    mapping.map(linear.getResult(), addBias(y[0], linear.getBias() ? floats(*linear.getBias()) : Floats(), 0, "y"));
  }

  void lowerBinary(rnn::BinaryOp binary) {
    node = binary.getNodeAttr();
    Value lhs = mapping.lookup(binary.getLhs());
    Value rhs = binary.getRhs() ? mapping.lookup(binary.getRhs()) : constant("constant", floats(*binary.getConstant()));
    if (binary.getSwapped())
      std::swap(lhs, rhs);
    mapping.map(binary.getResult(), pointwise(binary.getKind(), {lhs, rhs}, binary.getKind()));
  }

  void lowerActivation(rnn::ActivationOp activation) {
    node = activation.getNodeAttr();
    Value x = mapping.lookup(activation.getX());
    if (activation.getKind() == "Sigmoid")
      x = addBias(x, {}, sigmoidPad, "pad");
    mapping.map(activation.getResult(), activate(activation.getKind(), x, activation.getKind().lower()));
  }
};

class LowerPass : public PassWrapper<LowerPass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerPass)
  StringRef getArgument() const override { return "dpu-lower"; }
  StringRef getDescription() const override { return "Cells to pointwise dataflow around matrix-vector products"; }
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<dpu::DpuDialect>(); }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch))
      return signalPassFailure();
    const FailureOr<std::map<std::string, BlockFormat>> nodeFormats = nodeFormatsOf(getOperation(), *arch);
    if (failed(nodeFormats))
      return signalPassFailure();
    SmallVector<rnn::RegionOp> regions;
    getOperation().walk([&](rnn::RegionOp region) { regions.push_back(region); });
    std::set<std::string> formatted;
    for (rnn::RegionOp region : regions)
      Lowering(region, *arch, *nodeFormats, formatted).run();
    for (const auto &[node, format] : *nodeFormats)
      if (!formatted.contains(node)) {
        getOperation().emitError() << "node \"" << node << "\" has the format " << formatName(format)
                                   << ", but no matrix on the DPU; only matrices have a format";
        return signalPassFailure();
      }
  }
};

/// The numbers of a float32 attribute side by side: its own storage, or a copy if one number stands for all.
class Weights {
public:
  explicit Weights(ElementsAttr attr) {
    if (auto dense = dyn_cast<DenseElementsAttr>(attr); dense && !dense.isSplat())
      view = ArrayRef(reinterpret_cast<const float *>(dense.getRawData().data()), size_t(dense.getNumElements()));
    else
      view = copy = Floats(attr.getValues<float>());
  }
  ArrayRef<float> values() const { return view; }

private:
  Floats copy;
  ArrayRef<float> view;
};

class QuantisePass : public PassWrapper<QuantisePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(QuantisePass)
  StringRef getArgument() const override { return "dpu-quantise"; }
  StringRef getDescription() const override { return "Weights to block floating point"; }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch))
      return signalPassFailure();
    const FailureOr<BlockFormat> format = formatOf(getOperation(), *arch);
    if (failed(format))
      return signalPassFailure();
    const bool withoutValues = getOperation()->hasAttr(timingOnlyAttr);
    for (auto matrix : getOperation().getOps<dpu::MatrixOp>()) {
      if (withoutValues)
        drop(matrix);
      else if (failed(quantise(matrix, *arch, *format)))
        return signalPassFailure();
    }
  }

private:
  /// A matrix of which only the shape matters: no pass behind this one looks at its elements.
  static void drop(dpu::MatrixOp matrix) {
    matrix.setScaleAttr(Builder(matrix.getContext()).getI64IntegerAttr(0));
    matrix.removeValuesAttr();
  }

  static LogicalResult quantise(dpu::MatrixOp matrix, const Arch &arch, BlockFormat format) {
    if (!matrix.getValues())
      return success();
    format.mantissaBits = unsigned(matrix.getMantissaBits().value_or(format.mantissaBits));
    Builder builder(matrix.getContext());
    const auto rows = uint64_t(matrix.getRows()), cols = uint64_t(matrix.getCols());
    const uint64_t paddedRows = llvm::alignTo(rows, arch.nativeDim);
    const Weights weights(*matrix.getValues());
    // Every tail begins with a native tile of its own.
    std::vector<const float *> rowPointers;
    const ArrayRef<int64_t> gates = *matrix.getBlocks();
    for (int64_t gate : gates) {
      for (uint64_t row = 0; row < rows; ++row)
        rowPointers.push_back(weights.values().data() + (uint64_t(gate) * rows + row) * cols);
      rowPointers.resize(llvm::alignTo(rowPointers.size(), paddedRows), nullptr);
    }
    const auto blocks = quantiseMatrix(rowPointers, unsigned(cols), format);
    if (!blocks)
      return matrix.emitError() << "node \"" << matrix.getNode() << "\": weights: " << blocks.error().message;
    matrix.setMantissasAttr(mantissas(builder, *blocks));
    matrix.setExponentsAttr(
        DenseElementsAttr::get(RankedTensorType::get({int64_t(blocks->rows), int64_t(blocks->boxesPerRow)}, builder.getIntegerType(8)),
                               ArrayRef<int8_t>(reinterpret_cast<const int8_t *>(blocks->exponents.data()), blocks->exponents.size())));
    matrix.setScaleAttr(builder.getI64IntegerAttr(blocks->scale));
    matrix.removeValuesAttr();
    return success();
  }

  static ElementsAttr mantissas(Builder &builder, const BlockMatrix &blocks) {
    const int64_t shape[] = {int64_t(blocks.rows), int64_t(blocks.boxesPerRow) * blocks.format.box};
    if (blocks.format.mantissaBits > 7)
      return DenseElementsAttr::get(RankedTensorType::get(shape, builder.getIntegerType(16)), ArrayRef<int16_t>(blocks.mantissas));
    const std::vector<int8_t> narrow(blocks.mantissas.begin(), blocks.mantissas.end());
    return DenseElementsAttr::get(RankedTensorType::get(shape, builder.getIntegerType(8)), ArrayRef<int8_t>(narrow));
  }
};

class TilePass : public PassWrapper<TilePass, OperationPass<ModuleOp>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TilePass)
  StringRef getArgument() const override { return "dpu-tile"; }
  StringRef getDescription() const override { return "Matrices to native tiles, spread over groups of engines"; }

  void runOnOperation() override {
    const FailureOr<Arch> arch = archOf(getOperation());
    if (failed(arch))
      return signalPassFailure();
    Builder builder(&getContext());
    for (auto matrix : getOperation().getOps<dpu::MatrixOp>()) {
      const unsigned rows = unsigned(matrix.getTails()) * unsigned(llvm::divideCeil(uint64_t(matrix.getRows()), arch->nativeDim));
      const unsigned cols = unsigned(llvm::divideCeil(uint64_t(matrix.getCols()), arch->nativeDim));
      if (cols > arch->maxColumns) {
        matrix.emitError() << "node \"" << matrix.getNode() << "\": a matrix has " << matrix.getCols() << " columns, " << cols
                           << " native vectors; architecture " << arch->name << " takes at most " << arch->maxColumns
                           << " (max_columns). Choose a larger architecture, or place the node on the CPU: --place " << matrix.getNode()
                           << "=cpu";
        return signalPassFailure();
      }
      const unsigned group = bestGroup(*arch, rows, cols);
      const bool column = matrix.getRecurrent() && llvm::divideCeil(rows, arch->groups(group)) <= arch->accumulators;
      matrix.setTileRowsAttr(builder.getI64IntegerAttr(rows));
      matrix.setTileColsAttr(builder.getI64IntegerAttr(cols));
      matrix.setGroupAttr(builder.getI64IntegerAttr(group));
      matrix.setOrderAttr(builder.getStringAttr(column ? "column" : "row"));
    }
  }

private:
  /// The group that keeps the engines busiest: fewest cycles, where results drain one a cycle; then fewest MRF slots; then the
  /// largest, because its results come earlier.
  static unsigned bestGroup(const Arch &arch, unsigned rows, unsigned cols) {
    unsigned best = 1;
    std::pair<uint64_t, uint64_t> bestCost(UINT64_MAX, 0);
    for (unsigned group = 1; group <= std::min(arch.tileEngines, 255u); ++group) {
      const unsigned groups = arch.groups(group);
      const uint64_t passes = llvm::divideCeil(rows, groups) * llvm::divideCeil(cols, group);
      const std::pair<uint64_t, uint64_t> cost(std::max<uint64_t>(passes * arch.chunksPerTile(), rows), passes);
      if (cost <= bestCost) {
        best = group;
        bestCost = cost;
      }
    }
    return best;
  }
};

} // namespace

std::unique_ptr<Pass> createLowerPass() { return std::make_unique<LowerPass>(); }
std::unique_ptr<Pass> createQuantisePass() { return std::make_unique<QuantisePass>(); }
std::unique_ptr<Pass> createTilePass() { return std::make_unique<TilePass>(); }

} // namespace softdpu
