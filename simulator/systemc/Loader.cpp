//===- Loader.cpp - Reads source vectors: the first issue point --------------------------===//

#include "Loader.h"

namespace softdpu::model {

Loader::Loader(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine) {
  SC_HAS_PROCESS(Loader);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Loader::step() {
  const bool fires = headQueue->ready() && mayFire(headQueue->front());
  headQueue->step(fires);
  if (fires)
    fire(headQueue->front());
}

bool Loader::mayFire(const HeadJob &job) {
  const bool blocked = job.hasMvMul ? vector == 0 && !columns->halfFree() : !bypass->hasCredit();
  if (blocked) {
    ++machine.counters.loaderStallBuffer;
    return false;
  }
  if (job.source == Source::NetIn && netIn->empty()) {
    ++machine.counters.loaderStallNetIn;
    return false;
  }
  if (job.source == Source::InitialVrf && pendingWrite(job)) {
    ++machine.counters.loaderStallRaw;
    return false;
  }
  return true;
}

void Loader::fire(const HeadJob &job) {
  ++machine.counters.loaderBusy;
  machine.event(Event::Kind::Load, job.pc, vector);
  LoadedVector loaded{.source = job.source, .address = addressIn(job), .mantissa = job.mantissa, .half = half, .column = vector};
  if (job.source == Source::NetIn) {
    loaded.vector = netIn->front();
    netIn->pop();
  }
  if (job.hasMvMul) {
    if (vector == 0)
      columns->takeHalf();
    toConverter->push(loaded, 1);
  } else {
    bypass->takeCredit();
    toBypass->push(loaded, 1);
  }
  if (++vector == job.vectors) {
    vector = 0;
    if (job.hasMvMul)
      half ^= 1;
    headQueue->pop();
  }
}

/// Some earlier row writes the vector's InitialVrf entry, and a read now would come too early.
bool Loader::pendingWrite(const HeadJob &job) const {
  const uint16_t address = addressIn(job);
  if (scoreboard->pending(initialVrf, address, now()))
    return true;
  const unsigned older = uint8_t(job.tag - tailQueue->popped()); // Tails of earlier chains in the queue.
  for (unsigned i = 0; i < tailQueue->size() && i <= older; ++i) {
    const TailJob &tail = tailQueue->at(i);
    if (!tail.initial.used)
      continue;
    const bool own = i == older;
    if (own && job.hasMvMul)
      break;
    const uint32_t firstRow = i == 0 ? tailProgress->nextRow() : 0;
    const uint32_t endRow = own ? vector : tail.rows;
    const auto row = uint16_t(address - tail.initial.address);
    if (row >= firstRow && row < endRow)
      return true;
  }
  return false;
}

} // namespace softdpu::model
