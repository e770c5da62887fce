//===- ProgramWalk.cpp - The entries and beats of a program, in order, with addresses ----===//

#include "ProgramWalk.h"

#include <algorithm>

namespace softdpu::schedule {

BeatPlace ProgramWalk::next() {
  while (!inTail) {
    const Executed executed = step();
    if (!executed.entry)
      return {};
    inTail = !executed.skipped && std::holds_alternative<Tail>(*executed.entry);
    row = 0;
  }
  const BeatPlace place{&tail, &head, row, row == 0 && tail.head.has_value()};
  inTail = ++row < tail.rows;
  return place;
}

Executed ProgramWalk::step() {
  if (halted || position >= program.entries.size())
    return {};
  Executed executed{.entry = &program.entries[position], .position = position, .skipped = skipDepth > 0};
  ++position;
  if (executed.skipped)
    skip(*executed.entry);
  else
    execute(*executed.entry);
  executed.base = loops.empty() ? position : loops.front().start;
  return executed;
}

void ProgramWalk::skip(const Entry &entry) {
  if (std::holds_alternative<Loop>(entry))
    ++skipDepth;
  else if (std::holds_alternative<EndLoop>(entry))
    --skipDepth;
}

void ProgramWalk::execute(const Entry &entry) {
  if (const auto *entryTail = std::get_if<Tail>(&entry)) {
    resolve(*entryTail);
  } else if (const auto *loop = std::get_if<Loop>(&entry)) {
    const int64_t limit = loop->max == 0xFFFF ? int64_t(0xFFFFFFFF) : int64_t(loop->max);
    const int64_t count = std::clamp<int64_t>(int64_t(loop->add) + (loop->scalar ? scalars[*loop->scalar] : 0), 0, limit);
    if (count == 0)
      skipDepth = 1;
    else
      loops.push_back({position, uint32_t(count)});
  } else if (const auto *end = std::get_if<EndLoop>(&entry)) {
    execute(*end);
  } else if (const auto *write = std::get_if<AddressWrite>(&entry)) {
    registers[write->reg] = {write->base, write->base, write->stride, write->length};
  } else if (std::holds_alternative<Halt>(entry)) {
    halted = true;
  }
}

void ProgramWalk::execute(const EndLoop &end) {
  for (unsigned k = 0; k < addressRegisters; ++k)
    if ((end.advance >> k & 1) != 0) {
      AddressRegister &reg = registers[k];
      reg.value += reg.stride;
      if (reg.value >= reg.base + reg.length)
        reg.value -= reg.length;
    }
  if (--loops.back().left > 0)
    position = loops.back().start;
  else
    loops.pop_back();
}

void ProgramWalk::resolve(const Tail &entry) {
  tail = entry;
  if (tail.head) {
    resolve(tail.head->address);
    head = *tail.head;
  }
  for (Mfu &mfu : tail.mfus) {
    resolve(mfu.addOperand);
    resolve(mfu.multiplyOperand);
  }
  resolve(tail.initial);
  for (unsigned k = 0; k < maxMfus; ++k) {
    resolve(tail.addSub[k]);
    resolve(tail.multiply[k]);
  }
}

void ProgramWalk::resolve(Address &address) const {
  if (address.reg)
    address = {uint16_t(address.immediate + registers[*address.reg].value), std::nullopt};
}

void ProgramWalk::resolve(std::optional<Write> &write) const {
  if (write)
    resolve(write->address);
}

} // namespace softdpu::schedule
