//===- Replay.h - Decides a run, decision by decision ------------------------------------===//
//
// Sequencer, loader, mvm issue and beat issue each decide in order. A decision can be made as soon as everything that it may wait for is
// decided; the units take turns until `halt`. Program order alone says what belongs together (which beat reads which entry, which pass
// needs which column), so jobs are prepared when the sequencer dispatches them.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "HostPort.h"
#include "LastWriters.h"
#include "ProgramWalk.h"
#include "softdpu/simulator/Schedule.h"

#include <deque>

namespace softdpu::schedule {

class Replay {
public:
  Replay(const ScheduledRun &run, const CycleRules &rules, Schedule &schedule);

  /// Runs to `halt`, or until there are `limit` decisions.
  Expected<void> run(size_t limit);

private:
  /// A source vector to be loaded.
  struct LoadJob {
    uint32_t execution, index;
    uint32_t writer; ///< Of its InitialVrf entry.
    bool fromNetIn;
    bool takesHalf;    ///< The first column of an mv_mul chain.
    uint32_t mvmChain; ///< Number of its mv_mul chain.
    uint32_t bypass;   ///< Number among the bypass vectors, or nobody.
  };
  struct PassJob {
    uint32_t execution, index;
    uint32_t lastLoad; ///< The last column that it needs.
    uint32_t rowPass;  ///< Number of the row pass that it begins, or nobody.
  };
  struct BeatJob {
    uint32_t execution, index;
    uint32_t rowPass; ///< Number of its row pass, or nobody.
    uint32_t bypass;  ///< Number of its bypass vector, or nobody.
    bool toNetOut;
    OperandWriters operands;
  };
  /// When a vector left the head or tail queue for the registers in front of its issue point, and what it waited for.
  struct Taken {
    uint64_t cycle;
    Unit priorUnit;
    uint32_t prior;
  };
  struct RowPass {
    uint32_t lastPass = nobody, lastBeat = nobody;
  };
  /// The dispatched chain whose tails follow.
  struct Chain {
    uint32_t firstRowPass = 0, groups = 1, results = 0; ///< results: handed out so far.
  };
  class FirstCycle;

  bool stepSequencer();
  bool stepLoader();
  bool stepMvm();
  bool stepBeat();
  void take(Unit unit, uint32_t execution, std::vector<Taken> &taken) const;
  bool waitForQueues(const Tail &tail, FirstCycle &first) const;
  bool waitForMvmQueue(FirstCycle &first) const;
  bool waitForIdle(FirstCycle &first) const;
  void decide(Unit unit, uint32_t execution, uint32_t index, const FirstCycle &first);
  uint64_t written(uint32_t entry);
  void moveBase(uint32_t base, uint64_t cycle);
  void dispatch(const Tail &tail, uint32_t execution);
  void dispatchMatrix(const Head &head, uint32_t execution);
  void dispatchBeats(const Tail &tail, const Head &head, uint32_t execution);
  uint64_t loadMatrix(const MatrixLoad &load, uint64_t idle);
  void takeNetIn(uint32_t vector, uint32_t execution);
  void stall(Unit unit, StallCause cause, uint64_t &from, uint64_t until);
  size_t decided() const;

  /// The cycle in which what `execution` dispatched is visible in its queues.
  uint64_t queued(uint32_t execution) const { return cycleOf(Unit::Sequencer, execution) + rules.dispatchLatency; }
  bool isDecided(Unit unit, uint32_t number) const { return number < schedule.of(unit).size(); }
  uint64_t cycleOf(Unit unit, uint32_t number) const { return schedule.of(unit)[number].cycle; }
  unsigned chunks() const { return rules.arch.chunksPerTile(); }

  const ScheduledRun &given;
  const CycleRules &rules;
  Schedule &schedule;
  ProgramWalk walk;
  LastWriters writers;
  HostPort netInHost, netOutHost, weightHost;

  Executed current; ///< The sequencer's next decision, if `current.entry`.
  bool halted = false, netInEmpty = false;
  std::vector<uint64_t> writtenAt; ///< By entry: the cycle in which the decoder writes it.
  std::vector<uint64_t> baseAt;    ///< By entry: the first cycle in which the base is at or behind it.

  std::deque<LoadJob> loads;
  std::deque<PassJob> passes;
  std::deque<BeatJob> beats;
  std::vector<uint32_t> headEnds, mvmEnds, tailEnds; ///< By queue item: loads, passes, beats up to its end.
  std::vector<uint32_t> mvmExecutions;               ///< By mvm queue item: who dispatched it.
  std::vector<Taken> loadsTaken, beatsTaken;
  std::vector<RowPass> rowPasses;
  std::vector<uint32_t> netInLoads; ///< By NetIn vector: its load.
  std::vector<uint32_t> bypassLoads, bypassBeats;
  uint32_t loadsAhead = 0, passesAhead = 0, beatsAhead = 0; ///< Dispatched so far.
  Chain chain;
};

} // namespace softdpu::schedule
