//===- Emit.cpp - Instruction sequences to a Program -------------------------------------===//
//
// Instructions are encoded from the tables that softdpu-tblgen makes of isa/dpu.td: every operation of the dialect is looked up by its
// mnemonic, and its attributes by the names of the operands.
//
//===-------------------------------------------------------------------------------------===//

#include "codegen/Emit.h"

#include "import/Importer.h"
#include "passes/Passes.h"

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/WeightStream.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>

using namespace mlir;

namespace softdpu {
namespace {

/// Instruction words of all sequences, and which chain each belongs to.
class Encoder {
public:
  Encoder(const Arch &arch, Program &program) : arch(arch), program(program) {}

  void encode(dpu::SequenceOp sequence) {
    rows = cols = 1; // as at every start
    mantissa = arch.mantissaBits;
    encodeBlock(sequence.getBody().front());
  }

private:
  const Arch &arch;
  Program &program;
  int64_t rows = 1, cols = 1, mantissa = 0;

  void push(uint64_t word) { program.instructions.push_back(word); }

  static uint64_t begin(StringRef mnemonic) {
    const isa::InstructionInfo *info = isa::findInstruction(std::string_view(mnemonic));
    return isa::insert(isa::fields::Opcode, uint64_t(info->opcode));
  }

  void encodeBlock(Block &block) {
    for (Operation &op : block) {
      if (auto chain = dyn_cast<dpu::ChainOp>(op))
        encodeChain(chain);
      else if (auto loop = dyn_cast<dpu::LoopOp>(op))
        encodeLoop(loop);
      else
        push(encodeInstruction(op));
    }
  }

  void setScalar(int64_t &current, int64_t value, uint64_t name) {
    if (current == value)
      return;
    current = value;
    push(begin("s_wr") | isa::insert(isa::fields::Unit, name) | isa::insert(isa::fields::ImmA, uint64_t(value)));
  }

  void encodeChain(dpu::ChainOp chain) {
    const auto from = uint32_t(program.instructions.size());
    setScalar(rows, int64_t(chain.getRows()), 0);
    const bool usesColumns = llvm::any_of(chain.getBody().front(), [](Operation &op) { return mlir::isa<dpu::MvMulOp, dpu::MWrOp>(op); });
    if (usesColumns)
      setScalar(cols, int64_t(chain.getCols()), 1);
    if (chain.getMantissa())
      setScalar(mantissa, int64_t(*chain.getMantissa()), 2);
    encodeBlock(chain.getBody().front());
    push(begin("end_chain"));
    program.debug.push_back({from, uint32_t(program.instructions.size()), chain.getName().str(), chain.getNode().str()});
  }

  void encodeLoop(dpu::LoopOp loop) {
    isa::RegisterPlus count{.immediate = int(int64_t(loop.getCount())), .reg = {}};
    if (loop.getScalar())
      count.reg = uint8_t(*loop.getScalar());
    push(begin("loop") | isa::insertRegisterPlus(count) | isa::insert(isa::fields::ImmB, uint64_t(loop.getMax())));
    encodeBlock(loop.getBody().front());
    uint64_t mask = 0;
    for (int64_t reg : loop.getAdvance())
      mask |= uint64_t(1) << reg;
    push(begin("end_loop") | isa::insert(isa::fields::Mask, mask));
  }

  static uint64_t encodePlace(const isa::OperandInfo &operand, dpu::PlaceAttr place) {
    for (const isa::Choice &choice : operand.choices) {
      StringRef name = place.getMemory();
      if (!name.consume_front(StringRef(choice.asmName.data(), choice.asmName.size())))
        continue;
      unsigned mfu = 0;
      if (choice.perMfu ? name.getAsInteger(10, mfu) : !name.empty())
        continue;
      uint64_t word = isa::insert(isa::fields::Unit, choice.value + mfu);
      if (choice.addressed) {
        isa::RegisterPlus address{.immediate = int(place.getImmediate()), .reg = {}};
        if (place.getReg() >= 0)
          address.reg = uint8_t(place.getReg());
        word |= isa::insertRegisterPlus(address);
      }
      return word;
    }
    llvm_unreachable("the verifier lets no other place through");
  }

  static uint64_t encodeInstruction(Operation &op) {
    const StringRef mnemonic = op.getName().stripDialect();
    const isa::InstructionInfo *info = isa::findInstruction(std::string_view(mnemonic));
    uint64_t word = isa::insert(isa::fields::Opcode, uint64_t(info->opcode));
    for (const isa::OperandInfo &operand : info->operands) {
      const mlir::Attribute attr = op.getAttr(StringRef(operand.name.data(), operand.name.size()));
      if (auto place = dyn_cast_or_null<dpu::PlaceAttr>(attr)) {
        word |= encodePlace(operand, place);
        continue;
      }
      int64_t value = operand.defaultValue;
      if (auto number = dyn_cast_or_null<IntegerAttr>(attr))
        value = number.getInt();
      else if (auto name = dyn_cast_or_null<StringAttr>(attr))
        value = std::ranges::find(operand.names, std::string_view(name.getValue())) - operand.names.begin();
      word |= isa::insert(operand.field, uint64_t(value));
    }
    return word;
  }
};

class Emitter {
public:
  Emitter(ModuleOp module, const onnx_import::Model &model, const Arch &arch, const BlockFormat &format)
      : module(module), model(model), arch(arch), format(format) {}

  Expected<Program> run() {
    program.arch = arch;
    program.format = format;
    program.model = model.graph;
    program.inputs = model.inputs;
    program.outputs = model.outputs;
    program.metadata = model.metadata;
    std::map<std::string, uint32_t> entries;
    for (auto sequence : module.getOps<dpu::SequenceOp>()) {
      entries[sequence.getSymName().str()] = uint32_t(program.instructions.size());
      Encoder(arch, program).encode(sequence);
    }
    if (program.instructions.size() > arch.instructionMemory)
      return fail("the program has {} instructions; architecture {} has room for {} (instruction_memory). Choose a larger architecture, or "
                  "place nodes on "
                  "the CPU: --place NODE=cpu",
                  program.instructions.size(), arch.name, arch.instructionMemory);
    for (const auto &[name, entry] : entries)
      if (auto decoded = decodeProgram(program.instructions, entry, arch); !decoded)
        return fail("sequence {}: {}", name, decoded.error().message);
    if (entries.empty())
      emptyLoadSequence();
    else
      program.loadEntry = entries.at("load");
    if (auto loaded = emitLoads(); !loaded)
      return tl::unexpected(loaded.error());
    for (auto function : module.getOps<func::FuncOp>())
      emitSteps(function, entries);
    return std::move(program);
  }

private:
  ModuleOp module;
  const onnx_import::Model &model;
  const Arch &arch;
  const BlockFormat &format;
  Program program;
  llvm::DenseMap<Value, std::string> names;
  llvm::StringSet<> taken; ///< Names that arguments of bodies cannot have.

  /// A model that runs on the host alone still loads: there is just nothing to load.
  void emptyLoadSequence() {
    program.instructions.push_back(isa::insert(isa::fields::Opcode, uint64_t(isa::findInstruction("halt")->opcode)));
  }

  Expected<void> emitLoads() {
    for (auto sequence : module.getOps<dpu::SequenceOp>())
      for (auto chain : sequence.getBody().front().getOps<dpu::ChainOp>()) {
        if (auto constant = chain->getAttrOfType<DenseElementsAttr>("constant")) {
          const Half pad = halfFromFloat(chain->getAttrOfType<FloatAttr>("pad").getValue().convertToFloat());
          for (const APFloat &value : constant.getValues<APFloat>())
            program.loadNetIn.push_back(Half{uint16_t(value.bitcastToAPInt().getZExtValue())});
          program.loadNetIn.resize(llvm::alignTo(program.loadNetIn.size(), arch.nativeDim), pad);
        } else if (auto name = chain->getAttrOfType<FlatSymbolRefAttr>("matrix"); name && !module->hasAttr(timingOnlyAttr)) {
          const std::vector<std::byte> packed = pack(module.lookupSymbol<dpu::MatrixOp>(name));
          program.weights.insert(program.weights.end(), packed.begin(), packed.end());
        }
      }
    return {};
  }

  template <typename T, typename Range> static void assign(std::vector<T> &to, const Range &values) {
    to.assign(values.begin(), values.end());
  }

  std::vector<std::byte> pack(dpu::MatrixOp matrix) {
    BlockMatrix blocks{.rows = unsigned(matrix.getTails() * llvm::alignTo(uint64_t(matrix.getRows()), arch.nativeDim)),
                       .cols = unsigned(matrix.getCols()),
                       .boxesPerRow = unsigned(llvm::divideCeil(uint64_t(matrix.getCols()), format.box)),
                       .format = {.mantissaBits = unsigned(matrix.getMantissaBits().value_or(format.mantissaBits)), .box = format.box},
                       .mantissas = {},
                       .exponents = {},
                       .scale = int(int64_t(*matrix.getScale()))};
    const ElementsAttr mantissas = *matrix.getMantissas();
    if (mantissas.getElementType().isInteger(8))
      assign(blocks.mantissas, mantissas.getValues<int8_t>());
    else
      assign(blocks.mantissas, mantissas.getValues<int16_t>());
    assign(blocks.exponents, matrix.getExponents()->getValues<uint8_t>());
    return packWeights(arch, blocks, unsigned(*matrix.getGroup()), *matrix.getOrder() == "column" ? TileOrder::Column : TileOrder::Row);
  }

  //===--------------------------------------------------------------------===//
  // Steps
  //===--------------------------------------------------------------------===//

  const std::string &nameOf(Value value) {
    if (auto constant = value.getDefiningOp<rnn::ConstantOp>(); constant && !names.contains(value))
      names[value] = addConstant(constant);
    return names[value]; // "" for rnn.absent
  }

  /// \param like its type and shape.
  static Tensor tensorOf(DenseElementsAttr values, const Tensor &like) {
    const ArrayRef<char> raw = values.getRawData();
    const auto *bytes = reinterpret_cast<const std::byte *>(raw.data());
    Tensor tensor{.type = like.type, .shape = like.shape, .data = {}};
    for (int64_t copies = values.isSplat() ? values.getNumElements() : 1; copies > 0; --copies)
      tensor.data.insert(tensor.data.end(), bytes, bytes + raw.size());
    return tensor;
  }

  std::string addConstant(rnn::ConstantOp constant) {
    std::string name = constant.getName().str();
    if (!constant->hasAttr("rnn.generated")) {
      program.constants[name] = tensorOf(cast<DenseElementsAttr>(constant.getValue()), model.constants.at(name));
      return name;
    }
    while (model.constants.contains(name) || program.constants.contains(name))
      name += "'";
    const auto values = cast<DenseElementsAttr>(constant.getValue());
    const bool integers = values.getElementType().isInteger(64);
    program.constants[name] = tensorOf(
        values, {.type = integers ? ElementType::Int64 : ElementType::Float32, .shape = values.getType().getShape().vec(), .data = {}});
    return name;
  }

  void takeNames(func::FuncOp function) {
    for (const Port &input : model.inputs)
      taken.insert(input.name);
    for (const auto &[name, tensor] : model.constants)
      taken.insert(name);
    function.walk([&](Operation *op) {
      if (auto results = op->getAttrOfType<ArrayAttr>("names"))
        for (StringRef name : results.getAsValueRange<StringAttr>())
          taken.insert(name);
    });
  }

  void emitSteps(func::FuncOp function, const std::map<std::string, uint32_t> &entries) {
    takeNames(function);
    Block &block = function.getBody().front();
    for (auto [i, argument] : llvm::enumerate(block.getArguments()))
      names[argument] = model.inputs[i].name;
    for (Operation &op : block) {
      if (auto node = dyn_cast<rnn::NodeOp>(op))
        emitNode(node);
      else if (auto call = dyn_cast<dpu::RunOp>(op))
        emitRegion(call, entries);
      else if (auto result = dyn_cast<func::ReturnOp>(op))
        for (auto [value, port] : llvm::zip(result.getOperands(), model.outputs))
          emitOutput(value, port.name);
    }
  }

  /// An output that is another tensor under a second name.
  void emitOutput(Value value, const std::string &name) {
    const std::string &source = nameOf(value);
    if (source != name)
      program.steps.push_back(HostStep{.op = "Identity", .node = name, .inputs = {source}, .outputs = {name}, .attributes = {}});
  }

  void emitNode(rnn::NodeOp node) { program.steps.push_back(hostStepOf(node)); }

  HostStep hostStepOf(rnn::NodeOp node) {
    HostStep step{.op = node.getOp().str(), .node = node.getNode().str(), .inputs = {}, .outputs = {}, .attributes = {}};
    for (Value input : node.getInputs())
      step.inputs.push_back(nameOf(input));
    for (auto [result, name] : llvm::zip(node.getOutputs(), node.getNames().getAsValueRange<StringAttr>())) {
      names[result] = name.str();
      step.outputs.push_back(name.str());
    }
    for (NamedAttribute attribute : node.getSettings()) {
      const mlir::Attribute value = attribute.getValue();
      softdpu::Attribute &target = step.attributes[attribute.getName().str()];
      if (auto number = dyn_cast<IntegerAttr>(value))
        target = number.getInt();
      else if (auto real = dyn_cast<FloatAttr>(value))
        target = real.getValue().convertToFloat();
      else if (auto text = dyn_cast<StringAttr>(value))
        target = text.str();
      else if (auto numbers = dyn_cast<DenseI64ArrayAttr>(value))
        target = std::vector<int64_t>(numbers.asArrayRef());
      else if (auto reals = dyn_cast<DenseF32ArrayAttr>(value))
        target = std::vector<float>(reals.asArrayRef());
    }
    for (Region &body : node.getBodies())
      step.bodies.push_back(bodyOf(node, body.front()));
    return step;
  }

  HostBody bodyOf(rnn::NodeOp node, Block &block) {
    HostBody body{.inputs = {}, .outputs = {}, .steps = {}};
    for (BlockArgument argument : block.getArguments()) {
      std::string name = node.getNode().str() + ".in" + std::to_string(argument.getArgNumber());
      while (!taken.insert(name).second)
        name += "'";
      names[argument] = std::move(name);
      body.inputs.push_back(portOf(argument));
    }
    for (auto inner : block.getOps<rnn::NodeOp>())
      body.steps.push_back(hostStepOf(inner));
    for (Value value : block.getTerminator()->getOperands())
      body.outputs.push_back(portOf(value));
    return body;
  }

  Port portOf(Value value) {
    const auto type = cast<RankedTensorType>(value.getType());
    Port port{.name = nameOf(value), .type = onnx_import::elementTypeOf(type.getElementType()), .shape = {}};
    for (const int64_t size : type.getShape())
      port.shape.push_back({.size = ShapedType::isDynamic(size) ? -1 : size, .symbol = {}});
    return port;
  }

  static std::vector<RegionPort> portsOf(std::optional<ArrayAttr> attr, const std::map<std::string, std::string> &actual) {
    std::vector<RegionPort> ports;
    if (attr)
      for (auto port : attr->getAsRange<DictionaryAttr>()) {
        const std::string tensor = port.getAs<StringAttr>("tensor").str();
        const auto found = actual.find(tensor);
        ports.push_back({.tensor = found == actual.end() ? tensor : found->second,
                         .features = uint32_t(port.getAs<IntegerAttr>("features").getInt()),
                         .lag = uint32_t(port.getAs<IntegerAttr>("lag").getInt())});
      }
    return ports;
  }

  void emitRegion(dpu::RunOp call, const std::map<std::string, uint32_t> &entries) {
    std::map<std::string, std::string> actual, results; // names of tensors, by those that the flow knows
    for (auto [input, name] : llvm::zip(call.getInputs(), call.getInputNames().getAsValueRange<StringAttr>()))
      actual[name.str()] = nameOf(input);
    const ArrayAttr ports = call.getPorts().value_or(call.getNames());
    for (auto [result, name, port] :
         llvm::zip(call.getOutputs(), call.getNames().getAsValueRange<StringAttr>(), ports.getAsValueRange<StringAttr>())) {
      names[result] = name.str();
      results[port.str()] = name.str();
    }
    auto sequence = module.lookupSymbol<dpu::SequenceOp>(call.getFlowAttr());
    DpuRegion region{.name = call.getRegion().value_or(call.getFlow()).str(),
                     .entryPoint = entries.at(call.getFlow().str()),
                     .stepsFrom = {},
                     .stateInputs = portsOf(sequence.getStateInputs(), actual),
                     .sequenceInputs = portsOf(sequence.getSequenceInputs(), actual),
                     .sequenceOutputs = portsOf(sequence.getSequenceOutputs(), results),
                     .finalOutputs = portsOf(sequence.getFinalOutputs(), results)};
    if (!region.sequenceInputs.empty())
      region.stepsFrom = region.sequenceInputs.front().tensor;
    program.steps.push_back(std::move(region));
  }
};

} // namespace

Expected<Program> emitProgram(ModuleOp module, const onnx_import::Model &model, const Arch &arch, const BlockFormat &format) {
  return Emitter(module, model, arch, format).run();
}

} // namespace softdpu
