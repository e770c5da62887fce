//===- Scoreboard.cpp - Which entries are about to be written ----------------------------===//

#include "Scoreboard.h"

#include <algorithm>

namespace softdpu::model {

Scoreboard::Scoreboard(const sc_core::sc_module_name &name, Machine &machine) : Block(name, machine) {
  landings[initialVrf].resize(machine.arch.initialVrf);
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    landings[addSubVrf(k)].resize(machine.arch.addSubVrf);
    landings[multiplyVrf(k)].resize(machine.arch.multiplyVrf);
  }
}

void Scoreboard::reset() {
  for (std::vector<Landing> &entries : landings)
    std::ranges::fill(entries, Landing{});
  lastLanding = 0;
}

void Scoreboard::fired(const TailJob &beat) {
  land(initialVrf, beat.initial);
  for (unsigned k = 0; k < machine.arch.mfus; ++k) {
    land(addSubVrf(k), beat.addSub[k]);
    land(multiplyVrf(k), beat.multiply[k]);
  }
  lastLanding = now() + machine.timing.writeBack;
}

void Scoreboard::land(unsigned vrf, const Place &place) {
  if (!place.used || place.address >= landings[vrf].size())
    return;
  Landing &landing = landings[vrf][place.address];
  landing.before = landing.last;
  landing.last = now() + machine.timing.writeBack;
}

bool Scoreboard::pending(unsigned vrf, uint16_t address, uint64_t readCycle) const {
  if (address >= landings[vrf].size())
    return false;
  const Landing &landing = landings[vrf][address];
  const bool firesNow = landing.last == now() + machine.timing.writeBack;
  return (firesNow ? landing.before : landing.last) > readCycle;
}

bool Scoreboard::idle() const { return tailQueue->empty() && now() >= lastLanding + Timing::idleLatency; }

} // namespace softdpu::model
