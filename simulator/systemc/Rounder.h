//===- Rounder.h - Exact sums to float16 -------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"

namespace softdpu::model {

class Rounder final : public Block {
public:
  Rounder(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<PipeIn<Beat *>> in{"in"};
  sc_core::sc_port<PipeOut<Beat *>> out{"out"};

private:
  void step();
};

} // namespace softdpu::model
