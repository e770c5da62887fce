//===- Replay.cpp - Decides a run, decision by decision ----------------------------------===//

#include "Replay.h"

#include "softdpu/isa/WeightStream.h"

#include <algorithm>

namespace softdpu::schedule {

/// The first cycle that all conditions allow, and which of them came last. Of several that came together the first one named counts.
class Replay::FirstCycle {
public:
  void after(uint64_t earliest, Link newLink, Unit unit, uint32_t number, uint8_t newMfu = 0) {
    if (link != Link::None && earliest <= cycle)
      return;
    cycle = earliest;
    link = newLink;
    priorUnit = unit;
    prior = number;
    mfu = newMfu;
  }

  uint64_t cycle = 0;
  Link link = Link::None;
  Unit priorUnit = Unit::Sequencer;
  uint32_t prior = 0;
  uint8_t mfu = 0;
};

Replay::Replay(const ScheduledRun &run, const CycleRules &rules, Schedule &schedule)
    : given(run), rules(rules), schedule(schedule), walk(schedule.program, run.scalars), writers(rules.arch),
      netInHost(run.pauses, run.pauses.netInRate, 0), netOutHost(run.pauses, run.pauses.netOutRate, 1),
      weightHost(run.pauses, run.pauses.weightRate, 2), baseAt{0} {}

Expected<void> Replay::run(size_t limit) {
  current = walk.step();
  for (bool progress = true; progress && !schedule.complete && decided() < limit;) {
    progress = stepSequencer();
    progress |= stepLoader();
    progress |= stepMvm();
    progress |= stepBeat();
    schedule.complete = halted;
    if (!progress && !halted)
      return netInEmpty ? fail("the program takes more than the {} vectors that NetIn gets", given.netInVectors)
                        : fail("the program comes to a standstill: its units wait for each other");
  }
  if (schedule.complete)
    schedule.counters.cycles = schedule.of(Unit::Sequencer).back().cycle + 1;
  return {};
}

size_t Replay::decided() const {
  size_t sum = 0;
  for (const auto &decisions : schedule.decisions)
    sum += decisions.size();
  return sum;
}

void Replay::decide(Unit unit, uint32_t execution, uint32_t index, const FirstCycle &first) {
  schedule.of(unit).push_back({.cycle = first.cycle,
                               .execution = execution,
                               .index = index,
                               .prior = first.prior,
                               .priorUnit = first.priorUnit,
                               .link = first.link,
                               .mfu = first.mfu});
}

/// The next decision of `unit` waits for `cause` in the cycles [from, until); goes on to `until`.
void Replay::stall(Unit unit, StallCause cause, uint64_t &from, uint64_t until) {
  if (until <= from)
    return;
  schedule.stalls.push_back({from, uint32_t(until - from), uint32_t(schedule.of(unit).size()), cause});
  schedule.counters.*stallInfo(cause).counter += until - from;
  from = until;
}

//===----------------------------------------------------------------------===//
// Decoder and sequencer
//===----------------------------------------------------------------------===//

/// The cycle in which the decoder writes an entry: one word per cycle, as long as there is room in the chain buffer.
uint64_t Replay::written(uint32_t entry) {
  const std::vector<uint32_t> &ready = schedule.program.ready;
  while (writtenAt.size() <= entry) {
    const size_t next = writtenAt.size();
    uint64_t cycle = next == 0 ? ready[0] : writtenAt.back() + ready[next] - ready[next - 1];
    if (next >= rules.arch.chainBuffer)
      cycle = std::max(cycle, baseAt[next - rules.arch.chainBuffer + 1]);
    writtenAt.push_back(cycle);
  }
  return writtenAt[entry];
}

/// The decision made in `cycle` moves the base of the chain buffer.
void Replay::moveBase(uint32_t base, uint64_t cycle) {
  while (baseAt.size() <= base)
    baseAt.push_back(cycle + 1);
}

bool Replay::stepSequencer() {
  if (!current.entry || halted)
    return false;
  const auto execution = uint32_t(schedule.of(Unit::Sequencer).size());
  uint64_t next = execution == 0 ? 0 : cycleOf(Unit::Sequencer, execution - 1) + 1;
  const uint64_t available = written(current.position) + rules.entryLatency;

  FirstCycle first;
  const auto *tail = current.skipped ? nullptr : std::get_if<Tail>(current.entry);
  const auto *matrix = current.skipped ? nullptr : std::get_if<MatrixLoad>(current.entry);
  const bool isHalt = !current.skipped && std::holds_alternative<Halt>(*current.entry);
  if (tail && !waitForQueues(*tail, first))
    return false;
  if ((matrix || isHalt) && !waitForIdle(first))
    return false;
  if (execution > 0)
    first.after(next, Link::Entry, Unit::Sequencer, execution - 1);
  first.after(available, Link::Decode, Unit::Sequencer, 0);
  if (matrix)
    first.cycle = loadMatrix(*matrix, first.cycle);

  stall(Unit::Sequencer, StallCause::Decode, next, available);
  if (!current.skipped)
    stall(Unit::Sequencer, tail ? StallCause::Queue : StallCause::Idle, next, first.cycle);
  decide(Unit::Sequencer, execution, current.position, first);
  schedule.of(Unit::Sequencer).back().skipped = current.skipped;
  schedule.counters.sequencerEntries += !current.skipped;
  moveBase(current.base, first.cycle);
  if (tail)
    dispatch(walk.currentTail(), execution);
  halted = isHalt;
  current = walk.step();
  return true;
}

bool Replay::waitForQueues(const Tail &tail, FirstCycle &first) const {
  // A push sees the room that a pop made one cycle later.
  const auto room = [&](const std::vector<uint32_t> &ends, unsigned depth, const std::vector<Taken> &taken, Link link) {
    if (ends.size() < depth)
      return true;
    const uint32_t last = ends[ends.size() - depth] - 1;
    if (last >= taken.size())
      return false;
    first.after(taken[last].cycle + 1, link, taken[last].priorUnit, taken[last].prior);
    return true;
  };
  if (!room(tailEnds, rules.tailQueueDepth, beatsTaken, Link::TailQueue))
    return false;
  if (tail.head && !room(headEnds, rules.headQueueDepth, loadsTaken, Link::HeadQueue))
    return false;
  return !tail.head || !tail.head->mvMul || waitForMvmQueue(first);
}

/// The command that many places ahead must have left the queue: it must have been there, and the registers behind the queue free.
bool Replay::waitForMvmQueue(FirstCycle &first) const {
  if (mvmEnds.size() < rules.mvmQueueDepth)
    return true;
  const size_t command = mvmEnds.size() - rules.mvmQueueDepth;
  first.after(queued(mvmExecutions[command]) + 1, Link::MvmQueue, Unit::Sequencer, mvmExecutions[command]);
  if (command < rules.mvmRegisters)
    return true;
  const uint32_t last = mvmEnds[command - rules.mvmRegisters] - 1;
  if (!isDecided(Unit::Mvm, last))
    return false;
  first.after(cycleOf(Unit::Mvm, last) + chunks(), Link::MvmQueue, Unit::Mvm, last);
  return true;
}

/// The next load or beat leaves its queue: when its job is there, the one before has left, and there is room in the registers, which the
/// vector that many places ahead makes when it fires.
void Replay::take(Unit unit, uint32_t execution, std::vector<Taken> &taken) const {
  const auto number = uint32_t(taken.size());
  Taken next{queued(execution), Unit::Sequencer, execution};
  if (number > 0 && taken.back().cycle + 1 > next.cycle)
    next = {taken.back().cycle + 1, taken.back().priorUnit, taken.back().prior};
  if (number >= rules.issueRegisters && cycleOf(unit, number - rules.issueRegisters) > next.cycle)
    next = {cycleOf(unit, number - rules.issueRegisters), unit, number - rules.issueRegisters};
  taken.push_back(next);
}

bool Replay::waitForIdle(FirstCycle &first) const {
  if (beatsAhead == 0)
    return true;
  if (!isDecided(Unit::Beat, beatsAhead - 1))
    return false;
  first.after(cycleOf(Unit::Beat, beatsAhead - 1) + rules.writeBack + rules.idleLatency, Link::Idle, Unit::Beat, beatsAhead - 1);
  return true;
}

/// \param idle the cycle in which the machine was seen idle. \returns the cycle in which the entry completes.
uint64_t Replay::loadMatrix(const MatrixLoad &load, uint64_t idle) {
  const uint64_t tiles = placeTiles(rules.arch, load.rows, load.cols, load.group, load.order).size();
  uint64_t cycle = idle;
  for (uint64_t beat = tiles * rules.arch.nativeDim * chunks(); beat > 0; --beat) {
    cycle = std::max(weightHost.willing(0), cycle + 1);
    weightHost.move(cycle);
  }
  return cycle + rules.matrixDoneLatency;
}

//===----------------------------------------------------------------------===//
// Dispatch: what belongs together
//===----------------------------------------------------------------------===//

void Replay::dispatch(const Tail &tail, uint32_t execution) {
  const Head &head = walk.currentHead();
  if (tail.head && head.mvMul)
    dispatchMatrix(head, execution);
  dispatchBeats(tail, head, execution);
  if (tail.head)
    headEnds.push_back(loadsAhead);
  tailEnds.push_back(beatsAhead);
}

/// Loads and passes of an mv_mul chain.
void Replay::dispatchMatrix(const Head &head, uint32_t execution) {
  const MvMul &mul = *head.mvMul;
  const uint32_t firstLoad = loadsAhead, rows = uint32_t(head.rows) * mul.tails;
  for (uint32_t v = 0; v < head.cols; ++v)
    loads.push_back({.execution = execution,
                     .index = v,
                     .writer = head.source == Source::InitialVrf ? writers.ofSource(uint16_t(head.address.immediate + v)) : nobody,
                     .fromNetIn = head.source == Source::NetIn,
                     .takesHalf = v == 0,
                     .mvmChain = uint32_t(mvmEnds.size()),
                     .bypass = nobody});
  loadsAhead += head.cols;

  const uint32_t groups = rules.arch.groups(mul.group);
  const uint32_t rowPassCount = (rows + groups - 1) / groups, colPassCount = (head.cols + mul.group - 1u) / mul.group;
  chain = {.firstRowPass = uint32_t(rowPasses.size()), .groups = groups};
  rowPasses.resize(rowPasses.size() + rowPassCount);
  for (uint32_t n = 0; n < rowPassCount * colPassCount; ++n) {
    const bool byRow = mul.order == TileOrder::Row;
    const uint32_t rowPass = chain.firstRowPass + (byRow ? n / colPassCount : n % rowPassCount);
    const uint32_t colPass = byRow ? n % colPassCount : n / rowPassCount;
    const uint32_t columns = std::min<uint32_t>((colPass + 1) * mul.group, head.cols);
    passes.push_back({execution, n, firstLoad + columns - 1, colPass == 0 ? rowPass : nobody});
    if (colPass + 1 == colPassCount)
      rowPasses[rowPass].lastPass = passesAhead + n;
  }
  passesAhead += rowPassCount * colPassCount;
  mvmEnds.push_back(passesAhead);
  mvmExecutions.push_back(execution);
}

/// The beats of a tail, and the loads of a chain without mv_mul.
void Replay::dispatchBeats(const Tail &tail, const Head &head, uint32_t execution) {
  for (uint32_t row = 0; row < tail.rows; ++row) {
    BeatJob job{.execution = execution,
                .index = row,
                .rowPass = nobody,
                .bypass = nobody,
                .toNetOut = tail.netOut.has_value(),
                .operands = writers.ofOperands(tail, row)};
    if (tail.matrixResult) {
      const uint32_t result = chain.results++;
      job.rowPass = chain.firstRowPass + result / chain.groups;
      const bool lastOfChain = tail.lastOfChain && row + 1 == tail.rows;
      if (chain.results % chain.groups == 0 || lastOfChain)
        rowPasses[job.rowPass].lastBeat = beatsAhead;
    } else {
      job.bypass = uint32_t(bypassLoads.size());
      loads.push_back({.execution = execution,
                       .index = row,
                       .writer = head.source == Source::InitialVrf ? writers.ofSource(uint16_t(head.address.immediate + row)) : nobody,
                       .fromNetIn = head.source == Source::NetIn,
                       .takesHalf = false,
                       .mvmChain = nobody,
                       .bypass = job.bypass});
      bypassLoads.push_back(loadsAhead++);
      bypassBeats.push_back(beatsAhead);
    }
    writers.write(tail, row, beatsAhead++);
    beats.push_back(job);
  }
}

//===----------------------------------------------------------------------===//
// Loader, mvm issue, beat issue
//===----------------------------------------------------------------------===//

/// The port takes NetIn vector `vector`, which a load of `execution` wants.
void Replay::takeNetIn(uint32_t vector, uint32_t execution) {
  FirstCycle first;
  first.after(netInHost.willing(0), Link::Host, Unit::NetIn, vector - 1);
  if (vector == 0)
    first.link = Link::None;
  if (vector >= rules.arch.netInDepth) {
    const uint32_t freed = netInLoads[vector - rules.arch.netInDepth];
    first.after(cycleOf(Unit::Loader, freed) + 1, Link::NetInRoom, Unit::Loader, freed);
  }
  netInHost.move(first.cycle);
  decide(Unit::NetIn, execution, vector, first);
}

bool Replay::stepLoader() {
  if (loads.empty())
    return false;
  const LoadJob &job = loads.front();
  const auto number = uint32_t(schedule.of(Unit::Loader).size());
  const uint64_t dispatched = queued(job.execution) + rules.issueRegisters;
  uint64_t next = number == 0 ? dispatched : std::max(dispatched, cycleOf(Unit::Loader, number - 1) + 1);
  uint64_t buffer = 0, vectorThere = 0, sourceWritten = 0;

  FirstCycle first;
  if (job.writer != nobody) {
    if (!isDecided(Unit::Beat, job.writer))
      return false;
    sourceWritten = cycleOf(Unit::Beat, job.writer) + rules.writeBack;
    first.after(sourceWritten, Link::Source, Unit::Beat, job.writer);
  }
  if (job.takesHalf && job.mvmChain >= 2) {
    const uint32_t last = mvmEnds[job.mvmChain - 2] - 1;
    if (!isDecided(Unit::Mvm, last))
      return false;
    buffer = cycleOf(Unit::Mvm, last) + chunks();
    first.after(buffer, Link::ColumnBuffer, Unit::Mvm, last);
  }
  if (job.bypass != nobody && job.bypass >= rules.bypassDepth) {
    const uint32_t freed = bypassBeats[job.bypass - rules.bypassDepth];
    if (!isDecided(Unit::Beat, freed))
      return false;
    buffer = cycleOf(Unit::Beat, freed) + rules.mfuEntry + 1;
    first.after(buffer, Link::BypassRoom, Unit::Beat, freed);
  }
  if (job.fromNetIn) {
    const auto vector = uint32_t(netInLoads.size());
    netInEmpty = vector >= given.netInVectors;
    if (netInEmpty)
      return false;
    takeNetIn(vector, job.execution);
    vectorThere = cycleOf(Unit::NetIn, vector) + 1;
    first.after(vectorThere, Link::NetInVector, Unit::NetIn, vector);
    netInLoads.push_back(number);
  }
  if (number > 0)
    first.after(cycleOf(Unit::Loader, number - 1) + 1, Link::LoaderPort, Unit::Loader, number - 1);
  first.after(dispatched, Link::Dispatch, Unit::Sequencer, job.execution);

  stall(Unit::Loader, StallCause::Buffer, next, buffer);
  stall(Unit::Loader, StallCause::NetIn, next, vectorThere);
  stall(Unit::Loader, StallCause::Source, next, sourceWritten);
  decide(Unit::Loader, job.execution, job.index, first);
  ++schedule.counters.loaderBusy;
  take(Unit::Loader, job.execution, loadsTaken);
  loads.pop_front();
  return true;
}

bool Replay::stepMvm() {
  if (passes.empty() || !isDecided(Unit::Loader, passes.front().lastLoad))
    return false;
  const PassJob &job = passes.front();
  const auto number = uint32_t(schedule.of(Unit::Mvm).size());
  const uint64_t dispatched = queued(job.execution) + rules.mvmRegisters;
  const uint64_t columns = cycleOf(Unit::Loader, job.lastLoad) + rules.columnLatency;
  uint64_t next = dispatched, slotFree = 0;

  FirstCycle first;
  if (number > 0) {
    const uint64_t passEnd = cycleOf(Unit::Mvm, number - 1) + chunks();
    first.after(passEnd, Link::MvmBusy, Unit::Mvm, number - 1);
    next = std::max(next, passEnd);
  }
  first.after(columns, Link::Columns, Unit::Loader, job.lastLoad);
  if (job.rowPass != nobody && job.rowPass >= rules.arch.accumulators) {
    const uint32_t freed = rowPasses[job.rowPass - rules.arch.accumulators].lastBeat;
    if (freed == nobody || !isDecided(Unit::Beat, freed))
      return false;
    slotFree = cycleOf(Unit::Beat, freed) + 1;
    first.after(slotFree, Link::Accumulators, Unit::Beat, freed);
  }
  first.after(dispatched, Link::Dispatch, Unit::Sequencer, job.execution);

  stall(Unit::Mvm, StallCause::Columns, next, columns);
  stall(Unit::Mvm, StallCause::Accumulator, next, slotFree);
  decide(Unit::Mvm, job.execution, job.index, first);
  schedule.counters.mvmBusy += chunks();
  passes.pop_front();
  return true;
}

bool Replay::stepBeat() {
  if (beats.empty())
    return false;
  const BeatJob &job = beats.front();
  const Unit giver = job.rowPass != nobody ? Unit::Mvm : Unit::Loader;
  const uint32_t given = job.rowPass != nobody ? rowPasses[job.rowPass].lastPass : bypassLoads[job.bypass];
  if (!isDecided(giver, given))
    return false;
  const auto number = uint32_t(schedule.of(Unit::Beat).size());
  const uint64_t dispatched = queued(job.execution) + rules.issueRegisters;
  uint64_t next = number == 0 ? dispatched : std::max(dispatched, cycleOf(Unit::Beat, number - 1) + 1);
  const uint64_t vectorThere = cycleOf(giver, given) + (giver == Unit::Mvm ? chunks() - 1 + rules.engineLatency : 1);
  uint64_t operandsWritten = 0, roomInNetOut = 0;

  FirstCycle first;
  first.after(vectorThere, giver == Unit::Mvm ? Link::Product : Link::BypassVector, giver, given);
  for (unsigned i = 0; i < job.operands.count; ++i) {
    const OperandWriter &writer = job.operands.operands[i];
    const unsigned read = writer.isAdd ? rules.addRead[writer.mfu] : rules.multiplyRead[writer.mfu];
    const uint64_t written = cycleOf(Unit::Beat, writer.beat) + rules.writeBack - read;
    operandsWritten = std::max(operandsWritten, written);
    first.after(written, writer.isAdd ? Link::AddOperand : Link::MultiplyOperand, Unit::Beat, writer.beat, writer.mfu);
  }
  const auto netOutVector = uint32_t(schedule.of(Unit::NetOut).size());
  if (job.toNetOut && netOutVector >= rules.arch.netOutDepth) {
    const uint32_t freed = netOutVector - rules.arch.netOutDepth;
    roomInNetOut = cycleOf(Unit::NetOut, freed) + 1;
    first.after(roomInNetOut, Link::NetOutRoom, Unit::NetOut, freed);
  }
  if (number > 0)
    first.after(cycleOf(Unit::Beat, number - 1) + 1, Link::BeatPort, Unit::Beat, number - 1);
  first.after(dispatched, Link::Dispatch, Unit::Sequencer, job.execution);

  stall(Unit::Beat, giver == Unit::Mvm ? StallCause::Mvm : StallCause::Bypass, next, vectorThere);
  stall(Unit::Beat, StallCause::Operand, next, operandsWritten);
  stall(Unit::Beat, StallCause::NetOut, next, roomInNetOut);
  decide(Unit::Beat, job.execution, job.index, first);
  ++schedule.counters.beatBusy;
  take(Unit::Beat, job.execution, beatsTaken);
  if (job.toNetOut) {
    FirstCycle taken;
    const uint64_t offered = first.cycle + rules.writeBack + 1;
    taken.after(offered, Link::WrittenBack, Unit::Beat, number);
    if (netOutVector > 0)
      taken.after(netOutHost.willing(offered), Link::Host, Unit::NetOut, netOutVector - 1);
    else
      taken.cycle = netOutHost.willing(offered);
    netOutHost.move(taken.cycle);
    decide(Unit::NetOut, job.execution, netOutVector, taken);
  }
  beats.pop_front();
  return true;
}

} // namespace softdpu::schedule

namespace softdpu {

Expected<Schedule> scheduleRun(const ScheduledRun &run, const CycleRules &rules, size_t limit) {
  auto program = decodeProgram(run.words, run.entryPoint, rules.arch);
  if (!program)
    return tl::unexpected(program.error());
  Schedule schedule;
  schedule.program = std::move(*program);
  if (const auto done = schedule::Replay(run, rules, schedule).run(limit); !done)
    return tl::unexpected(done.error());
  return schedule;
}

} // namespace softdpu
