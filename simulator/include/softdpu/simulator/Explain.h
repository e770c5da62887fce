//===- Explain.h - Where the cycles of a time step go ------------------------------------===//
//
// Finds the loop over time steps and the state in which its iterations repeat, follows the critical path through one repetition, and asks
// what would shorten it. Everything follows from the run's schedule, which has to agree with the run's events.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"
#include "softdpu/simulator/Schedule.h"

#include <string>
#include <vector>

namespace softdpu {

/// What a cycle of the critical path is spent on.
enum class Spent : uint8_t {
  Compute,    ///< The multipliers work on other passes.
  Dependency, ///< A value that others need is on its way through a pipeline.
  Dispatch,   ///< Decoder, sequencer, queues.
  Ports,      ///< Loader, beat issue; buffers, accumulators, NetIn or NetOut that are full or empty.
};
constexpr unsigned spentKinds = 4;
/// "compute", "dependency", "dispatch", "ports"
std::string_view spentName(Spent spent);

/// Cycles of the path in one unit.
struct PathUnit {
  std::string unit; ///< "mvm", "converter", "mfu1.activation", ...
  Spent spent{};
  uint64_t cycles = 0;
  uint64_t unused = 0; ///< Of them in a stage that the tail does not use, but goes through.
};

/// Decisions of one kind in a row, in order of time.
struct PathSegment {
  Unit unit{};
  Link link{};
  std::string reason; ///< "waits for its columns"
  uint64_t decisions = 0;
  uint64_t cycles = 0;
  uint32_t pc = 0;
  std::string chain, node; ///< From the debug map.
};

/// What a unit did during the path.
struct UnitActivity {
  Unit unit{};
  uint64_t busy = 0, empty = 0; ///< empty: nothing in its queue.
  std::array<uint64_t, stallCauses> stalls{};
};

/// The same program on a machine that differs in one thing.
struct WhatIf {
  std::string change;
  double cyclesPerStep = 0;
};

struct Explanation {
  uint32_t loopWord = 0;              ///< Word index of the loop whose iterations are the steps.
  uint64_t steadySince = 0;           ///< First iteration of the steady state.
  uint64_t periodSteps = 0;           ///< Iterations until everything repeats,
  uint64_t periodCycles = 0;          ///< and their cycles.
  uint64_t pathSteps = 0;             ///< Iterations that the critical path spans; a multiple of periodSteps,
  uint64_t pathCycles = 0;            ///< and their cycles: the sum over `units`, and over `path`.
  Spent bound{};                      ///< What most of them are spent on.
  std::vector<PathUnit> units;        ///< Longest first.
  std::vector<PathSegment> path;      ///< One repetition.
  std::vector<UnitActivity> activity; ///< During pathSteps iterations.
  std::vector<WhatIf> whatIf;         ///< Fastest first.

  double cyclesPerStep() const { return double(periodCycles) / double(periodSteps); }
};

/// \param events of the run, or its beginning. \param complete they are all.
/// \returns an error if the events do not follow the cycle rules, or the program has no loop with a steady state within them.
Expected<Explanation> explainRun(const ScheduledRun &run, const Arch &arch, std::span<const DebugRange> debug,
                                 std::span<const Event> events, bool complete);

} // namespace softdpu
