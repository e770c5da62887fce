//===- Mfu.h - A multi-function unit: add, activation, multiply --------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"
#include "Vrf.h"

namespace softdpu::model {

class Mfu final : public Block {
public:
  /// \param index 0 .. mfus - 1.
  Mfu(const sc_core::sc_module_name &name, Machine &machine, unsigned index);

  /// MFU0 hears rounder and bypass FIFO, the others the MFU before them; at most one vector arrives per cycle.
  sc_core::sc_port<PipeIn<Beat *>, 2, sc_core::SC_ONE_OR_MORE_BOUND> in{"in"};
  sc_core::sc_port<VrfReadIf> addSubVrf{"addSubVrf"}, multiplyVrf{"multiplyVrf"};
  sc_core::sc_port<PipeOut<Beat *>> out{"out"};

  void reset() override { toMultiply.reset(); }

private:
  void step();
  void sleepIfEmpty();
  void end_of_elaboration() override;
  Beat *arrived();
  void addAndActivate(Beat &beat);
  void multiply(Beat &beat);

  const unsigned index;
  Pipe<Beat *> toMultiply;
  sc_core::sc_event_or_list anyFilled; ///< Of the pipes behind `in`.
};

} // namespace softdpu::model
