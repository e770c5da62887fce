//===- Explain.cpp - Where the cycles of a time step go ----------------------------------===//

#include "softdpu/simulator/Explain.h"

#include "CriticalPath.h"
#include "LinkParts.h"
#include "WhatIf.h"
#include "trace/DebugMap.h"

#include <algorithm>
#include <initializer_list>
#include <tuple>

namespace softdpu {

using namespace explain;

std::string_view spentName(Spent spent) {
  constexpr std::array<std::string_view, spentKinds> names{"compute", "dependency", "dispatch", "ports"};
  return names[size_t(spent)];
}

namespace {

/// What the what-ifs schedule: a steady state of the largest models shows in less.
constexpr size_t whatIfDecisions = size_t(1) << 17;

uint32_t wordOf(const Entry &entry) {
  return std::visit([](const auto &e) { return e.pc; }, entry);
}

void addTo(std::vector<PathUnit> &units, const PathUnit &part) {
  const auto same = std::ranges::find_if(units, [&](const PathUnit &u) { return u.unit == part.unit && u.spent == part.spent; });
  if (same == units.end()) {
    units.push_back(part);
  } else {
    same->cycles += part.cycles;
    same->unused += part.unused;
  }
}

/// What the latencies of pipelines on the path are spent on. Where the path goes through a buffer or queue that was full, nobody needs the
/// values sooner: they only hold the room that others wait for, and a deeper one would hide the latency.
Spent spentByLatencies(const Schedule &schedule, const CriticalPath &path) {
  const auto waitsFor = [&](std::initializer_list<Link> links) {
    return std::ranges::any_of(path.places, [&](const Place &place) {
      return std::ranges::find(links, schedule.of(place.unit)[place.number].link) != links.end();
    });
  };
  if (waitsFor({Link::NetInRoom, Link::ColumnBuffer, Link::BypassRoom, Link::Accumulators, Link::NetOutRoom}))
    return Spent::Ports;
  return waitsFor({Link::HeadQueue, Link::MvmQueue, Link::TailQueue}) ? Spent::Dispatch : Spent::Dependency;
}

/// Divides the path among units and lists it in order of time.
void describePath(const Schedule &schedule, const CycleRules &rules, const CriticalPath &path, std::span<const DebugRange> debug,
                  Explanation &result) {
  const LinkParts parts(rules);
  const Spent latencies = spentByLatencies(schedule, path);
  for (size_t i = path.places.size() - 1; i > 0; --i) {
    const Decision &prior = schedule.of(path.places[i].unit)[path.places[i].number];
    const Unit unit = path.places[i - 1].unit;
    const Decision &later = schedule.of(unit)[path.places[i - 1].number];
    parts.divide(later, prior, schedule.entryOf(prior), [&](PathUnit part) {
      if (part.spent == Spent::Dependency)
        part.spent = latencies;
      addTo(result.units, part);
    });
    const uint32_t pc = wordOf(schedule.entryOf(later));
    if (result.path.empty() || result.path.back().unit != unit || result.path.back().link != later.link || result.path.back().pc != pc) {
      PathSegment segment{.unit = unit, .link = later.link, .reason = std::string(reasonOf(later.link)), .pc = pc, .chain = {}, .node = {}};
      if (const DebugRange *range = trace::findRange(debug, pc)) {
        segment.chain = range->chain;
        segment.node = range->node;
      }
      result.path.push_back(std::move(segment));
    }
    ++result.path.back().decisions;
    result.path.back().cycles += later.cycle - prior.cycle;
  }
  std::ranges::sort(result.units, [](const PathUnit &a, const PathUnit &b) {
    return std::tie(b.cycles, a.unit, a.spent) < std::tie(a.cycles, b.unit, b.spent);
  });
  std::array<uint64_t, spentKinds> spent{};
  for (const PathUnit &unit : result.units) {
    spent[size_t(unit.spent)] += unit.cycles;
    result.pathCycles += unit.cycles;
  }
  result.bound = Spent(std::ranges::max_element(spent) - spent.begin());
}

/// Busy, stalled and empty cycles of the issue points in the last iterations.
void describeActivity(const Schedule &schedule, const CycleRules &rules, const StepLoop &loop, Explanation &result) {
  for (Unit unit : {Unit::Sequencer, Unit::Loader, Unit::Mvm, Unit::Beat}) {
    const size_t last = loop.iterations() - 1;
    const Range range{loop.range(unit, last + 1 - result.pathSteps).begin, loop.range(unit, last).end};
    UnitActivity activity{.unit = unit, .busy = range.end - range.begin};
    if (unit == Unit::Mvm)
      activity.busy *= rules.arch.chunksPerTile();
    uint64_t sum = activity.busy;
    for (const Stall &stall : schedule.stalls)
      if (stallInfo(stall.cause).unit == unit && range.begin <= stall.decision && stall.decision < range.end) {
        activity.stalls[size_t(stall.cause)] += stall.length;
        sum += stall.length;
      }
    activity.empty = result.pathCycles - std::min(sum, result.pathCycles);
    result.activity.push_back(activity);
  }
}

} // namespace

Expected<Explanation> explainRun(const ScheduledRun &run, const Arch &arch, std::span<const DebugRange> debug,
                                 std::span<const Event> events, bool complete) {
  const CycleRules rules(arch);
  // As far as events confirm it; no decision but the sequencer's is without one.
  const auto schedule = scheduleRun(run, rules, complete ? defaultDecisions : std::min(defaultDecisions, events.size() / 2));
  if (!schedule)
    return tl::unexpected(schedule.error());
  if (const auto agrees = checkSchedule(*schedule, rules, events, complete); !agrees)
    return tl::unexpected(agrees.error());
  const auto loop = StepLoop::find(*schedule);
  if (!loop)
    return tl::unexpected(loop.error());
  const auto steady = findSteadyState(*schedule, *loop);
  if (!steady)
    return tl::unexpected(steady.error());
  const auto path = findCriticalPath(*schedule, *loop, *steady);
  if (!path)
    return tl::unexpected(path.error());

  Explanation result;
  result.loopWord = wordOf(schedule->program.entries[loop->entry()]);
  result.steadySince = steady->since;
  result.periodSteps = steady->steps;
  result.periodCycles = steady->cycles;
  result.pathSteps = path->steps;
  describePath(*schedule, rules, *path, debug, result);
  if (result.pathCycles * result.periodSteps != result.periodCycles * result.pathSteps)
    return fail("the critical path takes {} cycles for {} iterations, the steady state {} for {}; run more steps", result.pathCycles,
                result.pathSteps, result.periodCycles, result.periodSteps);
  describeActivity(*schedule, rules, *loop, result);
  result.whatIf = askWhatIf(run, arch, whatIfDecisions);
  return result;
}

} // namespace softdpu
