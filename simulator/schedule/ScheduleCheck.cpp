//===- ScheduleCheck.cpp - Does a schedule agree with what an engine did? ----------------===//

#include "softdpu/simulator/Schedule.h"

#include <fmt/format.h>

namespace softdpu {
namespace {

/// The pc of an event: that of the tail that carries the chain's head for loads and passes, too.
uint32_t pcOf(const Schedule &schedule, const Decision &decision) { return std::get<Tail>(schedule.entryOf(decision)).pc; }

} // namespace

Expected<void> checkSchedule(const Schedule &schedule, const CycleRules &rules, std::span<const Event> events, bool complete) {
  constexpr std::array<Unit, 4> units{Unit::Loader, Unit::Mvm, Unit::Beat, Unit::Beat}; // By Event::Kind.
  constexpr std::array<std::string_view, 4> names{"load", "pass", "beat", "write-back"};
  std::array<size_t, 4> next{};
  for (const Event &event : events) {
    const auto kind = size_t(event.kind);
    const std::vector<Decision> &decisions = schedule.of(units[kind]);
    const size_t i = next[kind]++;
    if (i >= decisions.size()) {
      if (schedule.complete)
        return fail("cycle {}: the run has a {} too many (word {}, index {})", event.cycle, names[kind], event.pc, event.index);
      continue;
    }
    const Decision &decision = decisions[i];
    const Event expected{event.kind, decision.cycle + (event.kind == Event::Kind::WriteBack ? rules.writeBack : 0),
                         pcOf(schedule, decision), decision.index};
    if (event != expected)
      return fail("{} {} of the run is in cycle {} (word {}, index {}); by the cycle rules it is in cycle {} (word {}, index {})",
                  names[kind], i, event.cycle, event.pc, event.index, expected.cycle, expected.pc, expected.index);
  }
  if (complete && schedule.complete)
    for (size_t kind = 0; kind < next.size(); ++kind)
      if (next[kind] != schedule.of(units[kind]).size())
        return fail("the run has {} {} events; by the cycle rules it has {}", next[kind], names[kind], schedule.of(units[kind]).size());
  return {};
}

} // namespace softdpu
