//===- Scoreboard.h - Which entries are about to be written ------------------------------===//
//
// Hazards are decided by ages: a beat fired in v writes in v + WriteBack, so for every VRF entry the cycle of its last write on the way is
// all that must be known.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"

#include <array>

namespace softdpu::model {

/// Memories by number: InitialVrf, AddSubVrf[k], MultiplyVrf[k].
constexpr unsigned initialVrf = 0;
constexpr unsigned addSubVrf(unsigned mfu) { return 1 + mfu; }
constexpr unsigned multiplyVrf(unsigned mfu) { return 1 + maxMfus + mfu; }
constexpr unsigned vrfCount = 1 + 2 * maxMfus;

class ScoreboardIf : public virtual sc_core::sc_interface {
public:
  /// A beat fires in this cycle.
  virtual void fired(const TailJob &beat) = 0;
  /// A beat that fired in an earlier cycle writes the entry later than in cycle `readCycle`, in which its address is presented.
  virtual bool pending(unsigned vrf, uint16_t address, uint64_t readCycle) const = 0;
  /// Everything that has left dispatch is done, and was so in the cycle before: no beat waits in the tail queue or is in flight. Heads and
  /// commands are done then, too, as every chain ends in a beat.
  virtual bool idle() const = 0;
};

class Scoreboard final : public Block, public ScoreboardIf {
public:
  Scoreboard(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<QueueIn<TailJob>> tailQueue{"tailQueue"};

  void fired(const TailJob &beat) override;
  bool pending(unsigned vrf, uint16_t address, uint64_t readCycle) const override;
  bool idle() const override;

  void reset() override;

private:
  struct Landing {
    uint64_t last = 0, before = 0; ///< Cycles of the last two writes.
  };

  void land(unsigned vrf, const Place &place);

  std::array<std::vector<Landing>, vrfCount> landings; ///< By entry.
  uint64_t lastLanding = 0;                            ///< 0: none.
};

} // namespace softdpu::model
