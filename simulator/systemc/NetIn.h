//===- NetIn.h - The input FIFO ----------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Control.h"

namespace softdpu::model {

class NetIn final : public Block, public FillIf {
public:
  NetIn(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_in<bool> valid{"valid"};
  sc_core::sc_in<const Half *> data{"data"};
  Queue<const Half *> vectors; ///< What the loader pops.

  unsigned fill() const override { return vectors.size(); }
  /// TREADY in the next cycle.
  bool nextReady() const { return vectors.nextSize() < machine.arch.netInDepth; }
  void reset() override { vectors.reset(); }

private:
  void step();

  std::vector<Half> memory; ///< Two places more than the FIFO is deep: a popped vector is read one cycle later.
  unsigned place = 0;
};

} // namespace softdpu::model
