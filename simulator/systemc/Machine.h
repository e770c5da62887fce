//===- Machine.h - What the blocks of the model share ------------------------------------===//

#pragma once

#include "Dut.h"

#include "softdpu/isa/Timing.h"

#include <systemc>

namespace softdpu::model {

/// One per model: the architecture, the count of clock cycles, the counters, and where events go.
struct Machine {
  explicit Machine(const Arch &arch) : arch(arch), timing(timingOf(arch)) {}

  const Arch arch;
  const Timing timing;

  uint64_t now = 0;      ///< Clock cycles since the model was built; advances at the falling edge.
  uint64_t runStart = 0; ///< `now` in cycle 0 of the run.
  Counters counters;     ///< Each block counts in its own fields.
  bool timingOnly = false;
  EventSink *sink = nullptr;

  /// Tells the bench what happens in this cycle.
  void event(Event::Kind kind, uint32_t pc, uint32_t index, std::span<const Half> result = {}, std::span<const Half> tap = {}) const {
    if (sink)
      sink->onEvent({kind, now - runStart, pc, index}, result, tap);
  }
};

/// A block of the model, the twin of an RTL module: clocked processes, ports to the channels around it, and registered state.
class Block : public sc_core::sc_module {
public:
  sc_core::sc_in<bool> clock{"clock"};

  /// Everything but memories returns to its initial state. Called while reset is active and before a run, never while blocks work.
  virtual void reset() {}

protected:
  Block(const sc_core::sc_module_name &name, Machine &machine) : sc_core::sc_module(name), machine(machine) {}

  uint64_t now() const { return machine.now; }

  Machine &machine;
};

} // namespace softdpu::model
