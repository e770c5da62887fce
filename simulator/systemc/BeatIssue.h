//===- BeatIssue.h - One result vector per cycle into the MFUs: the third issue point ----===//

#pragma once

#include "BypassFifo.h"
#include "Channels.h"
#include "IssueQueue.h"
#include "Loader.h"
#include "Messages.h"
#include "MvmIssue.h"
#include "NetOut.h"
#include "Scoreboard.h"

namespace softdpu::model {

class BeatIssue final : public Block, public TailProgressIf {
public:
  BeatIssue(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<IssueIn<TailJob>> tailQueue{"tailQueue"};
  sc_core::sc_port<RowPassIf> rowPasses{"rowPasses"};
  sc_core::sc_port<BypassBeatIf> bypass{"bypass"};
  sc_core::sc_port<ScoreboardIf> scoreboard{"scoreboard"};
  sc_core::sc_port<NetOutCreditIf> netOut{"netOut"};
  Strobe<Beat *> toReduction{"toReduction"};

  uint32_t nextRow() const override { return row.read(); }

  void reset() override;

private:
  void step();
  bool mayFire(const TailJob &tail);
  bool operandPending(const TailJob &tail) const;
  void fire(const TailJob &tail);
  void nextResult(const TailJob &tail);

  Register<uint32_t> row; ///< Of the tail at the head of the queue.
  unsigned group = 0;     ///< Of engines, that holds the next result vector of the current row pass.
  unsigned slot = 0;      ///< Accumulator slot of the current row pass.

  std::vector<Beat> beats; ///< A ring: more than can be in flight.
  size_t next = 0;
  std::vector<WideSum> sums;
  std::vector<Half> vectors;
};

} // namespace softdpu::model
