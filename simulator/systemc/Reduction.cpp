//===- Reduction.cpp - Sums the accumulators of a group of engines -----------------------===//

#include "Reduction.h"

#include <algorithm>

namespace softdpu::model {

Reduction::Reduction(const sc_core::sc_module_name &name, Machine &machine, const Strobe<Beat *> &beats)
    : Block(name, machine), beats(beats) {
  SC_HAS_PROCESS(Reduction);
  SC_METHOD(reduce);
  sensitive << beats.sent();
  dont_initialize();
}

void Reduction::reduce() {
  Beat *beat = beats.read();
  if (!machine.timingOnly) {
    const std::span<WideSum> to(beat->sums, machine.arch.nativeDim);
    std::ranges::fill(to, WideSum(0));
    for (unsigned member = 0; member < beat->tail.group; ++member)
      engines[int(beat->firstEngine + member)]->accumulators(beat->accumulatorSlot).addTo(to);
  }
  out->push(beat, 1 + machine.timing.reduceLatency);
}

} // namespace softdpu::model
