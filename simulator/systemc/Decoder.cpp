//===- Decoder.cpp - Instruction words to chain buffer entries, one word per cycle -------===//

#include "Decoder.h"

namespace softdpu::model {

Decoder::Decoder(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine) {
  SC_HAS_PROCESS(Decoder);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Decoder::step() {
  if (!control->running() || control->firstCycle() || entries == program.entries.size())
    return;
  const bool writesEntry = words + 1 == program.ready[entries];
  if (writesEntry) {
    if (chainBuffer->written() - sequencer->base() == machine.arch.chainBuffer)
      return;
    chainBuffer->append(program.entries[entries++]);
  }
  ++words;
}

} // namespace softdpu::model
