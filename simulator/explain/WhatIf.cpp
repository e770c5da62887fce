//===- WhatIf.cpp - The same program on a slightly different machine ---------------------===//

#include "WhatIf.h"

#include "SteadyState.h"

#include <algorithm>
#include <tuple>

namespace softdpu::explain {
namespace {

struct ArchChange {
  std::string_view name;
  void (*apply)(Arch &arch);
};

constexpr ArchChange archChanges[] = {
    {"twice the lanes", [](Arch &arch) { arch.lanes *= 2; }},
    {"twice the tile engines", [](Arch &arch) { arch.tileEngines *= 2; }},
    {"twice the accumulators", [](Arch &arch) { arch.accumulators *= 2; }},
    {"NetIn and NetOut twice as deep",
     [](Arch &arch) {
       arch.netInDepth *= 2;
       arch.netOutDepth *= 2;
     }},
};

struct RuleChange {
  std::string_view name;
  void (*apply)(CycleRules &rules);
};

/// Beats reach MFU k, and their write-back, sooner.
void shortenMfus(CycleRules &rules, unsigned beforeMultiply, unsigned behindMultiply) {
  for (unsigned k = 0; k < rules.arch.mfus; ++k) {
    rules.addRead[k] -= k * (beforeMultiply + behindMultiply);
    rules.multiplyRead[k] -= k * (beforeMultiply + behindMultiply) + beforeMultiply;
  }
  rules.writeBack -= rules.arch.mfus * (beforeMultiply + behindMultiply);
}

constexpr RuleChange ruleChanges[] = {
    {"queues twice as deep",
     [](CycleRules &rules) {
       rules.headQueueDepth *= 2;
       rules.mvmQueueDepth *= 2;
       rules.tailQueueDepth *= 2;
       rules.bypassDepth *= 2;
     }},
    {"one stage less in converter or broadcast", [](CycleRules &rules) { --rules.columnLatency; }},
    {"one stage less in the tile engines", [](CycleRules &rules) { --rules.engineLatency; }},
    {"one stage less in reduction or rounder",
     [](CycleRules &rules) {
       --rules.mfuEntry;
       --rules.writeBack;
       for (unsigned k = 0; k < rules.arch.mfus; ++k) {
         --rules.addRead[k];
         --rules.multiplyRead[k];
       }
     }},
    {"one stage less in each MFU's adder or activation", [](CycleRules &rules) { shortenMfus(rules, 1, 0); }},
    {"one stage less in each MFU's multiplier", [](CycleRules &rules) { shortenMfus(rules, 0, 1); }},
};

/// Cycles per step, if the program is valid on such a machine and has a steady state there.
std::optional<double> cyclesPerStep(const ScheduledRun &run, const CycleRules &rules, size_t decisions) {
  const auto schedule = scheduleRun(run, rules, decisions);
  if (!schedule)
    return std::nullopt;
  const auto loop = StepLoop::find(*schedule);
  if (!loop)
    return std::nullopt;
  const auto steady = findSteadyState(*schedule, *loop);
  if (!steady)
    return std::nullopt;
  return double(steady->cycles) / double(steady->steps);
}

} // namespace

std::vector<WhatIf> askWhatIf(const ScheduledRun &run, const Arch &arch, size_t decisions) {
  std::vector<WhatIf> answers;
  const auto ask = [&](std::string_view name, const CycleRules &rules) {
    if (const auto cycles = cyclesPerStep(run, rules, decisions))
      answers.push_back({std::string(name), *cycles});
  };
  for (const ArchChange &change : archChanges) {
    Arch changed = arch;
    change.apply(changed);
    if (parseArch(canonicalArch(changed), change.name))
      ask(change.name, CycleRules(changed));
  }
  for (const RuleChange &change : ruleChanges) {
    CycleRules rules(arch);
    change.apply(rules);
    ask(change.name, rules);
  }
  std::ranges::sort(
      answers, [](const WhatIf &a, const WhatIf &b) { return std::tie(a.cyclesPerStep, a.change) < std::tie(b.cyclesPerStep, b.change); });
  return answers;
}

} // namespace softdpu::explain
