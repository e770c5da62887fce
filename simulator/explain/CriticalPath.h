//===- CriticalPath.h - What the steady state waits for ----------------------------------===//

#pragma once

#include "SteadyState.h"

namespace softdpu::explain {

/// A decision, by unit and number.
struct Place {
  Unit unit{};
  size_t number = 0;
};

/// Each place waited for the next one; the last is the first, `steps` iterations earlier.
struct CriticalPath {
  std::vector<Place> places;
  size_t steps = 0;
};

/// Follows decisions back from the last write-back of the last iteration until the way repeats.
/// \returns an error if it leaves the steady state before it does.
Expected<CriticalPath> findCriticalPath(const Schedule &schedule, const StepLoop &loop, const SteadyState &steady);

} // namespace softdpu::explain
