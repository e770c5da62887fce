//===- MatrixRf.cpp - The weights of one tile engine -------------------------------------===//

#include "MatrixRf.h"

namespace softdpu::model {

void MatrixRf::writeBeat(uint32_t slot, unsigned row, unsigned chunk, std::span<const std::byte> beat) {
  const Arch &arch = machine.arch;
  Tile &tile = tiles[slot % tiles.size()];
  if (row == 0 && chunk == 0)
    tile = Tile(shape);
  const WeightBeat values = unpackWeightBeat(arch, beat);
  const uint32_t column = chunk * arch.lanes;
  tile.setMantissas(shape, row, column, values.mantissas);
  for (uint32_t i = 0; i < values.exponents.size(); ++i)
    tile.setExponent(shape, row, column / arch.box + i, values.exponents[i]);
  if (row + 1 == arch.nativeDim && chunk + 1 == arch.chunksPerTile())
    tile.finish(shape);
}

const Tile *MatrixRf::tile(uint32_t slot) const {
  const Tile &tile = tiles[slot % tiles.size()];
  return tile.isWritten() ? &tile : nullptr;
}

} // namespace softdpu::model
