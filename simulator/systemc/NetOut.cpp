//===- NetOut.cpp - The output FIFO ------------------------------------------------------===//

#include "NetOut.h"

#include <algorithm>

namespace softdpu::model {

NetOut::NetOut(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), vectors("vectors", machine, machine.arch.netOutDepth), credits(machine, machine.arch.netOutDepth),
      memory(size_t(machine.arch.netOutDepth) * machine.arch.nativeDim) {
  SC_HAS_PROCESS(NetOut);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void NetOut::reset() {
  vectors.reset();
  credits.reset(machine.arch.netOutDepth);
}

void NetOut::step() {
  if (vectors.empty() || !ready.read())
    return;
  vectors.pop();
  credits.write(credits.next() + 1);
}

void NetOut::write(const Half *vector) {
  Half *to = memory.data() + size_t(place) * machine.arch.nativeDim;
  if (!machine.timingOnly)
    std::copy_n(vector, machine.arch.nativeDim, to);
  vectors.push(to);
  place = (place + 1) % machine.arch.netOutDepth;
}

} // namespace softdpu::model
