//===- MatrixFile.cpp --------------------------------------------------------------------===//

#include "MatrixFile.h"

namespace softdpu::functional {

Expected<void> MatrixFile::write(uint32_t engine, uint32_t slot, std::span<const std::byte> beats) {
  const size_t beatBytes = weightBeatBytes(arch);
  Tile tile(shape);
  for (uint32_t row = 0; row < arch.nativeDim; ++row)
    for (uint32_t chunk = 0; chunk < arch.chunksPerTile(); ++chunk) {
      const WeightBeat beat = unpackWeightBeat(arch, beats.first(beatBytes));
      beats = beats.subspan(beatBytes);
      const uint32_t column = chunk * arch.lanes;
      tile.setMantissas(shape, row, column, beat.mantissas);
      for (uint32_t i = 0; i < beat.exponents.size(); ++i) {
        const uint32_t box = column / arch.box + i;
        const bool isFirstChunk = (column + i * arch.box) % arch.box == 0;
        if (!isFirstChunk && tile.exponent(shape, row, box) != beat.exponents[i])
          return fail("weight stream: row {}, box {} of a tile has exponent {} in its first chunk and {} in chunk {}", row, box,
                      tile.exponent(shape, row, box), beat.exponents[i], chunk);
        tile.setExponent(shape, row, box, beat.exponents[i]);
      }
    }
  tile.finish(shape);
  tiles[size_t(engine) * arch.mrfTiles + slot] = std::move(tile);
  return {};
}

} // namespace softdpu::functional
