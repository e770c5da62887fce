//===- LastWriters.cpp - Which beat writes what a later beat reads -----------------------===//

#include "LastWriters.h"

namespace softdpu::schedule {

LastWriters::LastWriters(const Arch &arch) : initial(arch.initialVrf, nobody) {
  addSub.fill(Entries(arch.addSubVrf, nobody));
  multiply.fill(Entries(arch.multiplyVrf, nobody));
}

OperandWriters LastWriters::ofOperands(const Tail &tail, uint32_t row) const {
  OperandWriters writers;
  const auto add = [&](const Entries &entries, const Address &address, uint8_t mfu, bool isAdd) {
    if (const uint32_t beat = at(entries, uint16_t(address.immediate + row)); beat != nobody)
      writers.operands[writers.count++] = {beat, mfu, isAdd};
  };
  for (uint8_t k = 0; k < maxMfus; ++k) {
    if (tail.mfus[k].add != AddOp::None)
      add(addSub[k], tail.mfus[k].addOperand, k, true);
    if (tail.mfus[k].multiply)
      add(multiply[k], tail.mfus[k].multiplyOperand, k, false);
  }
  return writers;
}

void LastWriters::write(const Tail &tail, uint32_t row, uint32_t beat) {
  set(initial, tail.initial, row, beat);
  for (unsigned k = 0; k < maxMfus; ++k) {
    set(addSub[k], tail.addSub[k], row, beat);
    set(multiply[k], tail.multiply[k], row, beat);
  }
}

void LastWriters::set(Entries &entries, const std::optional<Write> &write, uint32_t row, uint32_t beat) {
  if (!write)
    return;
  if (const auto address = uint16_t(write->address.immediate + row); address < entries.size())
    entries[address] = beat;
}

} // namespace softdpu::schedule
