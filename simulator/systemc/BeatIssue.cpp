//===- BeatIssue.cpp - One result vector per cycle into the MFUs: the third issue point --===//

#include "BeatIssue.h"

namespace softdpu::model {

BeatIssue::BeatIssue(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), row(machine), beats(machine.timing.writeBack + 2), sums(beats.size() * machine.arch.nativeDim),
      vectors(2 * beats.size() * machine.arch.nativeDim) {
  const size_t nativeDim = machine.arch.nativeDim;
  for (size_t i = 0; i < beats.size(); ++i) {
    beats[i].sums = sums.data() + i * nativeDim;
    beats[i].vector = vectors.data() + 2 * i * nativeDim;
    beats[i].tap = beats[i].vector + nativeDim;
  }
  SC_HAS_PROCESS(BeatIssue);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void BeatIssue::reset() {
  row.reset();
  group = slot = 0;
}

void BeatIssue::step() {
  const bool fires = tailQueue->ready() && mayFire(tailQueue->front());
  tailQueue->step(fires);
  if (fires)
    fire(tailQueue->front());
}

bool BeatIssue::mayFire(const TailJob &tail) {
  Counters &counters = machine.counters;
  if (tail.matrixResult && !rowPasses->complete()) {
    ++counters.beatStallMvm;
    return false;
  }
  if (!tail.matrixResult && !bypass->available()) {
    ++counters.beatStallBypass;
    return false;
  }
  if (operandPending(tail)) {
    ++counters.beatStallRaw;
    return false;
  }
  if (tail.netOut.used && !netOut->hasCredit()) {
    ++counters.beatStallNetOut;
    return false;
  }
  return true;
}

bool BeatIssue::operandPending(const TailJob &tail) const {
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    const MfuJob &mfu = tail.mfus[k];
    if (mfu.add != AddOp::None &&
        scoreboard->pending(addSubVrf(k), uint16_t(mfu.addOperand + row.read()), now() + machine.timing.addRead(k)))
      return true;
    if (mfu.multiply &&
        scoreboard->pending(multiplyVrf(k), uint16_t(mfu.multiplyOperand + row.read()), now() + machine.timing.multiplyRead(k)))
      return true;
  }
  return false;
}

void BeatIssue::fire(const TailJob &tail) {
  const uint32_t thisRow = row.read();
  ++machine.counters.beatBusy;
  machine.event(Event::Kind::Beat, tail.pc, thisRow);

  Beat &beat = beats[next];
  next = (next + 1) % beats.size();
  beat.row = thisRow;
  beat.tail = tail;
  beat.tail.netOut.address = 0;
  beat.tail.initial.address = uint16_t(tail.initial.address + thisRow);
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    beat.tail.mfus[k].addOperand = uint16_t(tail.mfus[k].addOperand + thisRow);
    beat.tail.mfus[k].multiplyOperand = uint16_t(tail.mfus[k].multiplyOperand + thisRow);
    beat.tail.addSub[k].address = uint16_t(tail.addSub[k].address + thisRow);
    beat.tail.multiply[k].address = uint16_t(tail.multiply[k].address + thisRow);
  }
  scoreboard->fired(beat.tail);
  if (tail.netOut.used)
    netOut->takeCredit();
  if (tail.matrixResult) {
    beat.accumulatorSlot = slot;
    beat.firstEngine = group * tail.group;
    toReduction.send(&beat);
    nextResult(tail);
  } else {
    bypass->take(&beat);
  }

  if (thisRow + 1 == tail.rows) {
    row.write(0);
    tailQueue->pop();
  } else {
    row.write(thisRow + 1);
  }
}

/// Result vector after result vector, row pass after row pass.
void BeatIssue::nextResult(const TailJob &tail) {
  const bool lastOfChain = tail.lastOfChain && row.read() + 1 == tail.rows;
  if (++group < machine.arch.groups(tail.group) && !lastOfChain)
    return;
  group = 0;
  slot = (slot + 1) % machine.arch.accumulators;
  rowPasses->release();
}

} // namespace softdpu::model
