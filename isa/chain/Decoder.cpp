//===- Decoder.cpp - Instruction words to chains, with every static check ----------------===//

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/Timing.h"
#include "softdpu/isa/WeightStream.h"

#include <fmt/ranges.h>

namespace softdpu {
namespace {

using namespace isa;

// The enumerations of Chain.h have the values of dpu.td.
static_assert(unsigned(AddOp::Add) == values::AddOpAdd && unsigned(AddOp::ASubB) == values::AddOpASubB &&
              unsigned(AddOp::BSubA) == values::AddOpBSubA && unsigned(AddOp::Max) == values::AddOpMax &&
              unsigned(AddOp::Min) == values::AddOpMin);
static_assert(unsigned(ActivationOp::Relu) == values::ActivationOpRelu && unsigned(ActivationOp::Sigmoid) == values::ActivationOpSigmoid &&
              unsigned(ActivationOp::Tanh) == values::ActivationOpTanh &&
              unsigned(ActivationOp::OneMinusSigmoid) == values::ActivationOpOneMinusSigmoid);
static_assert(unsigned(TileOrder::Row) == values::OrderRow && unsigned(TileOrder::Column) == values::OrderColumn);

/// Position of an operation in a tail: three stages per MFU.
constexpr unsigned stagesPerMfu = 3;
constexpr unsigned stageOf(ChainRole role, unsigned mfu) {
  return stagesPerMfu * mfu + (role == ChainRole::Add ? 0 : role == ChainRole::Activation ? 1 : 2);
}

/// Walks over the words of one sequence.
class Decoder {
public:
  Decoder(std::span<const uint64_t> words, uint32_t entryPoint, const Arch &arch)
      : words_(words), arch_(arch), entryPoint_(entryPoint), pc_(entryPoint), mantissa_(uint8_t(arch.mantissaBits)) {}

  Expected<DecodedProgram> run();

private:
  template <typename... Args> tl::unexpected<Error> error(fmt::format_string<Args...> format, Args &&...args) const {
    return fail("word {} ({}): {}", pc_, info_->mnemonic, fmt::format(format, std::forward<Args>(args)...));
  }
  uint64_t field(Field f) const { return extract(word_, f); }
  bool isLastMfu(unsigned mfu) const { return mfu + 1 == arch_.mfus; }

  Expected<void> step();
  Expected<void> checkOrder();
  Expected<void> execute();
  Expected<void> beginChain();
  Expected<void> multiplyMatrix();
  Expected<void> operate();
  Expected<void> write();
  Expected<void> endTail(bool lastOfChain);
  Expected<void> beginMatrixLoad();
  Expected<void> writeMatrix();
  Expected<void> setScalar();
  Expected<void> beginLoop();
  Expected<void> endLoop();
  Expected<void> setAddressRegister();
  Expected<void> halt();

  /// The address in this word; `vectors` entries from it on must lie in a memory of `entries`.
  Expected<Address> address(std::string_view memory, unsigned vectors, unsigned entries) const;
  Expected<void> checkMatrix(unsigned matrix, unsigned group, unsigned rows) const;
  Expected<unsigned> checkMfu(unsigned mfu) const;
  void beginTail(uint32_t pc);
  void append(Entry entry);

  std::span<const uint64_t> words_;
  const Arch &arch_;
  const uint32_t entryPoint_;
  DecodedProgram result_;

  // The word being decoded, and the one before.
  uint32_t pc_;
  uint64_t word_ = 0;
  const InstructionInfo *info_ = nullptr;
  const InstructionInfo *previous_ = nullptr;

  // Lexical state.
  uint16_t rows_ = 1, cols_ = 1;
  uint8_t mantissa_;
  uint32_t registersSet_ = 0;
  std::vector<size_t> loops_; ///< Entries of the open loops.

  // The open chain or matrix load.
  Tail tail_;
  MatrixLoad load_;
  bool inMatrixLoad_ = false;
  unsigned tailsExpected_ = 0, tailsSeen_ = 0;
  int lastStage_ = -1;        ///< Of the open tail; -1: no operation yet.
  bool writtenSince_ = false; ///< A write stands after the last operation.
};

Expected<DecodedProgram> Decoder::run() {
  if (entryPoint_ >= words_.size())
    return fail("entry point {} is outside the program, which has {} words", entryPoint_, words_.size());
  for (; pc_ < words_.size(); ++pc_) {
    word_ = words_[pc_];
    auto info = checkWord(word_);
    if (!info)
      return fail("word {}: {}", pc_, info.error().message);
    info_ = *info;
    if (auto ok = step(); !ok)
      return tl::unexpected(ok.error());
    previous_ = info_;
    if (info_->role == ChainRole::Halt)
      return std::move(result_);
  }
  return fail("word {}: the program ends without halt", words_.size());
}

Expected<void> Decoder::step() {
  if (auto ok = checkOrder(); !ok)
    return ok;
  return execute();
}

Expected<void> Decoder::checkOrder() {
  ChainRole before = previous_ ? previous_->role : ChainRole::Control;
  if (mayFollow(before, info_->role))
    return {};
  std::vector<std::string_view> allowed;
  for (const InstructionInfo &candidate : allInstructions())
    if (mayFollow(before, candidate.role))
      allowed.push_back(candidate.mnemonic);
  return error("may not stand {}; allowed there: {}",
               previous_ ? fmt::format("after {}", previous_->mnemonic) : "at the begin of a sequence", fmt::join(allowed, ", "));
}

Expected<void> Decoder::execute() {
  switch (info_->opcode) {
  case Opcode::VRd:
    return beginChain();
  case Opcode::MvMul:
    return multiplyMatrix();
  case Opcode::VvAdd:
  case Opcode::VvASubB:
  case Opcode::VvBSubA:
  case Opcode::VvMax:
  case Opcode::VvMin:
  case Opcode::VvMul:
  case Opcode::VRelu:
  case Opcode::VSigm:
  case Opcode::VTanh:
  case Opcode::VOneMinusSigm:
    return operate();
  case Opcode::VWr:
    return write();
  case Opcode::NextTail:
    return endTail(false);
  case Opcode::EndChain:
    if (!inMatrixLoad_)
      return endTail(true);
    inMatrixLoad_ = false;
    append(load_);
    return {};
  case Opcode::MRd:
    return beginMatrixLoad();
  case Opcode::MWr:
    return writeMatrix();
  case Opcode::SWr:
    return setScalar();
  case Opcode::Loop:
    return beginLoop();
  case Opcode::EndLoop:
    return endLoop();
  case Opcode::AWr:
    return setAddressRegister();
  case Opcode::Halt:
    return halt();
  }
  return error("has no meaning");
}

Expected<Address> Decoder::address(std::string_view memory, unsigned vectors, unsigned entries) const {
  Address result{.immediate = uint16_t(field(fields::ImmA)), .reg = {}};
  if (field(fields::UseReg)) {
    result.reg = uint8_t(field(fields::Reg));
    if (!(registersSet_ >> *result.reg & 1))
      return error("address register a{} is used before any a_wr sets it", *result.reg);
  } else if (result.immediate + vectors > entries) {
    return error("{} entries from {}[{}] on do not fit; the memory has {} entries", vectors, memory, result.immediate, entries);
  }
  return result;
}

void Decoder::append(Entry entry) {
  result_.entries.push_back(std::move(entry));
  result_.ready.push_back(pc_ + 1 - entryPoint_);
}

void Decoder::beginTail(uint32_t pc) {
  uint8_t group = tail_.group;
  bool matrixResult = tail_.matrixResult;
  tail_ = Tail{};
  tail_.rows = rows_;
  tail_.pc = pc;
  tail_.group = group;
  tail_.matrixResult = matrixResult;
  lastStage_ = -1;
  writtenSince_ = false;
}

Expected<void> Decoder::beginChain() {
  tail_ = Tail{};
  beginTail(pc_);
  tailsExpected_ = 1;
  tailsSeen_ = 0;
  Head head{.source = field(fields::Unit) == values::VectorSourceNetIn ? Source::NetIn : Source::InitialVrf,
            .address = {},
            .rows = rows_,
            .mvMul = {}};
  if (head.source == Source::InitialVrf) {
    bool multiplies = pc_ + 1 < words_.size() && extract(words_[pc_ + 1], fields::Opcode) == uint64_t(Opcode::MvMul);
    auto from = address("initial", multiplies ? cols_ : rows_, arch_.initialVrf);
    if (!from)
      return tl::unexpected(from.error());
    head.address = *from;
  }
  tail_.head = head;
  return {};
}

Expected<void> Decoder::checkMatrix(unsigned matrix, unsigned group, unsigned rows) const {
  if (group > arch_.tileEngines)
    return error("group is {}, allowed are 1..{} (tile_engines)", group, arch_.tileEngines);
  if (cols_ > arch_.maxColumns)
    return error("cols is {}, allowed are 1..{} (max_columns)", cols_, arch_.maxColumns);
  uint32_t slots = matrixSlots(arch_, rows, cols_, group);
  if (matrix + slots > arch_.mrfTiles)
    return error("{} x {} tiles with group {} take slots {}..{}; the MRF has {} (mrf_tiles)", rows, cols_, group, matrix,
                 matrix + slots - 1, arch_.mrfTiles);
  return {};
}

Expected<void> Decoder::multiplyMatrix() {
  MvMul op{.matrix = uint16_t(field(fields::ImmA)),
           .group = uint8_t(field(fields::Group)),
           .tails = uint8_t(field(fields::Tails)),
           .scale = int8_t(extractSigned(word_, fields::Scale)),
           .order = TileOrder(field(fields::Order))};
  unsigned rows = unsigned(rows_) * op.tails;
  if (auto ok = checkMatrix(op.matrix, op.group, rows); !ok)
    return ok;
  unsigned groups = arch_.groups(op.group), rowPasses = (rows + groups - 1) / groups;
  if (op.order == TileOrder::Column && rowPasses > arch_.accumulators)
    return error("column order needs {} accumulators for {} row tiles with group {}; there are {}", rowPasses, rows, op.group,
                 arch_.accumulators);
  Head &head = *tail_.head;
  head.mvMul = op;
  head.cols = cols_;
  head.mantissa = mantissa_;
  tail_.matrixResult = true;
  tail_.group = op.group;
  tailsExpected_ = op.tails;
  return {};
}

Expected<unsigned> Decoder::checkMfu(unsigned mfu) const {
  if (mfu >= arch_.mfus)
    return error("names MFU {}, allowed are 0..{} (mfus)", mfu, arch_.mfus - 1);
  return mfu;
}

Expected<void> Decoder::operate() {
  auto checked = checkMfu(unsigned(field(fields::Unit)));
  if (!checked)
    return tl::unexpected(checked.error());
  unsigned mfu = *checked;
  int stage = int(stageOf(info_->role, mfu));
  if (stage <= lastStage_)
    return error("MFU {} has already done this or a later operation; the order is MFU 0..{}, in each add, activation, multiply", mfu,
                 arch_.mfus - 1);
  if (writtenSince_) {
    bool taps = isLastMfu(mfu) && lastStage_ < int(stagesPerMfu * mfu);
    if (!taps)
      return error("stands after a v_wr; only a tap may be written before an operation: in front of the first one of MFU {}, the last",
                   arch_.mfus - 1);
    for (auto *write : {&tail_.netOut, &tail_.initial})
      if (*write)
        (*write)->tap = true;
    for (auto *memories : {&tail_.addSub, &tail_.multiply})
      for (auto &write : *memories)
        if (write)
          write->tap = true;
    writtenSince_ = false;
  }
  lastStage_ = stage;

  Mfu &unit = tail_.mfus[mfu];
  if (info_->role == ChainRole::Activation) {
    unit.activation = ActivationOp(info_->mfuOp);
    return {};
  }
  bool adds = info_->role == ChainRole::Add;
  auto operand = address(fmt::format("{}{}", adds ? "addsub" : "multiply", mfu), rows_, adds ? arch_.addSubVrf : arch_.multiplyVrf);
  if (!operand)
    return tl::unexpected(operand.error());
  if (adds) {
    unit.add = AddOp(info_->mfuOp);
    unit.addOperand = *operand;
  } else {
    unit.multiply = true;
    unit.multiplyOperand = *operand;
  }
  return {};
}

Expected<void> Decoder::write() {
  SelectedPlace place = selectPlace(info_->operands[0], word_);
  std::optional<Write> *target = &tail_.netOut;
  unsigned entries = 0;
  std::string name(place.choice->asmName);
  switch (place.choice->memory) {
  case Memory::InitialVrf:
    target = &tail_.initial;
    entries = arch_.initialVrf;
    break;
  case Memory::AddSubVrf:
    target = &tail_.addSub[place.mfu];
    entries = arch_.addSubVrf;
    break;
  case Memory::MultiplyVrf:
    target = &tail_.multiply[place.mfu];
    entries = arch_.multiplyVrf;
    break;
  default:
    break;
  }
  if (place.choice->perMfu) {
    if (auto ok = checkMfu(place.mfu); !ok)
      return tl::unexpected(ok.error());
    name += std::to_string(place.mfu);
  }
  if (*target)
    return error("{} is already written by this tail; every memory takes one write per vector", name);
  Write write;
  if (place.choice->addressed) {
    auto to = address(name, rows_, entries);
    if (!to)
      return tl::unexpected(to.error());
    write.address = *to;
  }
  *target = write;
  writtenSince_ = true;
  return {};
}

Expected<void> Decoder::endTail(bool lastOfChain) {
  ++tailsSeen_;
  if (lastOfChain != (tailsSeen_ == tailsExpected_))
    return error("ends tail {} of {}; {}", tailsSeen_, tailsExpected_,
                 lastOfChain ? "next_tail and the other tails must follow"
                             : "the chain must end here (mv_mul says how many tails there are)");
  tail_.lastOfChain = lastOfChain;
  append(tail_);
  beginTail(pc_ + 1);
  return {};
}

Expected<void> Decoder::beginMatrixLoad() {
  inMatrixLoad_ = true;
  load_ = MatrixLoad{.rows = rows_, .cols = cols_, .pc = pc_};
  return {};
}

Expected<void> Decoder::writeMatrix() {
  load_.matrix = uint16_t(field(fields::ImmA));
  load_.group = uint8_t(field(fields::Group));
  load_.order = TileOrder(field(fields::Order));
  return checkMatrix(load_.matrix, load_.group, rows_);
}

Expected<void> Decoder::setScalar() {
  uint16_t value = uint16_t(field(fields::ImmA));
  switch (field(fields::Unit)) {
  case values::ChainScalarRows:
    rows_ = value;
    return {};
  case values::ChainScalarCols:
    cols_ = value;
    return {};
  default:
    if (value < 2 || value > arch_.mantissaBits)
      return error("mantissa is {}, allowed are 2..{} (mantissa_bits)", value, arch_.mantissaBits);
    mantissa_ = uint8_t(value);
    return {};
  }
}

Expected<void> Decoder::beginLoop() {
  if (loops_.size() == Timing::loopDepth)
    return error("loops nest {} deep, at most {} are allowed", loops_.size() + 1, Timing::loopDepth);
  loops_.push_back(result_.entries.size());
  Loop loop{.scalar = {}, .add = int16_t(extractSigned(word_, fields::ImmA)), .max = uint16_t(field(fields::ImmB)), .pc = pc_};
  if (field(fields::UseReg))
    loop.scalar = uint8_t(field(fields::Reg));
  append(loop);
  return {};
}

Expected<void> Decoder::endLoop() {
  if (loops_.empty())
    return error("there is no open loop");
  uint32_t advance = uint32_t(field(fields::Mask));
  if (uint32_t unset = advance & ~registersSet_)
    return error("advances address registers that no a_wr sets before (mask 0x{:08x})", unset);
  append(EndLoop{.advance = advance, .pc = pc_});
  size_t size = result_.entries.size() - loops_.back();
  loops_.pop_back();
  if (loops_.empty() && size > arch_.chainBuffer)
    return error("the loop takes {} entries, the chain buffer has {} (chain_buffer)", size, arch_.chainBuffer);
  return {};
}

Expected<void> Decoder::setAddressRegister() {
  AddressWrite write{.reg = uint8_t(field(fields::Reg)),
                     .base = uint16_t(field(fields::ImmA)),
                     .stride = uint16_t(field(fields::Imm14)),
                     .length = uint16_t(field(fields::ImmB)),
                     .pc = pc_};
  if (write.stride > write.length)
    return error("stride is {}, allowed are 0..{} (length)", write.stride, write.length);
  if (unsigned(write.base) + write.length > 65536)
    return error("base + length is {}, allowed are at most 65536", unsigned(write.base) + write.length);
  registersSet_ |= uint32_t(1) << write.reg;
  append(write);
  return {};
}

Expected<void> Decoder::halt() {
  if (!loops_.empty())
    return error("stands inside a loop; end_loop is missing");
  append(Halt{.pc = pc_});
  return {};
}

} // namespace

Expected<DecodedProgram> decodeProgram(std::span<const uint64_t> words, uint32_t entryPoint, const Arch &arch) {
  if (words.size() > arch.instructionMemory)
    return fail("the program has {} words, the instruction memory {} (instruction_memory)", words.size(), arch.instructionMemory);
  return Decoder(words, entryPoint, arch).run();
}

} // namespace softdpu
