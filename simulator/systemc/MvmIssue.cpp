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
  if (mvmQueue->empty())
    return;
  const MvmJob &job = mvmQueue->front();
  const Grid grid = gridOf(job);
  if (chunk == 0) {
    if (!mayFire(job, grid))
      return;
    fire(job, grid);
  }
  ++machine.counters.mvmBusy;
  if (++chunk == machine.arch.chunksPerTile()) {
    chunk = 0;
    finishPass(job, grid);
  }
}

bool MvmIssue::mayFire(const MvmJob &job, const Grid &grid) {
  if (columns->arrived(half) < std::min((colPass + 1) * grid.group, job.cols)) {
    ++machine.counters.mvmStallColumns;
    return false;
  }
  if (colPass == 0 && usedSlots.read() == machine.arch.accumulators) {
    ++machine.counters.mvmStallAccumulator;
    return false;
  }
  return true;
}

void MvmIssue::fire(const MvmJob &job, const Grid &grid) {
  machine.event(Event::Kind::Pass, job.pc, pass);
  if (colPass == 0)
    usedSlots.write(usedSlots.next() + 1);
  const unsigned slot = (firstSlot + rowPass) % machine.arch.accumulators;
  if (colPass + 1 == grid.colPasses)
    completed.push(slot, machine.arch.chunksPerTile() - 1 + machine.timing.engineLatency);
  if (!machine.timingOnly)
    passes.send({.rowPass = rowPass,
                 .colPass = colPass,
                 .rows = job.rows,
                 .cols = job.cols,
                 .group = grid.group,
                 .matrixSlot = job.matrix + pass,
                 .accumulatorSlot = slot,
                 .half = half});
}

/// The last chunk of a pass is issued in this cycle.
void MvmIssue::finishPass(const MvmJob &job, const Grid &grid) {
  ++pass;
  uint32_t &inner = job.order == TileOrder::Row ? colPass : rowPass;
  uint32_t &outer = job.order == TileOrder::Row ? rowPass : colPass;
  const uint32_t innerEnd = job.order == TileOrder::Row ? grid.colPasses : grid.rowPasses;
  if (++inner == innerEnd) {
    inner = 0;
    ++outer;
  }
  if (pass < grid.rowPasses * grid.colPasses)
    return;
  firstSlot = (firstSlot + grid.rowPasses) % machine.arch.accumulators;
  rowPass = colPass = pass = 0;
  columns->releaseHalf(half);
  half ^= 1;
  mvmQueue->pop();
}

} // namespace softdpu::model
