//===- LinkParts.h - What lies between two decisions -------------------------------------===//

#pragma once

#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/Explain.h"

#include <functional>

namespace softdpu::explain {

/// Divides the cycles between a decision and what it waited for among units.
class LinkParts {
public:
  explicit LinkParts(const CycleRules &rules) : rules(rules), timing(timingOf(rules.arch)) {}

  /// Calls `add` for every part; together they are later.cycle - prior.cycle.
  /// \param priorEntry the entry that `prior` belongs to.
  void divide(const Decision &later, const Decision &prior, const Entry &priorEntry, const std::function<void(PathUnit)> &add) const;

private:
  using Parts = std::vector<PathUnit>;

  void columnPipeline(Parts &parts) const;
  void enginePipeline(Parts &parts) const;
  /// The way of a beat from `from` cycles after its issue to its write-back.
  void beatPipeline(Parts &parts, const Tail &tail, unsigned from) const;

  const CycleRules &rules;
  const Timing timing;
};

/// "waits for its columns": why a decision was not made sooner.
std::string_view reasonOf(Link link);

} // namespace softdpu::explain
