//===- TileEngine.cpp - Rows of multipliers with exact accumulators ----------------------===//

#include "TileEngine.h"

namespace softdpu::model {

TileEngine::TileEngine(const sc_core::sc_module_name &name, Machine &machine, unsigned index, const Strobe<Pass> &passes)
    : Block(name, machine), index(index), passes(passes), shape(machine.arch), sums(machine.arch.accumulators, ExactSums(machine.arch)) {
  SC_HAS_PROCESS(TileEngine);
  SC_METHOD(runPass);
  sensitive << passes.sent();
  dont_initialize();
}

void TileEngine::runPass() {
  const Pass &pass = passes.read();
  const unsigned groups = machine.arch.groups(pass.group);
  const unsigned group = index / pass.group, member = index % pass.group;
  if (group >= groups)
    return;
  ExactSums &to = sums[pass.accumulatorSlot];
  if (pass.colPass == 0)
    to.clear();
  const uint32_t row = pass.rowPass * groups + group, column = pass.colPass * pass.group + member;
  if (row >= pass.rows || column >= pass.cols)
    return;
  if (const Tile *tile = matrices->tile(pass.matrixSlot))
    to.add(shape, *tile, columns->column(pass.half, column));
}

} // namespace softdpu::model
