//===- MvmIssue.h - Starts passes over the weights: the second issue point ---------------===//

#pragma once

#include "Channels.h"
#include "ColumnBuffer.h"
#include "Messages.h"

namespace softdpu::model {

/// Beat issue's side: row passes, whose results stand in the accumulators.
class RowPassIf : public virtual sc_core::sc_interface {
public:
  /// The oldest row pass is complete.
  virtual bool complete() const = 0;
  /// Its last result vector is read in this cycle; the accumulator slot can be used in the next one.
  virtual void release() = 0;
};

class MvmIssue final : public Block, public RowPassIf {
public:
  MvmIssue(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<QueueIn<MvmJob>> mvmQueue{"mvmQueue"};
  sc_core::sc_port<ColumnIssueIf> columns{"columns"};
  Strobe<Pass> passes{"passes"}; ///< To the tile engines.

  bool complete() const override { return completed.arrived() != nullptr; }
  void release() override;

  void reset() override;

private:
  /// Passes of a chain.
  struct Grid {
    unsigned group, groups;
    uint32_t rowPasses, colPasses;
  };

  void step();
  /// Works on `current`. \returns whether the last chunk of its last pass is issued in this cycle.
  bool issue();
  bool mayFire();
  void fire();
  bool finishPass();
  void next();
  Grid gridOf(const MvmJob &job) const;

  Pipe<unsigned> completed; ///< Row passes, by accumulator slot.
  Register<unsigned> usedSlots;
  bool working = false;                        ///< `current` holds a command.
  MvmJob current;                              ///< The register between queue and passes.
  Grid grid{};                                 ///< Of `current`.
  uint32_t rowPass = 0, colPass = 0, pass = 0; ///< Of `current`.
  unsigned chunk = 0;                          ///< Chunks of the current pass so far; 0: no pass is running.
  unsigned half = 0;                           ///< Of the column buffer.
  unsigned firstSlot = 0;                      ///< Accumulator slot of row pass 0.
};

} // namespace softdpu::model
