//===- ExplanationText.cpp - Where the cycles of a step go, for people and programs ------===//

#include "ExplanationText.h"

#include "CounterTable.h"
#include "Text.h"

namespace softdpu::tools {
namespace {

std::string share(uint64_t part, uint64_t whole) { return fmt::format("{:.1f} %", 100.0 * double(part) / double(whole)); }

/// "node, chain"
std::string placeOf(const PathSegment &segment) {
  return segment.node.empty() || segment.chain.empty() ? segment.node + segment.chain : segment.node + ", " + segment.chain;
}

std::string boundText(const Explanation &explanation) {
  switch (explanation.bound) {
  case Spent::Compute:
    return "compute: the multipliers are busy";
  case Spent::Dependency:
    return "dependency: values that the next step needs are on their way through the pipelines";
  case Spent::Dispatch:
    return "dispatch: decoder, sequencer and queues do not keep up";
  case Spent::Ports:
    return "ports: vectors queue at the loader, beat issue, buffers, NetIn or NetOut";
  }
  return {};
}

std::string unitsText(const Explanation &explanation) {
  Table table({"unit", ">cycles", ">share", "spent on"});
  uint64_t unused = 0;
  const auto withUnused = [](std::string text, uint64_t cycles) {
    return cycles == 0 ? text : fmt::format("{}{}{} in unused stages", text, text.empty() ? "" : ", ", grouped(cycles));
  };
  for (const PathUnit &unit : explanation.units) {
    table.add({unit.unit, grouped(unit.cycles), share(unit.cycles, explanation.pathCycles),
               withUnused(std::string(spentName(unit.spent)), unit.unused)});
    unused += unit.unused;
  }
  table.add({"sum", grouped(explanation.pathCycles), "", withUnused("", unused)});
  return table.str();
}

std::string pathText(const Explanation &explanation) {
  Table table({">cycles", "unit", ">times", "reason", "for"});
  for (const PathSegment &segment : explanation.path)
    table.add({grouped(segment.cycles), std::string(unitName(segment.unit)), grouped(segment.decisions), segment.reason, placeOf(segment)});
  return table.str();
}

std::string activityText(const Explanation &explanation) {
  Table table({"unit", ">cycles", ">share", "state"});
  for (const UnitActivity &activity : explanation.activity) {
    auto row = [&, name = std::string(unitName(activity.unit))](uint64_t cycles, std::string state) mutable {
      if (cycles > 0)
        table.add({std::exchange(name, ""), grouped(cycles), share(cycles, explanation.pathCycles), std::move(state)});
    };
    row(activity.busy, "busy");
    for (unsigned i = 0; i < stallCauses; ++i)
      row(activity.stalls[i], fmt::format("stalled: {}", stallInfo(StallCause(i)).name));
    row(activity.empty, "nothing to do");
  }
  return table.str();
}

std::string whatIfText(const Explanation &explanation) {
  const double now = explanation.cyclesPerStep();
  Table table({"change", ">cycles per step", ">less"});
  for (const WhatIf &answer : explanation.whatIf)
    table.add({answer.change, fmt::format("{:.1f}", answer.cyclesPerStep),
               answer.cyclesPerStep == now ? "-" : fmt::format("{:.1f}", now - answer.cyclesPerStep)});
  return table.str();
}

} // namespace

Json explanationJson(const Explanation &explanation) {
  Json json = {{"loop_word", explanation.loopWord},
               {"steady_since", explanation.steadySince},
               {"period_steps", explanation.periodSteps},
               {"period_cycles", explanation.periodCycles},
               {"cycles_per_step", explanation.cyclesPerStep()},
               {"bound", spentName(explanation.bound)},
               {"path_steps", explanation.pathSteps},
               {"path_cycles", explanation.pathCycles},
               {"path_units", Json::array()},
               {"path", Json::array()},
               {"activity", Json::array()},
               {"what_if", Json::array()}};
  for (const PathUnit &unit : explanation.units)
    json["path_units"].push_back({{"unit", unit.unit}, {"spent", spentName(unit.spent)}, {"cycles", unit.cycles}, {"unused", unit.unused}});
  for (const PathSegment &segment : explanation.path)
    json["path"].push_back({{"unit", unitName(segment.unit)},
                            {"reason", segment.reason},
                            {"times", segment.decisions},
                            {"cycles", segment.cycles},
                            {"pc", segment.pc},
                            {"chain", segment.chain},
                            {"node", segment.node}});
  for (const UnitActivity &activity : explanation.activity) {
    Json stalls = Json::object();
    for (unsigned i = 0; i < stallCauses; ++i)
      if (const StallInfo &info = stallInfo(StallCause(i)); info.unit == activity.unit)
        stalls[counterKey(info.counter)] = activity.stalls[i];
    json["activity"].push_back(
        {{"unit", unitName(activity.unit)}, {"busy", activity.busy}, {"stalled", std::move(stalls)}, {"empty", activity.empty}});
  }
  for (const WhatIf &answer : explanation.whatIf)
    json["what_if"].push_back({{"change", answer.change}, {"cycles_per_step", answer.cyclesPerStep}});
  return json;
}

std::string explanationText(const Explanation &explanation) {
  const std::string steps = explanation.pathSteps == 1 ? "one step" : fmt::format("{} steps", explanation.pathSteps);
  return fmt::format("steady state: {:.1f} cycles per step, from step {} of the loop at word {} on\nbound by {}\n\n"
                     "critical path of {} ({} cycles), by unit\n{}\nthe same path in order of time\n{}\n"
                     "what the issue points do in these cycles\n{}\nthe same program on another machine\n{}",
                     explanation.cyclesPerStep(), explanation.steadySince, explanation.loopWord, boundText(explanation), steps,
                     grouped(explanation.pathCycles), unitsText(explanation), pathText(explanation), activityText(explanation),
                     whatIfText(explanation));
}

} // namespace softdpu::tools
