//===- CriticalPath.cpp - What the steady state waits for --------------------------------===//

#include "CriticalPath.h"

#include <map>
#include <tuple>

namespace softdpu::explain {

Expected<CriticalPath> findCriticalPath(const Schedule &schedule, const StepLoop &loop, const SteadyState &steady) {
  struct Visit {
    size_t position, iteration;
  };
  std::map<std::tuple<Unit, size_t, size_t>, Visit> visited; // By unit, place within the iteration, iteration of the period.
  std::vector<Place> places;
  Place at{Unit::Beat, loop.range(Unit::Beat, loop.iterations() - 1).end - 1};
  while (true) {
    const Decision &decision = schedule.of(at.unit)[at.number];
    const size_t iteration = loop.iterationOf(decision);
    if (iteration < steady.since || iteration >= loop.iterations() || decision.link == Link::None)
      return fail("the critical path goes back to before the steady state, which begins with iteration {} of {}; run more steps",
                  steady.since, loop.iterations());
    const size_t withinIteration = at.number - loop.range(at.unit, iteration).begin;
    const auto [found, isNew] = visited.try_emplace({at.unit, withinIteration, iteration % steady.steps}, Visit{places.size(), iteration});
    places.push_back(at);
    if (!isNew) {
      places.erase(places.begin(), places.begin() + std::ptrdiff_t(found->second.position));
      return CriticalPath{std::move(places), found->second.iteration - iteration};
    }
    at = {decision.priorUnit, decision.prior};
  }
}

} // namespace softdpu::explain
