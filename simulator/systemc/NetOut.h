//===- NetOut.h - The output FIFO --------------------------------------------------------===//

#pragma once

#include "Channels.h"

namespace softdpu::model {

/// Beat issue takes a credit for every vector it sends, so the FIFO never overflows.
class NetOutCreditIf : public virtual sc_core::sc_interface {
public:
  virtual bool hasCredit() const = 0;
  virtual void takeCredit() = 0;
};

/// Write-back's side.
class NetOutWriteIf : public virtual sc_core::sc_interface {
public:
  virtual void write(const Half *vector) = 0;
};

class NetOut final : public Block, public NetOutCreditIf, public NetOutWriteIf {
public:
  NetOut(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_in<bool> ready{"ready"};

  bool hasCredit() const override { return credits.read() > 0; }
  void takeCredit() override { credits.write(credits.next() - 1); }
  void write(const Half *vector) override;

  /// The vector offered in this cycle.
  const Half *front() const { return vectors.front(); }
  /// TVALID in the next cycle.
  bool nextValid() const { return vectors.nextSize() > 0; }
  void reset() override;

private:
  void step();

  Queue<const Half *> vectors;
  Register<unsigned> credits;
  std::vector<Half> memory;
  unsigned place = 0;
};

} // namespace softdpu::model
