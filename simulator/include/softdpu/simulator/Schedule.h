//===- Schedule.h - Why everything in a run happens in its cycle -------------------------===//
//
// Engines say in which cycle something happened; the schedule says why not sooner. It applies the cycle rules of
// docs/microarchitecture.md decision by decision instead of cycle by cycle: each decision happens in the first cycle that all its
// conditions allow, so the last of them is its reason. A schedule must agree with the events of the run that it explains (`checkSchedule`).
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"
#include "softdpu/simulator/Engine.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

/// Who decides. NetIn takes vectors from the host, NetOut gives them to it.
enum class Unit : uint8_t { NetIn, Sequencer, Loader, Mvm, Beat, NetOut };
constexpr unsigned unitCount = 6;
/// "NetIn", "sequencer", "loader", "mvm issue", "beat issue", "NetOut"
std::string_view unitName(Unit unit);

/// The condition that came true last. It names what had to happen before, and by how many cycles.
enum class Link : uint8_t {
  None,         ///< The run began.
  Decode,       ///< Sequencer: the entry was not written yet.
  Entry,        ///< Sequencer: one entry per cycle.
  HeadQueue,    ///< Sequencer: room in the queue; behind the last load of an earlier chain.
  MvmQueue,     ///< Behind the last pass of an earlier chain, when the one behind it left the queue.
  TailQueue,    ///< Behind the last beat of an earlier tail.
  Idle,         ///< Matrix loads and halt: behind everything.
  Host,         ///< NetIn, NetOut: the host moves one vector per cycle, and may pause.
  NetInRoom,    ///< NetIn: the FIFO was full.
  Dispatch,     ///< Loader, mvm issue, beat issue: the sequencer had not got there.
  LoaderPort,   ///< One vector per cycle.
  ColumnBuffer, ///< Loader: both halves in use.
  BypassRoom,   ///< Loader: no bypass credit.
  NetInVector,  ///< Loader: NetIn was empty.
  Source,       ///< Loader: the vector was not written yet.
  MvmBusy,      ///< Mvm issue: the pass before.
  Columns,      ///< Mvm issue: the column was not there.
  Accumulators, ///< Mvm issue: all slots in use.
  BeatPort,     ///< One beat per cycle.
  Product,      ///< Beat issue: the row pass was not complete.
  BypassVector, ///< Beat issue: the vector was not loaded.
  AddOperand,   ///< Beat issue: an operand was not written yet.
  MultiplyOperand,
  NetOutRoom,  ///< Beat issue: no NetOut credit.
  WrittenBack, ///< NetOut: the vector was not there.
};

/// One decision: an entry is executed, a vector loaded, a pass or a beat issued, a vector moved at a port.
struct Decision {
  uint64_t cycle = 0;
  uint32_t execution = 0; ///< The sequencer's decision that it belongs to, by number.
  uint32_t index = 0;     ///< As Event::index; sequencer: the entry.
  uint32_t prior = 0;     ///< What it waited for: a decision of `priorUnit`, by number.
  Unit priorUnit = Unit::Sequencer;
  Link link = Link::None;
  uint8_t mfu = 0;      ///< Whose operand it was.
  bool skipped = false; ///< Sequencer: the entry of a loop without iterations.
};

/// Why a unit with work did nothing; as the hardware counts it.
enum class StallCause : uint8_t { Decode, Queue, Idle, Buffer, NetIn, Source, Columns, Accumulator, Mvm, Bypass, Operand, NetOut };
constexpr unsigned stallCauses = 12;
struct StallInfo {
  Unit unit;
  std::string_view name; ///< "columns not yet there"
  uint64_t Counters::*counter;
};
const StallInfo &stallInfo(StallCause cause);

/// Cycles [begin, begin + length) in which decision `decision` of the unit had to wait.
struct Stall {
  uint64_t begin = 0;
  uint32_t length = 0;
  uint32_t decision = 0;
  StallCause cause{};
};

/// What the cycle rules know of a machine. Changing a number answers what another machine would do.
struct CycleRules {
  Arch arch;
  unsigned headQueueDepth, mvmQueueDepth, tailQueueDepth, issueRegisters, mvmRegisters, bypassDepth;
  unsigned entryLatency, dispatchLatency, idleLatency, matrixDoneLatency;
  unsigned columnLatency, engineLatency, mfuEntry, writeBack;
  std::array<unsigned, maxMfus> addRead{}, multiplyRead{};

  /// Those of `arch`, with the depths of Timing.h.
  explicit CycleRules(const Arch &arch);
};

/// What runs.
struct ScheduledRun {
  std::span<const uint64_t> words;
  uint32_t entryPoint = 0;
  std::array<uint32_t, scalarRegisters> scalars{};
  uint64_t netInVectors = 0;
  HostPauses pauses{};
};

struct Schedule {
  DecodedProgram program;
  std::array<std::vector<Decision>, unitCount> decisions; ///< By unit, in order.
  std::vector<Stall> stalls;                              ///< Those of each unit in order.
  bool complete = false;                                  ///< Up to `halt`.
  Counters counters;                                      ///< Of what is there; cycles only if complete.

  std::vector<Decision> &of(Unit unit) { return decisions[size_t(unit)]; }
  const std::vector<Decision> &of(Unit unit) const { return decisions[size_t(unit)]; }
  /// The entry that the sequencer executed when it took the decision that `decision` belongs to.
  const Entry &entryOf(const Decision &decision) const { return program.entries[of(Unit::Sequencer)[decision.execution].index]; }
};

/// Decisions kept by default: steady states of the largest models show in far fewer. About 32 MiB.
constexpr size_t defaultDecisions = size_t(1) << 20;

/// Applies the rules to a run.
/// \param limit stops after so many decisions; the schedule is then that of the beginning of the run.
/// \returns an error if the program does not decode or the run could not go on.
Expected<Schedule> scheduleRun(const ScheduledRun &run, const CycleRules &rules, size_t limit = defaultDecisions);

/// Compares a schedule with the events of a run, as far as both go.
/// \param complete `events` are all of the run. \returns an error that names the first event that differs.
Expected<void> checkSchedule(const Schedule &schedule, const CycleRules &rules, std::span<const Event> events, bool complete);

} // namespace softdpu
