//===- BypassFifo.h - Vectors of chains without mv_mul, on their way to MFU0 -------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"
#include "Vrf.h"

namespace softdpu::model {

/// The loader's side: places in the FIFO.
class BypassCreditIf : public virtual sc_core::sc_interface {
public:
  virtual bool hasCredit() const = 0;
  /// A vector is on its way.
  virtual void takeCredit() = 0;
};

/// Beat issue's side.
class BypassBeatIf : public virtual sc_core::sc_interface {
public:
  /// A vector waits for a beat.
  virtual bool available() const = 0;
  /// The beat takes the oldest vector that waits.
  virtual void take(Beat *beat) = 0;
};

class BypassFifo final : public Block, public BypassCreditIf, public BypassBeatIf {
public:
  BypassFifo(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<PipeIn<LoadedVector>> in{"in"};
  sc_core::sc_port<VrfReadIf> initialVrf{"initialVrf"};
  sc_core::sc_port<PipeOut<Beat *>> toMfu{"toMfu"};

  bool hasCredit() const override { return credits.read() > 0; }
  void takeCredit() override;
  bool available() const override { return waiting.read() > 0; }
  void take(Beat *beat) override;

  void reset() override;

private:
  void step();
  void end_of_elaboration() override;
  Half *place(unsigned index) { return memory.data() + size_t(index % Timing::bypassDepth) * machine.arch.nativeDim; }

  Pipe<Beat *> beats;                  ///< From issue to the cycle before MFU0.
  sc_core::sc_event_or_list anyFilled; ///< Of `in` and `beats`.
  Register<unsigned> credits, waiting;
  std::vector<Half> memory;
  unsigned stored = 0, sent = 0; ///< Vectors so far.
  bool returnCredit = false;     ///< A vector is popped in this cycle.
};

} // namespace softdpu::model
