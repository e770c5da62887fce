//===- WriteBack.cpp - Results to VRFs and NetOut ----------------------------------------===//

#include "WriteBack.h"

namespace softdpu::model {

WriteBack::WriteBack(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine) {
  SC_HAS_PROCESS(WriteBack);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void WriteBack::step() {
  if (in->empty()) {
    next_trigger(in->filled());
    return;
  }
  Beat *const *arrived = in->arrived();
  if (!arrived)
    return;
  const Beat &beat = **arrived;
  in->pop();

  std::span<const Half> result, tap;
  if (!machine.timingOnly) {
    writeVrfs(beat);
    result = {beat.vector, machine.arch.nativeDim};
    if (beat.tail.tap)
      tap = {beat.tap, machine.arch.nativeDim};
  }
  if (beat.tail.netOut.used)
    netOut->write(beat.tail.netOut.tap ? beat.tap : beat.vector);
  machine.event(Event::Kind::WriteBack, beat.tail.pc, beat.row, result, tap);
}

void WriteBack::writeVrfs(const Beat &beat) {
  const auto write = [&beat](VrfWriteIf &vrf, const Place &place) {
    if (place.used)
      vrf.write(place.address, place.tap ? beat.tap : beat.vector);
  };
  write(*initialVrf[0], beat.tail.initial);
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    write(*addSubVrfs[int(k)], beat.tail.addSub[k]);
    write(*multiplyVrfs[int(k)], beat.tail.multiply[k]);
  }
}

} // namespace softdpu::model
