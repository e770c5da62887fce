//===- Sequencer.cpp - Executes entries: loops, address registers, dispatch of chains ----===//

#include "Sequencer.h"

#include <algorithm>
#include <variant>

namespace softdpu::model {

Sequencer::Sequencer(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine), baseRegister(machine) {
  SC_HAS_PROCESS(Sequencer);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Sequencer::reset() {
  position = 0;
  baseRegister.reset();
  activeLoops = 0;
  skipDepth = 0;
  tailsDispatched = 0;
}

void Sequencer::step() {
  if (!control->running() || matrixLoader->busy())
    return;
  if (!chainBuffer->available(position)) {
    ++machine.counters.sequencerStallDecode;
    return;
  }
  const Entry &entry = chainBuffer->entry(position);
  if (skipDepth > 0)
    skip(entry);
  else
    std::visit([this](const auto &e) { execute(e); }, entry);
}

void Sequencer::skip(const Entry &entry) {
  if (std::holds_alternative<Loop>(entry))
    ++skipDepth;
  else if (std::holds_alternative<EndLoop>(entry))
    --skipDepth;
  moveTo(position + 1);
}

void Sequencer::finish(uint32_t next) {
  ++machine.counters.sequencerEntries;
  moveTo(next);
}

void Sequencer::moveTo(uint32_t next) {
  position = next;
  baseRegister.write(activeLoops > 0 ? loops[0].start : position);
}

void Sequencer::execute(const Tail &tail) {
  const bool hasMvMul = tail.head && tail.head->mvMul;
  if (tailQueue->full() || (tail.head && headQueue->full()) || (hasMvMul && mvmQueue->full())) {
    ++machine.counters.sequencerStallQueue;
    return;
  }
  if (tail.head) {
    const Head &head = *tail.head;
    scale = hasMvMul ? head.mvMul->scale : int8_t(0);
    headQueue->push({.source = head.source,
                     .hasMvMul = hasMvMul,
                     .address = resolve(head.address),
                     .vectors = hasMvMul ? head.cols : head.rows,
                     .mantissa = head.mantissa,
                     .tag = tailsDispatched,
                     .pc = tail.pc});
    if (hasMvMul)
      mvmQueue->push({.matrix = head.mvMul->matrix,
                      .group = head.mvMul->group,
                      .order = head.mvMul->order,
                      .rows = uint32_t(head.rows) * head.mvMul->tails,
                      .cols = head.cols,
                      .pc = tail.pc});
  }
  tailQueue->push(resolve(tail));
  ++tailsDispatched;
  finish(position + 1);
}

void Sequencer::execute(const MatrixLoad &load) {
  ++machine.counters.sequencerStallIdle; // The loader counts the entry when it is done.
  if (idle())
    matrixLoader->start(load);
}

void Sequencer::execute(const Loop &loop) {
  int64_t count = loop.add;
  if (loop.scalar)
    count += control->scalar(*loop.scalar);
  const int64_t limit = loop.max == 0xFFFF ? int64_t(0xFFFFFFFF) : int64_t(loop.max);
  count = std::clamp<int64_t>(count, 0, limit);
  if (count == 0)
    skipDepth = 1;
  else
    loops[activeLoops++] = {position + 1, uint32_t(count)};
  finish(position + 1);
}

void Sequencer::execute(const EndLoop &end) {
  for (unsigned k = 0; k < addressRegisters; ++k) {
    if ((end.advance >> k & 1) == 0)
      continue;
    AddressRegister &reg = registers[k];
    reg.value += reg.stride;
    if (reg.value >= reg.base + reg.length)
      reg.value -= reg.length;
    reg.value &= 0xFFFF;
  }
  ActiveLoop &loop = loops[activeLoops - 1];
  if (--loop.left > 0) {
    finish(loop.start);
  } else {
    --activeLoops;
    finish(position + 1);
  }
}

void Sequencer::execute(const AddressWrite &write) {
  registers[write.reg] = {write.base, write.base, write.stride, write.length};
  finish(position + 1);
}

void Sequencer::execute(const Halt &) {
  if (!idle()) {
    ++machine.counters.sequencerStallIdle;
    return;
  }
  control->halt();
  finish(position + 1);
}

bool Sequencer::idle() const { return scoreboard->idle(); }

uint16_t Sequencer::resolve(const Address &address) const {
  return uint16_t(address.immediate + (address.reg ? registers[*address.reg].value : 0));
}

Place Sequencer::resolve(const std::optional<Write> &write) const {
  if (!write)
    return {};
  return {.used = true, .tap = write->tap, .address = resolve(write->address)};
}

TailJob Sequencer::resolve(const Tail &tail) const {
  TailJob job;
  job.rows = tail.rows;
  job.matrixResult = tail.matrixResult;
  job.lastOfChain = tail.lastOfChain;
  job.group = tail.group;
  job.scale = scale;
  job.pc = tail.pc;
  job.netOut = resolve(tail.netOut);
  job.initial = resolve(tail.initial);
  job.tap = job.netOut.tap || job.initial.tap;
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    const Mfu &mfu = tail.mfus[k];
    job.mfus[k] = {.add = mfu.add,
                   .activation = mfu.activation,
                   .multiply = mfu.multiply,
                   .addOperand = resolve(mfu.addOperand),
                   .multiplyOperand = resolve(mfu.multiplyOperand)};
    job.addSub[k] = resolve(tail.addSub[k]);
    job.multiply[k] = resolve(tail.multiply[k]);
    job.tap = job.tap || job.addSub[k].tap || job.multiply[k].tap;
  }
  return job;
}

} // namespace softdpu::model
