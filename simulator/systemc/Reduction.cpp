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
    const unsigned nativeDim = machine.arch.nativeDim;
    std::copy_n(engines[int(beat->firstEngine)]->accumulators(beat->accumulatorSlot), nativeDim, beat->sums);
    for (unsigned member = 1; member < beat->tail.group; ++member) {
      const WideSum *more = engines[int(beat->firstEngine + member)]->accumulators(beat->accumulatorSlot);
      for (unsigned i = 0; i < nativeDim; ++i)
        beat->sums[i] += more[i];
    }
  }
  out->push(beat, 1 + machine.timing.reduceLatency);
}

} // namespace softdpu::model
