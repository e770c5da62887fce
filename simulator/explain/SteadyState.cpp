//===- SteadyState.cpp - The loop over time steps, and when it repeats -------------------===//

#include "SteadyState.h"

#include <algorithm>
#include <fmt/format.h>

namespace softdpu::explain {
namespace {

constexpr size_t fewestIterations = 4;

/// Units whose decisions must repeat. The sequencer and NetIn may run ahead for a while without anybody noticing.
constexpr std::array<Unit, 3> repeating{Unit::Loader, Unit::Mvm, Unit::Beat};

/// Cycles by which `iteration` follows the one `steps` before, or 0 if they differ.
uint64_t distance(const Schedule &schedule, const StepLoop &loop, size_t iteration, size_t steps) {
  uint64_t cycles = 0;
  for (Unit unit : repeating) {
    const Range now = loop.range(unit, iteration), before = loop.range(unit, iteration - steps);
    if (now.end - now.begin != before.end - before.begin)
      return 0;
    for (size_t i = 0; i < now.end - now.begin; ++i) {
      const uint64_t later = schedule.of(unit)[now.begin + i].cycle - schedule.of(unit)[before.begin + i].cycle;
      if (cycles != 0 && later != cycles)
        return 0;
      cycles = later;
    }
  }
  return cycles;
}

} // namespace

Expected<StepLoop> StepLoop::find(const Schedule &schedule) {
  struct Open {
    uint32_t entry;
    std::vector<uint32_t> starts;
  };
  const std::vector<Decision> &executed = schedule.of(Unit::Sequencer);
  const std::vector<Decision> &beats = schedule.of(Unit::Beat);
  // Everything before the last beat's entry is decided.
  const uint32_t decided = schedule.complete ? uint32_t(executed.size()) : beats.empty() ? 0 : beats.back().execution;
  StepLoop best(schedule);
  uint64_t longest = 0;
  const auto consider = [&](Open &loop) {
    while (!loop.starts.empty() && loop.starts.back() > decided)
      loop.starts.pop_back();
    if (loop.starts.size() <= fewestIterations)
      return;
    const uint64_t cycles = executed[loop.starts.back() - 1].cycle - executed[loop.starts.front()].cycle;
    if (cycles <= longest)
      return;
    longest = cycles;
    best.loopEntry = loop.entry;
    best.starts = std::move(loop.starts);
  };

  std::vector<Open> open;
  for (uint32_t i = 0; i < executed.size(); ++i) {
    const Decision &decision = executed[i];
    const Entry &entry = schedule.program.entries[decision.index];
    if (decision.skipped || (!std::holds_alternative<Loop>(entry) && !std::holds_alternative<EndLoop>(entry)))
      continue;
    const bool nextIs = i + 1 < executed.size();
    if (std::holds_alternative<Loop>(entry)) {
      if (nextIs && !executed[i + 1].skipped)
        open.push_back({decision.index, {i + 1}});
    } else {
      open.back().starts.push_back(i + 1);
      if (!nextIs || executed[i + 1].index != open.back().entry + 1) {
        consider(open.back());
        open.pop_back();
      }
    }
  }
  for (Open &loop : open)
    consider(loop);
  if (longest == 0)
    return fail("no loop has {} iterations or more; run more steps", fewestIterations);
  return best;
}

Range StepLoop::range(Unit unit, size_t iteration) const {
  const std::vector<Decision> &decisions = schedule->of(unit);
  if (unit == Unit::Sequencer)
    return {starts[iteration], starts[iteration + 1]};
  const auto first = [&](uint32_t execution) {
    const auto at = std::ranges::lower_bound(decisions, execution, {}, &Decision::execution);
    return size_t(at - decisions.begin());
  };
  return {first(starts[iteration]), first(starts[iteration + 1])};
}

size_t StepLoop::iterationOf(const Decision &decision) const {
  const auto after = std::ranges::upper_bound(starts, decision.execution);
  return after == starts.begin() ? iterations() : size_t(after - starts.begin()) - 1;
}

Expected<SteadyState> findSteadyState(const Schedule &schedule, const StepLoop &loop) {
  const size_t last = loop.iterations() - 1;
  for (size_t steps = 1; 2 * steps + 1 <= last; ++steps) {
    const uint64_t cycles = distance(schedule, loop, last, steps);
    if (cycles == 0)
      continue;
    size_t since = last;
    while (since > steps && distance(schedule, loop, since - 1, steps) == cycles)
      --since;
    // The iteration `steps` before the first equal one is part of it.
    if (last - since >= steps)
      return SteadyState{since - steps, steps, cycles};
  }
  return fail("the {} iterations of the loop at entry {} do not repeat; run more steps", loop.iterations(), loop.entry());
}

} // namespace softdpu::explain
