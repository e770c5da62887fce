//===- Mfu.cpp - A multi-function unit: add, activation, multiply ------------------------===//

#include "Mfu.h"

#include "softdpu/numerics/HalfVector.h"

#include <algorithm>

namespace softdpu::model {

Mfu::Mfu(const sc_core::sc_module_name &name, Machine &machine, unsigned index)
    : Block(name, machine), index(index), toMultiply("toMultiply", machine, Timing::addLatency + Timing::activationLatency + 1) {
  SC_HAS_PROCESS(Mfu);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Mfu::step() {
  if (Beat *const *beat = toMultiply.arrived()) {
    if (!machine.timingOnly)
      multiply(**beat);
    out->push(*beat, Timing::multiplyLatency);
    toMultiply.pop();
  }
  if (Beat *beat = arrived()) {
    if (!machine.timingOnly)
      addAndActivate(*beat);
    toMultiply.push(beat, Timing::addLatency + Timing::activationLatency);
  }
  sleepIfEmpty();
}

void Mfu::end_of_elaboration() {
  for (int i = 0; i < in.size(); ++i)
    anyFilled |= in[i]->filled();
}

void Mfu::sleepIfEmpty() {
  bool empty = toMultiply.empty();
  for (int i = 0; i < in.size(); ++i)
    empty = empty && in[i]->empty();
  if (empty)
    next_trigger(anyFilled);
}

Beat *Mfu::arrived() {
  for (int i = 0; i < in.size(); ++i)
    if (Beat *const *arrived = in[i]->arrived()) {
      Beat *beat = *arrived;
      in[i]->pop();
      return beat;
    }
  return nullptr;
}

void Mfu::addAndActivate(Beat &beat) {
  const MfuJob &job = beat.tail.mfus[index];
  const std::span<Half> vector(beat.vector, machine.arch.nativeDim);
  if (index + 1 == machine.arch.mfus && beat.tail.tap)
    std::ranges::copy(vector, beat.tap);

  if (job.add != AddOp::None) {
    const std::span<const Half> operand(addSubVrf->read(job.addOperand), machine.arch.nativeDim);
    switch (job.add) {
    case AddOp::None:
      break;
    case AddOp::Add:
      addTo(vector, operand);
      break;
    case AddOp::ASubB:
      subtractFrom(vector, operand);
      break;
    case AddOp::BSubA:
      subtractReversed(vector, operand);
      break;
    case AddOp::Max:
      maxWith(vector, operand);
      break;
    case AddOp::Min:
      minWith(vector, operand);
      break;
    }
  }

  switch (job.activation) {
  case ActivationOp::None:
    break;
  case ActivationOp::Relu:
    applyRelu(vector);
    break;
  case ActivationOp::Sigmoid:
    applySigmoid(vector);
    break;
  case ActivationOp::Tanh:
    applyTanh(vector);
    break;
  case ActivationOp::OneMinusSigmoid:
    applyOneMinusSigmoid(vector);
    break;
  }
}

void Mfu::multiply(Beat &beat) {
  const MfuJob &job = beat.tail.mfus[index];
  if (job.multiply)
    multiplyBy({beat.vector, machine.arch.nativeDim}, {multiplyVrf->read(job.multiplyOperand), machine.arch.nativeDim});
}

} // namespace softdpu::model
