//===- ProgramWalk.cpp - The beats of a program, in order, with their addresses ----------===//

#include "ProgramWalk.h"

#include <algorithm>

namespace softdpu::trace {

BeatPlace ProgramWalk::next() {
  while (!inTail) {
    if (position >= program.entries.size() || std::holds_alternative<Halt>(program.entries[position]))
      return {};
    step();
  }
  const BeatPlace place{&tail, &head, row, row == 0 && tail.head.has_value()};
  inTail = ++row < tail.rows;
  return place;
}

void ProgramWalk::step() {
  const Entry &entry = program.entries[position++];
  if (const auto *entryTail = std::get_if<Tail>(&entry)) {
    resolve(*entryTail);
  } else if (const auto *loop = std::get_if<Loop>(&entry)) {
    const int64_t limit = loop->max == 0xFFFF ? int64_t(0xFFFFFFFF) : int64_t(loop->max);
    const int64_t count = std::clamp<int64_t>(int64_t(loop->add) + (loop->scalar ? scalars[*loop->scalar] : 0), 0, limit);
    if (count == 0)
      skipLoop();
    else
      loops.push_back({position, uint32_t(count)});
  } else if (const auto *end = std::get_if<EndLoop>(&entry)) {
    for (unsigned k = 0; k < addressRegisters; ++k)
      if ((end->advance >> k & 1) != 0) {
        AddressRegister &reg = registers[k];
        reg.value += reg.stride;
        if (reg.value >= reg.base + reg.length)
          reg.value -= reg.length;
      }
    if (--loops.back().left > 0)
      position = loops.back().start;
    else
      loops.pop_back();
  } else if (const auto *write = std::get_if<AddressWrite>(&entry)) {
    registers[write->reg] = {write->base, write->base, write->stride, write->length};
  }
}

void ProgramWalk::skipLoop() {
  for (unsigned depth = 1; depth > 0; ++position) {
    if (std::holds_alternative<Loop>(program.entries[position]))
      ++depth;
    else if (std::holds_alternative<EndLoop>(program.entries[position]))
      --depth;
  }
}

void ProgramWalk::resolve(const Tail &entry) {
  tail = entry;
  row = 0;
  inTail = true;
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

} // namespace softdpu::trace
