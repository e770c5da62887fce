//===- Interpreter.cpp -------------------------------------------------------------------===//

#include "Interpreter.h"

#include "softdpu/isa/Instruction.h"
#include "softdpu/numerics/BlockFloat.h"
#include "softdpu/numerics/HalfVector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string>
#include <tuple>

namespace softdpu::functional {
namespace {

struct AddressRegister {
  uint16_t value = 0, base = 0, stride = 0, length = 1;

  /// One step around the ring.
  void advance() {
    uint32_t next = uint32_t(value) + stride;
    if (next >= uint32_t(base) + length)
      next -= length;
    value = uint16_t(next);
  }
};

struct ActiveLoop {
  size_t start;       ///< Entry behind the `loop`.
  uint64_t remaining; ///< Iterations, the current one included.
};

constexpr std::array<std::string_view, maxMfus> addSubNames{"AddSubVrf[0]", "AddSubVrf[1]", "AddSubVrf[2]"};
constexpr std::array<std::string_view, maxMfus> multiplyNames{"MultiplyVrf[0]", "MultiplyVrf[1]", "MultiplyVrf[2]"};

/// Mnemonics of the add-type operations, indexed by AddOp.
constexpr auto addNames = [] {
  std::array<std::string_view, 6> names;
  for (const isa::InstructionInfo &info : isa::allInstructions())
    if (info.unit == isa::Unit::MfuAdd)
      names[info.mfuOp] = info.mnemonic;
  return names;
}();

void applyAdd(AddOp op, std::span<Half> x, std::span<const Half> operand) {
  switch (op) {
  case AddOp::Add:
    return addTo(x, operand);
  case AddOp::ASubB:
    return subtractFrom(x, operand);
  case AddOp::BSubA:
    return subtractReversed(x, operand);
  case AddOp::Max:
    return maxWith(x, operand);
  case AddOp::Min:
    return minWith(x, operand);
  case AddOp::None:
    return;
  }
}

void applyActivation(ActivationOp op, std::span<Half> x) {
  switch (op) {
  case ActivationOp::Relu:
    return applyRelu(x);
  case ActivationOp::Sigmoid:
    return applySigmoid(x);
  case ActivationOp::Tanh:
    return applyTanh(x);
  case ActivationOp::OneMinusSigmoid:
    return applyOneMinusSigmoid(x);
  case ActivationOp::None:
    return;
  }
}

/// For every entry that is a `loop`, the index of its `end_loop`. Nesting was checked by the decoder.
std::vector<size_t> matchLoops(std::span<const Entry> entries) {
  std::vector<size_t> end(entries.size()), open;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (std::holds_alternative<Loop>(entries[i]))
      open.push_back(i);
    if (std::holds_alternative<EndLoop>(entries[i]) && !open.empty()) {
      end[open.back()] = i;
      open.pop_back();
    }
  }
  return end;
}

bool isCanonical(Half value) {
  const unsigned magnitude = value.bits & 0x7FFF;
  return value.bits == 0 || (magnitude >= 0x0400 && magnitude <= 0x7BFF);
}

/// One execution of a program.
class Run {
public:
  Run(const Arch &arch, Memories &memories, const DecodedProgram &program, std::span<const Half> netIn, std::span<const std::byte> weights,
      const RunOptions &options)
      : arch(arch), shape(arch), memories(memories), entries(program.entries), netIn(netIn), weights(weights), options(options),
        loopEnds(matchLoops(entries)), placements(entries.size()), sums(arch), vector(arch.nativeDim), tap(arch.nativeDim) {}

  Expected<RunResult> execute();

private:
  /// Runs one entry. \returns the index of the next one, or nothing after `halt`.
  Expected<std::optional<size_t>> step(size_t index);
  size_t enterLoop(size_t index, const Loop &loop);
  size_t leaveLoop(size_t index, const EndLoop &end);
  Expected<void> loadMatrix(const MatrixLoad &load);

  Expected<void> runHead(size_t index, const Tail &tail);
  Expected<void> multiplyMatrix(size_t index, const Head &head, uint32_t pc, unsigned rows);
  Expected<void> runBeats(const Tail &tail);
  Expected<void> fetchBeat(const Tail &tail, uint32_t row);
  Expected<void> runMfus(const Tail &tail, uint32_t row);
  Expected<void> writeBack(const Tail &tail, uint32_t row);

  Expected<std::span<const Half>> readSource(const Head &head, uint32_t pc, uint32_t offset);
  Expected<uint32_t> resolve(const Address &address, uint32_t pc) const;
  /// The entry `address + offset` of `file`, checked. \param what instruction and memory, for messages.
  Expected<uint32_t> locate(const VectorFile &file, const Address &address, uint32_t offset, uint32_t pc, std::string_view what) const;
  Expected<std::span<const Half>> read(const VectorFile &file, const Address &address, uint32_t offset, uint32_t pc,
                                       std::string_view instruction, std::string_view memory) const;
  Expected<void> write(VectorFile &file, const std::optional<Write> &write, uint32_t offset, uint32_t pc, std::string_view memory);
  std::span<const Half> written(const Write &write) const { return write.tap ? tap : vector; }
  Expected<void> count(uint64_t amount, uint32_t pc);

  const Arch &arch;
  const TileShape shape;
  Memories &memories;
  std::span<const Entry> entries;
  std::span<const Half> netIn;
  std::span<const std::byte> weights;
  const RunOptions &options;

  std::vector<size_t> loopEnds;
  std::vector<ActiveLoop> loops;
  std::array<std::optional<AddressRegister>, addressRegisters> registers;
  std::vector<std::vector<TilePlace>> placements; ///< Of the mv_mul in entry i, once it has run.
  uint64_t work = 0;                              ///< Entries and beats so far.

  // The chain in execution.
  const Head *head = nullptr;
  uint32_t headPc = 0;
  uint32_t nextResult = 0; ///< mv_mul: the next vector of `results`.
  HalfBuffer results;
  std::vector<QuantisedVector> columns; ///< Grows to the widest matrix.
  ExactSums sums;

  // The beat in execution.
  HalfBuffer vector, tap;
  RunResult result;
};

Expected<RunResult> Run::execute() {
  if (netIn.size() % arch.nativeDim != 0)
    return fail("NetIn holds {} values, expected a multiple of the native dimension {}", netIn.size(), arch.nativeDim);
  for (size_t i = 0; i < netIn.size(); ++i)
    if (!isCanonical(netIn[i]))
      return fail("NetIn vector {}, element {} is {:#06x}: infinities, NaNs, subnormals and -0 cannot enter a DPU", i / arch.nativeDim,
                  i % arch.nativeDim, netIn[i].bits);

  for (std::optional<size_t> index = 0; index;) {
    if (*index >= entries.size())
      return fail("the program ran past its last entry without a halt");
    auto next = step(*index);
    if (!next)
      return tl::unexpected(next.error());
    index = *next;
  }
  if (!netIn.empty())
    return fail("the program halted with {} vectors left in NetIn", netIn.size() / arch.nativeDim);
  if (!weights.empty())
    return fail("the program halted with {} bytes left in the weight stream", weights.size());
  return std::move(result);
}

Expected<std::optional<size_t>> Run::step(size_t index) {
  const Entry &entry = entries[index];
  const uint32_t pc = std::visit([](const auto &e) { return e.pc; }, entry);
  if (auto ok = count(1, pc); !ok)
    return tl::unexpected(ok.error());
  ++result.counters.sequencerEntries;

  if (const auto *tail = std::get_if<Tail>(&entry)) {
    if (tail->head)
      if (auto ok = runHead(index, *tail); !ok)
        return tl::unexpected(ok.error());
    if (auto ok = runBeats(*tail); !ok)
      return tl::unexpected(ok.error());
  } else if (const auto *load = std::get_if<MatrixLoad>(&entry)) {
    if (auto ok = loadMatrix(*load); !ok)
      return tl::unexpected(ok.error());
  } else if (const auto *loop = std::get_if<Loop>(&entry)) {
    return enterLoop(index, *loop);
  } else if (const auto *end = std::get_if<EndLoop>(&entry)) {
    return leaveLoop(index, *end);
  } else if (const auto *write = std::get_if<AddressWrite>(&entry)) {
    registers[write->reg] = AddressRegister{write->base, write->base, write->stride, write->length};
  } else {
    return std::nullopt; // halt
  }
  return index + 1;
}

/// Bounds the run, so that a wrong loop count cannot hang a test: each entry and each beat takes at least a cycle in hardware.
Expected<void> Run::count(uint64_t amount, uint32_t pc) {
  work += amount;
  if (work > options.cycleLimit)
    return fail("word {}: more than {} entries and beats, the cycle limit", pc, options.cycleLimit);
  return {};
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

size_t Run::enterLoop(size_t index, const Loop &loop) {
  constexpr int64_t noLimit = 0xFFFF, largest = 0xFFFF'FFFF;
  const int64_t wanted = loop.add + (loop.scalar ? int64_t(options.scalars[*loop.scalar]) : 0);
  const int64_t trips = std::clamp<int64_t>(wanted, 0, loop.max == noLimit ? largest : loop.max);
  if (trips == 0)
    return loopEnds[index] + 1;
  loops.push_back({index + 1, uint64_t(trips)});
  return index + 1;
}

size_t Run::leaveLoop(size_t index, const EndLoop &end) {
  for (unsigned reg = 0; reg < addressRegisters; ++reg)
    if (end.advance >> reg & 1 && registers[reg])
      registers[reg]->advance();
  if (--loops.back().remaining > 0)
    return loops.back().start;
  loops.pop_back();
  return index + 1;
}

Expected<void> Run::loadMatrix(const MatrixLoad &load) {
  const size_t tileBytes = memories.matrices.tileBytes();
  for (const TilePlace &place : placeTiles(arch, load.rows, load.cols, load.group, load.order)) {
    const uint32_t slot = load.matrix + place.slot;
    if (slot >= arch.mrfTiles)
      return fail("word {}: m_wr fills slot {} of MatrixRf, which has {} slots", load.pc, slot, arch.mrfTiles);
    if (weights.size() < tileBytes)
      return fail("word {}: m_wr finds {} bytes in the weight stream for tile ({}, {}), expected {}", load.pc, weights.size(), place.row,
                  place.col, tileBytes);
    if (auto ok = memories.matrices.write(place.engine, slot, weights.first(tileBytes)); !ok)
      return fail("word {}: {}", load.pc, ok.error().message);
    weights = weights.subspan(tileBytes);
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Heads
//===----------------------------------------------------------------------===//

Expected<void> Run::runHead(size_t index, const Tail &tail) {
  head = &*tail.head;
  headPc = tail.pc;
  nextResult = 0;
  if (!head->mvMul)
    return {}; // each beat fetches its own vector
  return multiplyMatrix(index, *head, tail.pc, unsigned(head->rows) * head->mvMul->tails);
}

Expected<void> Run::multiplyMatrix(size_t index, const Head &head, uint32_t pc, unsigned rows) {
  for (uint32_t col = 0; col < head.cols; ++col) {
    auto source = readSource(head, pc, col);
    if (!source)
      return tl::unexpected(source.error());
    if (col == columns.size())
      columns.emplace_back(shape);
    columns[col].quantise(shape, *source, head.mantissa);
  }

  const MvMul &mvMul = *head.mvMul;
  std::vector<TilePlace> &places = placements[index];
  if (places.empty()) {
    places = placeTiles(arch, rows, head.cols, mvMul.group, mvMul.order);
    std::sort(places.begin(), places.end(),
              [](const TilePlace &a, const TilePlace &b) { return std::tie(a.row, a.col) < std::tie(b.row, b.col); });
  }

  const size_t n = arch.nativeDim;
  results.resize(rows * n);
  for (uint32_t row = 0; row < rows; ++row) {
    sums.clear();
    for (const TilePlace &place : std::span(places).subspan(size_t(row) * head.cols, head.cols)) {
      const uint32_t slot = mvMul.matrix + place.slot;
      if (slot >= arch.mrfTiles)
        return fail("word {}: mv_mul reads slot {} of MatrixRf, which has {} slots", pc, slot, arch.mrfTiles);
      const Tile *tile = memories.matrices.find(place.engine, slot);
      if (!tile)
        return fail("word {}: mv_mul reads tile ({}, {}) in slot {} of MatrixRf of engine {}, which was never written", pc, place.row,
                    place.col, slot, place.engine);
      sums.add(shape, *tile, columns[place.col]);
    }
    sums.round(mvMul.scale, std::span(results).subspan(row * n, n));
  }
  const unsigned groups = arch.groups(mvMul.group);
  result.counters.mvmBusy += uint64_t((rows + groups - 1) / groups) * ((head.cols + mvMul.group - 1) / mvMul.group) * arch.chunksPerTile();
  return {};
}

//===----------------------------------------------------------------------===//
// Beats
//===----------------------------------------------------------------------===//

Expected<void> Run::runBeats(const Tail &tail) {
  for (uint32_t row = 0; row < tail.rows; ++row) {
    if (auto ok = count(1, tail.pc); !ok)
      return ok;
    ++result.counters.beatBusy;
    if (options.observer)
      options.observer->onEvent({Event::Kind::Beat, 0, tail.pc, row}, {}, {});
    if (auto ok = fetchBeat(tail, row); !ok)
      return ok;
    if (auto ok = runMfus(tail, row); !ok)
      return ok;
    if (auto ok = writeBack(tail, row); !ok)
      return ok;
  }
  return {};
}

/// The vector that enters MFU0.
Expected<void> Run::fetchBeat(const Tail &tail, uint32_t row) {
  if (tail.matrixResult) {
    const auto from = results.begin() + ptrdiff_t(size_t(nextResult++) * arch.nativeDim);
    std::copy(from, from + ptrdiff_t(arch.nativeDim), vector.begin());
    return {};
  }
  auto source = readSource(*head, headPc, row);
  if (!source)
    return tl::unexpected(source.error());
  std::copy(source->begin(), source->end(), vector.begin());
  return {};
}

Expected<void> Run::runMfus(const Tail &tail, uint32_t row) {
  for (unsigned k = 0; k < arch.mfus; ++k) {
    if (k + 1 == arch.mfus)
      tap = vector;
    const Mfu &mfu = tail.mfus[k];
    if (mfu.add != AddOp::None) {
      auto operand = read(memories.addSub[k], mfu.addOperand, row, tail.pc, addNames[uint8_t(mfu.add)], addSubNames[k]);
      if (!operand)
        return tl::unexpected(operand.error());
      applyAdd(mfu.add, vector, *operand);
    }
    applyActivation(mfu.activation, vector);
    if (mfu.multiply) {
      auto operand = read(memories.multiply[k], mfu.multiplyOperand, row, tail.pc, "vv_mul", multiplyNames[k]);
      if (!operand)
        return tl::unexpected(operand.error());
      multiplyBy(vector, *operand);
    }
  }
  return {};
}

Expected<void> Run::writeBack(const Tail &tail, uint32_t row) {
  bool hasTap = false;
  auto note = [&](const std::optional<Write> &write) { hasTap |= write && write->tap; };
  note(tail.netOut);
  note(tail.initial);
  if (auto ok = write(memories.initial, tail.initial, row, tail.pc, "InitialVrf"); !ok)
    return ok;
  for (unsigned k = 0; k < arch.mfus; ++k) {
    note(tail.addSub[k]);
    note(tail.multiply[k]);
    if (tail.addSub[k])
      if (auto ok = write(memories.addSub[k], tail.addSub[k], row, tail.pc, addSubNames[k]); !ok)
        return ok;
    if (tail.multiply[k])
      if (auto ok = write(memories.multiply[k], tail.multiply[k], row, tail.pc, multiplyNames[k]); !ok)
        return ok;
  }
  if (tail.netOut) {
    const auto values = written(*tail.netOut);
    result.netOut.insert(result.netOut.end(), values.begin(), values.end());
  }
  if (options.observer)
    options.observer->onEvent({Event::Kind::WriteBack, 0, tail.pc, row}, vector,
                              hasTap ? std::span<const Half>(tap) : std::span<const Half>());
  return {};
}

//===----------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------===//

Expected<std::span<const Half>> Run::readSource(const Head &head, uint32_t pc, uint32_t offset) {
  ++result.counters.loaderBusy;
  if (head.source == Source::InitialVrf)
    return read(memories.initial, head.address, offset, pc, "v_rd", "InitialVrf");
  if (netIn.empty())
    return fail("word {}: v_rd finds NetIn empty", pc);
  const auto source = netIn.first(arch.nativeDim);
  netIn = netIn.subspan(arch.nativeDim);
  return source;
}

Expected<uint32_t> Run::resolve(const Address &address, uint32_t pc) const {
  if (!address.reg)
    return address.immediate;
  const auto &reg = registers[*address.reg];
  if (!reg)
    return fail("word {}: address register a{} is used but was never written", pc, *address.reg);
  return uint16_t(address.immediate + reg->value);
}

Expected<uint32_t> Run::locate(const VectorFile &file, const Address &address, uint32_t offset, uint32_t pc, std::string_view what) const {
  auto start = resolve(address, pc);
  if (!start)
    return start;
  const uint32_t entry = *start + offset;
  if (entry >= file.entries())
    return fail("word {}: {} entry {}, out of range: there are {}", pc, what, entry, file.entries());
  return entry;
}

Expected<std::span<const Half>> Run::read(const VectorFile &file, const Address &address, uint32_t offset, uint32_t pc,
                                          std::string_view instruction, std::string_view memory) const {
  auto entry = locate(file, address, offset, pc, memory);
  if (!entry)
    return tl::unexpected(entry.error());
  if (!file.isWritten(*entry))
    return fail("word {}: {} reads entry {} of {}, which was never written", pc, instruction, *entry, memory);
  return file.read(*entry);
}

Expected<void> Run::write(VectorFile &file, const std::optional<Write> &write, uint32_t offset, uint32_t pc, std::string_view memory) {
  if (!write)
    return {};
  auto entry = locate(file, write->address, offset, pc, memory);
  if (!entry)
    return tl::unexpected(entry.error());
  file.write(*entry, written(*write));
  return {};
}

} // namespace

Memories::Memories(const Arch &arch) : matrices(arch), initial(arch.initialVrf, arch.nativeDim) {
  addSub.assign(arch.mfus, VectorFile(arch.addSubVrf, arch.nativeDim));
  multiply.assign(arch.mfus, VectorFile(arch.multiplyVrf, arch.nativeDim));
}

Expected<RunResult> Interpreter::run(const DecodedProgram &program, std::span<const Half> netIn, std::span<const std::byte> weights,
                                     const RunOptions &options) {
  return Run(arch, memories, program, netIn, weights, options).execute();
}

} // namespace softdpu::functional
