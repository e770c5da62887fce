//===- TileEngine.cpp - Rows of multipliers with exact accumulators ----------------------===//

#include "TileEngine.h"

#include <algorithm>
#include <bit>

namespace softdpu::model {

TileEngine::TileEngine(const sc_core::sc_module_name &name, Machine &machine, unsigned index, const Strobe<Pass> &passes)
    : Block(name, machine), index(index), passes(passes), shape(machine.arch),
      productBits(int(2 * machine.arch.mantissaBits) + int(std::bit_width(machine.arch.nativeDim)) + 1),
      sums(size_t(machine.arch.accumulators) * machine.arch.nativeDim), narrowSums(machine.arch.nativeDim) {
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
  const std::span<WideSum> to = std::span(sums).subspan(size_t(pass.accumulatorSlot) * machine.arch.nativeDim, machine.arch.nativeDim);
  if (pass.colPass == 0)
    std::ranges::fill(to, WideSum(0));
  const uint32_t row = pass.rowPass * groups + group, column = pass.colPass * pass.group + member;
  if (row >= pass.rows || column >= pass.cols)
    return;
  if (const Tile *tile = matrices->tile(pass.matrixSlot))
    accumulateTile(*tile, columns->column(pass.half, column), to);
}

/// Sums in 64 bits where the exponents allow it, which is nearly always.
void TileEngine::accumulateTile(const Tile &tile, const QuantisedColumn &column, std::span<WideSum> to) {
  if (tile.range.isEmpty() || column.range.isEmpty())
    return;
  const int spread = tile.range.high - tile.range.low + column.range.high - column.range.low;
  if (productBits + spread > 63) {
    functional::accumulateWide(shape, tile, column.view(), to);
    return;
  }
  const int base = tile.range.low + column.range.low;
  std::ranges::fill(narrowSums, 0);
  functional::accumulate(shape, tile, column.view(), base, narrowSums);
  for (size_t i = 0; i < to.size(); ++i)
    to[i] += WideSum(narrowSums[i]) << base;
}

} // namespace softdpu::model
