//===- HostPort.h - When the host moves a vector -----------------------------------------===//

#pragma once

#include "softdpu/simulator/Engine.h"

#include <algorithm>

namespace softdpu::schedule {

/// One stream between host and device: at most one vector per cycle, from cycle 1 on, none in cycles in which the host pauses.
class HostPort {
public:
  /// \param rate, stream as for HostPauses.
  HostPort(const HostPauses &pauses, uint8_t rate, unsigned stream) : seed(pauses.seed), rate(rate), stream(stream) {}

  /// The first cycle from `cycle` on in which the host is willing, behind the last transfer.
  uint64_t willing(uint64_t cycle) const {
    cycle = std::max(cycle, next);
    while (rate != 0 && HostPauses::pauses(seed, cycle, rate, stream))
      ++cycle;
    return cycle;
  }
  /// The next vector moves in `cycle`.
  void move(uint64_t cycle) { next = cycle + 1; }

private:
  uint32_t seed;
  uint8_t rate;
  unsigned stream;
  uint64_t next = 1;
};

} // namespace softdpu::schedule
