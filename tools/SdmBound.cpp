//===- SdmBound.cpp - How fast a region could be on these functional units ---------------===//

#include "SdmBound.h"

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace softdpu::tools {
namespace {

/// Cycle at which something is there.
using Time = double;

/// Interprets a sequence for a number of time steps, with times instead of vectors.
class Dataflow {
public:
  /// \param multipliers of the whole device; infinity for as many as one wants.
  Dataflow(const Arch &arch, std::span<const Entry> entries, uint32_t steps, double multipliers)
      : arch(arch), timing(timingOf(arch)), multipliers(multipliers), entries(entries), steps(steps) {}

  void run() {
    for (size_t at = 0; at < entries.size();)
      at = std::visit([&](const auto &entry) { return execute(entry, at); }, entries[at]);
  }

  Time end = 0;    ///< When the last vector is ready.
  double macs = 0; ///< Multiply-accumulates, padded to native tiles.

private:
  struct Register {
    int64_t value = 0, base = 0, stride = 0, length = 1;
  };
  struct Frame {
    size_t start;
    uint64_t left;
  };
  using Memory = std::unordered_map<uint16_t, Time>; ///< What was never written is a constant, ready at 0.

  uint16_t resolve(const Address &address, unsigned row) const {
    return uint16_t(address.immediate + (address.reg ? registers[*address.reg].value : 0) + row);
  }
  static Time at(const Memory &memory, uint16_t address) {
    const auto found = memory.find(address);
    return found == memory.end() ? 0 : found->second;
  }

  /// When the dot products of a chain can be done: multiplications start with the columns that are there and use every multiplier.
  Time multiply(const Head &head, unsigned tails) {
    const double macsPerColumn = double(head.rows) * tails * arch.nativeDim * arch.nativeDim;
    const double cyclesPerColumn = macsPerColumn / multipliers;
    std::vector<Time> columns;
    for (unsigned c = 0; c < head.cols; ++c)
      columns.push_back(head.source == Source::InitialVrf ? at(initial, resolve(head.address, c)) : 0);
    std::ranges::sort(columns);
    Time done = 0;
    for (size_t c = 0; c < columns.size(); ++c)
      done = std::max(done, columns[c] + cyclesPerColumn * double(columns.size() - c));
    macs += macsPerColumn * head.cols;
    return done + Timing::convertLatency + timing.dotLatency + Timing::alignLatency + timing.boxSumLatency + timing.reduceLatency +
           Timing::roundLatency;
  }

  size_t execute(const Tail &tail, size_t position) {
    if (tail.head) {
      head = *tail.head;
      if (head.mvMul)
        products = multiply(head, head.mvMul->tails);
    }
    for (unsigned row = 0; row < tail.rows; ++row)
      beat(tail, row);
    return position + 1;
  }

  void beat(const Tail &tail, unsigned row) {
    Time time = tail.matrixResult ? products : head.source == Source::InitialVrf ? at(initial, resolve(head.address, row)) : 0;
    Time tap = time;
    for (unsigned k = 0; k < arch.mfus; ++k) {
      const Mfu &mfu = tail.mfus[k];
      if (k + 1 == arch.mfus)
        tap = time;
      if (mfu.add != AddOp::None)
        time = std::max(time, at(addSub[k], resolve(mfu.addOperand, row))) + Timing::addLatency;
      if (mfu.activation != ActivationOp::None)
        time += Timing::activationLatency;
      if (mfu.multiply)
        time = std::max(time, at(multiplyOperands[k], resolve(mfu.multiplyOperand, row))) + Timing::multiplyLatency;
    }
    const auto write = [&](Memory &memory, const std::optional<Write> &target) {
      if (target)
        memory[resolve(target->address, row)] = target->tap ? tap : time;
    };
    write(initial, tail.initial);
    for (unsigned k = 0; k < maxMfus; ++k) {
      write(addSub[k], tail.addSub[k]);
      write(multiplyOperands[k], tail.multiply[k]);
    }
    end = std::max(end, time);
  }

  size_t execute(const Loop &loop, size_t position) {
    const int64_t limit = loop.max == 0xFFFF ? std::numeric_limits<uint32_t>::max() : loop.max;
    // Scalar 0 holds the number of steps, the others 0.
    const int64_t count = std::clamp<int64_t>((loop.scalar && *loop.scalar == 0 ? int64_t(steps) : 0) + loop.add, 0, limit);
    if (count > 0) {
      frames.push_back({position + 1, uint64_t(count)});
      return position + 1;
    }
    for (unsigned depth = 1; depth > 0;) {
      ++position;
      if (std::holds_alternative<Loop>(entries[position]))
        ++depth;
      else if (std::holds_alternative<EndLoop>(entries[position]))
        --depth;
    }
    return position + 1;
  }

  size_t execute(const EndLoop &entry, size_t position) {
    for (unsigned r = 0; r < addressRegisters; ++r)
      if (entry.advance >> r & 1) {
        Register &reg = registers[r];
        reg.value += reg.stride;
        if (reg.value >= reg.base + reg.length)
          reg.value -= reg.length;
      }
    if (--frames.back().left > 0)
      return frames.back().start;
    frames.pop_back();
    return position + 1;
  }

  size_t execute(const AddressWrite &entry, size_t position) {
    registers[entry.reg] = {entry.base, entry.base, entry.stride, entry.length};
    return position + 1;
  }
  size_t execute(const MatrixLoad &, size_t position) { return position + 1; }
  size_t execute(const Halt &, size_t) { return entries.size(); }

  const Arch &arch;
  const Timing timing;
  const double multipliers;
  std::span<const Entry> entries;
  uint32_t steps;
  Head head;
  Time products = 0; ///< When the dot products of the current chain are ready.
  Memory initial;
  std::array<Memory, maxMfus> addSub, multiplyOperands;
  std::array<Register, addressRegisters> registers;
  std::vector<Frame> frames;
};

} // namespace

Expected<double> sdmCyclesPerStep(const Program &program, const DpuRegion &region) {
  const auto decoded = decodeProgram(program.instructions, region.entryPoint, program.arch);
  if (!decoded)
    return fail("region \"{}\": {}", region.name, decoded.error().message);
  constexpr uint32_t filled = 32, more = 64; // Any lag of the pipeline is far below.
  const auto multipliers = double(program.arch.macs());
  Dataflow first(program.arch, decoded->entries, filled, multipliers), second(program.arch, decoded->entries, filled + more, multipliers);
  first.run();
  second.run();
  return std::max((second.end - first.end) / more, (second.macs - first.macs) / more / multipliers);
}

Expected<DataflowBounds> dataflowBounds(const Program &program, const DpuRegion &region, uint32_t steps) {
  const auto decoded = decodeProgram(program.instructions, region.entryPoint, program.arch);
  if (!decoded)
    return fail("region \"{}\": {}", region.name, decoded.error().message);
  const auto multipliers = double(program.arch.macs());
  Dataflow constrained(program.arch, decoded->entries, steps, multipliers),
      unconstrained(program.arch, decoded->entries, steps, std::numeric_limits<double>::infinity());
  constrained.run();
  unconstrained.run();
  return DataflowBounds{std::max(constrained.end, constrained.macs / multipliers), unconstrained.end};
}

} // namespace softdpu::tools
