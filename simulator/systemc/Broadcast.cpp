//===- Broadcast.cpp - Columns to all tile engines ---------------------------------------===//

#include "Broadcast.h"

namespace softdpu::model {

Broadcast::Broadcast(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), tree("tree", machine, machine.timing.broadcastLatency + 1) {
  SC_HAS_PROCESS(Broadcast);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Broadcast::step() {
  if (const ConvertedColumn *column = tree.arrived()) {
    columns->write(column->half, column->column, *column->values);
    tree.pop();
  }
  if (const ConvertedColumn *column = in->arrived()) {
    tree.push(*column, machine.timing.broadcastLatency);
    in->pop();
  }
  if (in->empty() && tree.empty())
    next_trigger(in->filled());
}

} // namespace softdpu::model
