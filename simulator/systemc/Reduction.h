//===- Reduction.h - Sums the accumulators of a group of engines -------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"
#include "TileEngine.h"

namespace softdpu::model {

class Reduction final : public Block {
public:
  Reduction(const sc_core::sc_module_name &name, Machine &machine, const Strobe<Beat *> &beats);

  sc_core::sc_port<AccumulatorIf, 0> engines{"engines"}; ///< One per tile engine.
  sc_core::sc_port<PipeOut<Beat *>> out{"out"};

private:
  void reduce();

  const Strobe<Beat *> &beats;
};

} // namespace softdpu::model
