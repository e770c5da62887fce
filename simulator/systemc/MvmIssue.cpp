//===- MvmIssue.cpp - Starts passes over the weights: the second issue point -------------===//

#include "MvmIssue.h"

#include <algorithm>

namespace softdpu::model {

MvmIssue::MvmIssue(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), completed("completed", machine, machine.arch.accumulators + 1), usedSlots(machine) {
  SC_HAS_PROCESS(MvmIssue);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void MvmIssue::reset() {
  completed.reset();
  usedSlots.reset();
  working = false;
  rowPass = colPass = pass = chunk = half = firstSlot = 0;
}

void MvmIssue::release() {
  completed.pop();
  usedSlots.write(usedSlots.next() - 1);
}

MvmIssue::Grid MvmIssue::gridOf(const MvmJob &job) const {
  const unsigned groups = machine.arch.groups(job.group);
  return {job.group, groups, (job.rows + groups - 1) / groups, (job.cols + job.group - 1) / job.group};
}

void MvmIssue::step() {
  if (!working || issue())
    next();
}

/// The next command enters `current`.
void MvmIssue::next() {
  working = !mvmQueue->empty();
  if (!working)
    return;
  current = mvmQueue->front();
  grid = gridOf(current);
  mvmQueue->pop();
}

bool MvmIssue::issue() {
  if (chunk == 0) {
    if (!mayFire())
      return false;
    fire();
  }
  ++machine.counters.mvmBusy;
  if (++chunk < machine.arch.chunksPerTile())
    return false;
  chunk = 0;
  return finishPass();
}

bool MvmIssue::mayFire() {
  if (columns->arrived(half) < std::min((colPass + 1) * grid.group, current.cols)) {
    ++machine.counters.mvmStallColumns;
    return false;
  }
  if (colPass == 0 && usedSlots.read() == machine.arch.accumulators) {
    ++machine.counters.mvmStallAccumulator;
    return false;
  }
  return true;
}

void MvmIssue::fire() {
  machine.event(Event::Kind::Pass, current.pc, pass);
  if (colPass == 0)
    usedSlots.write(usedSlots.next() + 1);
  const unsigned slot = (firstSlot + rowPass) % machine.arch.accumulators;
  if (colPass + 1 == grid.colPasses)
    completed.push(slot, machine.arch.chunksPerTile() - 1 + machine.timing.engineLatency);
  if (!machine.timingOnly)
    passes.send({.rowPass = rowPass,
                 .colPass = colPass,
                 .rows = current.rows,
                 .cols = current.cols,
                 .group = grid.group,
                 .matrixSlot = current.matrix + pass,
                 .accumulatorSlot = slot,
                 .half = half});
}

/// The last chunk of a pass is issued in this cycle. \returns whether it was the last pass.
bool MvmIssue::finishPass() {
  ++pass;
  const bool byRow = current.order == TileOrder::Row;
  uint32_t &inner = byRow ? colPass : rowPass;
  uint32_t &outer = byRow ? rowPass : colPass;
  if (++inner == (byRow ? grid.colPasses : grid.rowPasses)) {
    inner = 0;
    ++outer;
  }
  if (pass < grid.rowPasses * grid.colPasses)
    return false;
  firstSlot = (firstSlot + grid.rowPasses) % machine.arch.accumulators;
  rowPass = colPass = pass = 0;
  columns->releaseHalf(half);
  half ^= 1;
  return true;
}

} // namespace softdpu::model
