//===- Dispatch.h - Chains on their way to the queues of the issue points ----------------===//
//
// What the sequencer executes stands in a register for one cycle. There address registers are added to immediates, and the job is divided
// among the queues.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"

namespace softdpu::model {

/// The sequencer's side.
class DispatchIf : public virtual sc_core::sc_interface {
public:
  /// The queues that `tail` goes to have room for it, besides what stands in the register.
  virtual bool hasRoom(const Tail &tail) const = 0;
  /// Only if there is room; once per cycle.
  virtual void send(const DispatchJob &job) = 0;
  /// Nothing stands in the register.
  virtual bool empty() const = 0;
};

class Dispatch final : public Block, public DispatchIf {
public:
  Dispatch(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<QueueOut<HeadJob>> headQueue{"headQueue"};
  sc_core::sc_port<QueueOut<MvmJob>> mvmQueue{"mvmQueue"};
  sc_core::sc_port<QueueOut<TailJob>> tailQueue{"tailQueue"};

  bool hasRoom(const Tail &tail) const override;
  void send(const DispatchJob &job) override;
  bool empty() const override { return due != now(); }

  void reset() override;

private:
  void step();
  void push(const DispatchJob &job);

  Pipe<DispatchJob> standing;
  uint64_t due = 0;           ///< The cycle in which the last job that was sent stands in the register.
  const Tail *last = nullptr; ///< Its tail.
  uint8_t tails = 0;          ///< Pushed so far, modulo 256.
  int8_t scale = 0;           ///< Of the chain whose tails come.
};

} // namespace softdpu::model
