//===- NetIn.cpp - The input FIFO --------------------------------------------------------===//

#include "NetIn.h"

#include <algorithm>

namespace softdpu::model {

NetIn::NetIn(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), vectors("vectors", machine, machine.arch.netInDepth),
      memory(size_t(machine.arch.netInDepth + 2) * machine.arch.nativeDim) {
  SC_HAS_PROCESS(NetIn);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void NetIn::step() {
  if (!valid.read() || vectors.full())
    return;
  Half *to = memory.data() + size_t(place) * machine.arch.nativeDim;
  if (!machine.timingOnly)
    std::copy_n(data.read(), machine.arch.nativeDim, to);
  vectors.push(to);
  place = (place + 1) % (machine.arch.netInDepth + 2);
}

} // namespace softdpu::model
