//===- SteadyState.h - The loop over time steps, and when it repeats ---------------------===//

#pragma once

#include "softdpu/simulator/Schedule.h"

namespace softdpu::explain {

/// Decisions [begin, end) of a unit.
struct Range {
  size_t begin = 0, end = 0;
};

/// Iterations of one loop, all of whose decisions are known.
class StepLoop {
public:
  /// \returns the loop that takes most of the run, or an error if none has at least four iterations.
  static Expected<StepLoop> find(const Schedule &schedule);

  uint32_t entry() const { return loopEntry; }
  size_t iterations() const { return starts.size() - 1; }
  /// The decisions of a unit in an iteration.
  Range range(Unit unit, size_t iteration) const;
  /// The iteration that a decision belongs to; iterations() or more if it is none of them.
  size_t iterationOf(const Decision &decision) const;

private:
  explicit StepLoop(const Schedule &schedule) : schedule(&schedule) {}

  const Schedule *schedule;
  uint32_t loopEntry = 0;
  std::vector<uint32_t> starts; ///< First execution of each iteration, and of what follows the last.
};

/// The last iterations repeat: everything happens `cycles` later than `steps` iterations before.
struct SteadyState {
  size_t since = 0; ///< First iteration of the steady state.
  size_t steps = 0;
  uint64_t cycles = 0;
};

/// \returns an error if the last iterations of the loop do not repeat.
Expected<SteadyState> findSteadyState(const Schedule &schedule, const StepLoop &loop);

} // namespace softdpu::explain
