//===- Converter.cpp - float16 to block floating point -----------------------------------===//

#include "Converter.h"

namespace softdpu::model {

Converter::Converter(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), shape(machine.arch), stages(machine.timing.columnLatency + 1, QuantisedVector(shape)) {
  SC_HAS_PROCESS(Converter);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Converter::step() {
  if (in->empty()) {
    next_trigger(in->filled());
    return;
  }
  const LoadedVector *loaded = in->arrived();
  if (!loaded)
    return;
  QuantisedVector &values = stages[stage];
  stage = (stage + 1) % stages.size();
  if (!machine.timingOnly)
    convert(*loaded, values);
  out->push({loaded->half, loaded->column, &values}, Timing::convertLatency);
  in->pop();
}

void Converter::convert(const LoadedVector &loaded, QuantisedVector &to) {
  const Half *vector = loaded.source == Source::NetIn ? loaded.vector : initialVrf->read(loaded.address);
  to.quantise(shape, {vector, machine.arch.nativeDim}, loaded.mantissa);
}

} // namespace softdpu::model
