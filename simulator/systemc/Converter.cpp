//===- Converter.cpp - float16 to block floating point -----------------------------------===//

#include "Converter.h"

#include "softdpu/numerics/BlockFloat.h"

namespace softdpu::model {

Converter::Converter(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), stages(machine.timing.columnLatency + 1) {
  for (QuantisedColumn &column : stages) {
    column.mantissas.resize(machine.arch.nativeDim);
    column.exponents.resize(machine.arch.nativeDim / machine.arch.box);
  }
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
  QuantisedColumn &values = stages[stage];
  stage = (stage + 1) % stages.size();
  if (!machine.timingOnly)
    convert(*loaded, values);
  out->push({loaded->half, loaded->column, &values}, Timing::convertLatency);
  in->pop();
}

void Converter::convert(const LoadedVector &loaded, QuantisedColumn &to) {
  const Half *vector = loaded.source == Source::NetIn ? loaded.vector : initialVrf->read(loaded.address);
  const BlockFormat format{loaded.mantissa, machine.arch.box};
  quantiseInto({vector, machine.arch.nativeDim}, format, to.mantissas, to.exponents);
  to.range = {};
  for (uint8_t exponent : to.exponents)
    if (exponent != 0)
      to.range.include(exponent);
}

} // namespace softdpu::model
