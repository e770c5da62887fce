//===- Report.h - An exploration in words and numbers ------------------------------------===//

#pragma once

#include "CommandLine.h"
#include "explore/Evaluation.h"

#include <optional>

namespace softdpu::tools {

/// A finished sweep: at least one evaluation has no error.
struct Exploration {
  std::vector<Workload> workloads;
  std::vector<Evaluation> evaluations;
  std::vector<size_t> front; ///< Indices of `evaluations`: none is beaten in both latency and area; by rising area.
  size_t best = 0;
  std::optional<size_t> bestThatFits; ///< The same among architectures that fit the device.

  bool onFront(size_t index) const;
  /// The base, if it is within the budget and runs every model.
  const Evaluation *base() const;
  /// Those that are no worse than the base in latency and area, and better in one; by rising latency.
  std::vector<size_t> betterThanBase() const;
};

/// The front, and the base if it is not on it.
std::string frontText(const Exploration &exploration);
/// What the base is beaten by. Empty if there is no base.
std::string baseText(const Exploration &exploration);
/// Every evaluation.
Json pointsJson(const Exploration &exploration);
/// Every evaluation, a line each behind a line of names.
std::string pointsCsv(const Exploration &exploration);

} // namespace softdpu::tools
