//===- Converter.h - float16 to block floating point -------------------------------------===//

#pragma once

#include "Channels.h"
#include "ColumnBuffer.h"
#include "Messages.h"
#include "Vrf.h"

namespace softdpu::model {

/// Converter -> broadcast.
struct ConvertedColumn {
  unsigned half = 0, column = 0;
  const QuantisedVector *values = nullptr;
};

class Converter final : public Block {
public:
  Converter(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<PipeIn<LoadedVector>> in{"in"};
  sc_core::sc_port<VrfReadIf> initialVrf{"initialVrf"};
  sc_core::sc_port<PipeOut<ConvertedColumn>> out{"out"};

private:
  void step();
  void convert(const LoadedVector &loaded, QuantisedVector &to);

  const TileShape shape;
  std::vector<QuantisedVector> stages; ///< A ring of what is in this block and in broadcast.
  size_t stage = 0;
};

} // namespace softdpu::model
