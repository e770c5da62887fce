//===- Dispatch.cpp - Chains on their way to the queues of the issue points --------------===//

#include "Dispatch.h"

namespace softdpu::model {
namespace {

bool hasMvMul(const Tail &tail) { return tail.head && tail.head->mvMul; }

/// Adds address registers to immediates.
class Resolver {
public:
  explicit Resolver(const AddressValues &registers) : registers(registers) {}

  uint16_t operator()(const Address &address) const { return uint16_t(address.immediate + (address.reg ? registers[*address.reg] : 0)); }
  Place operator()(const std::optional<Write> &write) const {
    if (!write)
      return {};
    return {.used = true, .tap = write->tap, .address = (*this)(write->address)};
  }

private:
  const AddressValues &registers;
};

TailJob tailJob(const Tail &tail, const Resolver &resolve, int8_t scale, unsigned mfus) {
  TailJob job;
  job.rows = tail.rows;
  job.matrixResult = tail.matrixResult;
  job.lastOfChain = tail.lastOfChain;
  job.group = tail.group;
  job.scale = scale;
  job.pc = tail.pc;
  job.netOut = resolve(tail.netOut);
  job.initial = resolve(tail.initial);
  job.tap = job.netOut.tap || job.initial.tap;
  for (unsigned k = 0; k < mfus; ++k) {
    const Mfu &mfu = tail.mfus[k];
    job.mfus[k] = {.add = mfu.add,
                   .activation = mfu.activation,
                   .multiply = mfu.multiply,
                   .addOperand = resolve(mfu.addOperand),
                   .multiplyOperand = resolve(mfu.multiplyOperand)};
    job.addSub[k] = resolve(tail.addSub[k]);
    job.multiply[k] = resolve(tail.multiply[k]);
    job.tap = job.tap || job.addSub[k].tap || job.multiply[k].tap;
  }
  return job;
}

} // namespace

Dispatch::Dispatch(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine), standing("standing", machine, 2) {
  SC_HAS_PROCESS(Dispatch);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Dispatch::reset() {
  standing.reset();
  due = 0;
  tails = 0;
}

bool Dispatch::hasRoom(const Tail &tail) const {
  const unsigned aheadTails = !empty(), aheadHeads = !empty() && last->head, aheadMvms = !empty() && hasMvMul(*last);
  return tailQueue->room() > aheadTails && (!tail.head || headQueue->room() > aheadHeads) &&
         (!hasMvMul(tail) || mvmQueue->room() > aheadMvms);
}

void Dispatch::send(const DispatchJob &job) {
  // A push is visible one cycle later.
  constexpr unsigned latency = Timing::dispatchLatency - 1;
  standing.push(job, latency);
  due = now() + latency;
  last = job.tail;
}

void Dispatch::step() {
  if (const DispatchJob *job = standing.arrived()) {
    push(*job);
    standing.pop();
  }
  if (standing.empty())
    next_trigger(standing.filled());
}

void Dispatch::push(const DispatchJob &job) {
  const Tail &tail = *job.tail;
  const Resolver resolve(job.registers);
  if (tail.head) {
    const Head &head = *tail.head;
    scale = head.mvMul ? head.mvMul->scale : int8_t(0);
    headQueue->push({.source = head.source,
                     .hasMvMul = head.mvMul.has_value(),
                     .address = resolve(head.address),
                     .vectors = head.mvMul ? head.cols : head.rows,
                     .mantissa = head.mantissa,
                     .tag = tails,
                     .pc = tail.pc});
    if (head.mvMul)
      mvmQueue->push({.matrix = head.mvMul->matrix,
                      .group = head.mvMul->group,
                      .order = head.mvMul->order,
                      .rows = uint32_t(head.rows) * head.mvMul->tails,
                      .cols = head.cols,
                      .pc = tail.pc});
  }
  tailQueue->push(tailJob(tail, resolve, scale, machine.arch.mfus));
  ++tails;
}

} // namespace softdpu::model
