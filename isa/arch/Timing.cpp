//===- Timing.cpp - Pipeline depths of an architecture -----------------------------------===//

#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <bit>

namespace softdpu {
namespace {

/// Smallest n with 2^n >= value.
unsigned lg(unsigned value) { return unsigned(std::bit_width(value - 1)); }
unsigned halfRoundedUp(unsigned value) { return (value + 1) / 2; }

} // namespace

Timing timingOf(const Arch &arch) {
  Timing t;
  t.broadcastLatency = 1 + halfRoundedUp(lg(arch.tileEngines));
  t.columnLatency = 1 + Timing::convertLatency + t.broadcastLatency + 1;
  t.dotLatency = 1 + halfRoundedUp(lg(std::min(arch.lanes, arch.box)));
  t.boxSumLatency = lg(arch.boxesPerChunk());
  t.engineLatency = 1 + t.dotLatency + Timing::alignLatency + t.boxSumLatency + 1;
  t.reduceLatency = std::max(1u, lg(arch.tileEngines));
  t.mfuEntry = 1 + t.reduceLatency + Timing::roundLatency;
  t.writeBack = t.mfuEntry + arch.mfus * Timing::mfuLatency;
  return t;
}

} // namespace softdpu
