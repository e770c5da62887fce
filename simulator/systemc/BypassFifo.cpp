//===- BypassFifo.cpp - Vectors of chains without mv_mul, on their way to MFU0 -----------===//

#include "BypassFifo.h"

#include <algorithm>

namespace softdpu::model {

BypassFifo::BypassFifo(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), beats("beats", machine, machine.timing.mfuEntry + 1), credits(machine, Timing::bypassDepth), waiting(machine),
      memory(size_t(Timing::bypassDepth) * machine.arch.nativeDim) {
  SC_HAS_PROCESS(BypassFifo);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void BypassFifo::end_of_elaboration() {
  anyFilled |= in->filled();
  anyFilled |= beats.filled();
}

void BypassFifo::reset() {
  beats.reset();
  credits.reset(Timing::bypassDepth);
  waiting.reset();
  stored = sent = 0;
  returnCredit = false;
}

void BypassFifo::takeCredit() {
  credits.write(credits.next() - 1);
  waiting.write(waiting.next() + 1);
}

void BypassFifo::take(Beat *beat) {
  waiting.write(waiting.next() - 1);
  beats.push(beat, machine.timing.mfuEntry - 1);
}

void BypassFifo::step() {
  if (returnCredit)
    credits.write(credits.next() + 1);
  returnCredit = false;

  if (const LoadedVector *loaded = in->arrived()) {
    if (!machine.timingOnly) {
      const Half *vector = loaded->source == Source::NetIn ? loaded->vector : initialVrf->read(loaded->address);
      std::copy_n(vector, machine.arch.nativeDim, place(stored));
    }
    ++stored;
    in->pop();
  }
  if (Beat *const *beat = beats.arrived()) {
    if (!machine.timingOnly)
      std::copy_n(place(sent), machine.arch.nativeDim, (*beat)->vector);
    ++sent;
    toMfu->push(*beat, 1);
    returnCredit = true;
    beats.pop();
  } else if (in->empty() && beats.empty()) {
    next_trigger(anyFilled);
  }
}

} // namespace softdpu::model
