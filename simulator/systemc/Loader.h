//===- Loader.h - Reads source vectors: the first issue point ----------------------------===//

#pragma once

#include "BypassFifo.h"
#include "Channels.h"
#include "ColumnBuffer.h"
#include "IssueQueue.h"
#include "Messages.h"
#include "Scoreboard.h"

namespace softdpu::model {

/// How far beat issue is in the tail at the head of its queue.
class TailProgressIf : public virtual sc_core::sc_interface {
public:
  /// The next row of that tail.
  virtual uint32_t nextRow() const = 0;
};

class Loader final : public Block {
public:
  Loader(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<IssueIn<HeadJob>> headQueue{"headQueue"};
  sc_core::sc_port<QueueIn<const Half *>> netIn{"netIn"};
  sc_core::sc_port<QueueIn<TailJob>> tailQueue{"tailQueue"};
  sc_core::sc_port<TailProgressIf> tailProgress{"tailProgress"};
  sc_core::sc_port<ScoreboardIf> scoreboard{"scoreboard"};
  sc_core::sc_port<ColumnHalvesIf> columns{"columns"};
  sc_core::sc_port<BypassCreditIf> bypass{"bypass"};
  sc_core::sc_port<PipeOut<LoadedVector>> toConverter{"toConverter"}, toBypass{"toBypass"};

  void reset() override { vector = half = 0; }

private:
  void step();
  bool mayFire(const HeadJob &job);
  void fire(const HeadJob &job);
  uint16_t addressIn(const HeadJob &job) const { return uint16_t(job.address + vector); }
  bool pendingWrite(const HeadJob &job) const;

  unsigned vector = 0; ///< Of the chain at the head of the queue.
  unsigned half = 0;   ///< Of the column buffer, for the current or next mv_mul chain.
};

} // namespace softdpu::model
