//===- Rounder.cpp - Exact sums to float16 -----------------------------------------------===//

#include "Rounder.h"

namespace softdpu::model {

Rounder::Rounder(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine) {
  SC_HAS_PROCESS(Rounder);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Rounder::step() {
  if (in->empty()) {
    next_trigger(in->filled());
    return;
  }
  Beat *const *arrived = in->arrived();
  if (!arrived)
    return;
  Beat *beat = *arrived;
  in->pop();
  if (!machine.timingOnly)
    for (unsigned i = 0; i < machine.arch.nativeDim; ++i)
      beat->vector[i] = roundToHalf(beat->sums[i], beat->tail.scale);
  out->push(beat, Timing::roundLatency);
}

} // namespace softdpu::model
