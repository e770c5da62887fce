//===- Broadcast.h - Columns to all tile engines -----------------------------------------===//

#pragma once

#include "Channels.h"
#include "ColumnBuffer.h"
#include "Converter.h"

namespace softdpu::model {

class Broadcast final : public Block {
public:
  Broadcast(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<PipeIn<ConvertedColumn>> in{"in"};
  sc_core::sc_port<ColumnWriteIf> columns{"columns"};

  void reset() override { tree.reset(); }

private:
  void step();

  Pipe<ConvertedColumn> tree;
};

} // namespace softdpu::model
