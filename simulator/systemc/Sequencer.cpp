//===- Sequencer.cpp - Executes entries: loops, address registers, chains ----------------===//

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
  if (!dispatch->hasRoom(tail)) {
    ++machine.counters.sequencerStallQueue;
    return;
  }
  dispatch->send({&tail, values});
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
    const Ring &ring = rings[k];
    uint32_t next = values[k] + ring.stride;
    if (next >= ring.base + ring.length)
      next -= ring.length;
    values[k] = uint16_t(next);
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
  values[write.reg] = write.base;
  rings[write.reg] = {write.base, write.stride, write.length};
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

bool Sequencer::idle() const { return dispatch->empty() && scoreboard->idle(); }

} // namespace softdpu::model
