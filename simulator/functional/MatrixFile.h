//===- MatrixFile.h - The matrix register files of all tile engines ----------------------===//

#pragma once

#include "Tile.h"
#include "softdpu/isa/Error.h"
#include "softdpu/isa/WeightStream.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace softdpu::functional {

/// Tiles by engine and slot. Memory is taken when a tile is written.
class MatrixFile {
public:
  explicit MatrixFile(const Arch &arch) : arch(arch), shape(arch), tiles(size_t(arch.tileEngines) * arch.mrfTiles) {}

  /// \param slot less than arch.mrfTiles. \returns null for a tile that was never written.
  const Tile *find(uint32_t engine, uint32_t slot) const {
    const Tile &tile = tiles[size_t(engine) * arch.mrfTiles + slot];
    return tile.isWritten() ? &tile : nullptr;
  }

  /// Bytes of a tile in the weight stream.
  size_t tileBytes() const { return size_t(arch.nativeDim) * arch.chunksPerTile() * weightBeatBytes(arch); }

  /// Fills a slot from the weight stream. \param beats tileBytes() of them.
  /// \returns an error if the chunks of a box carry different exponents.
  Expected<void> write(uint32_t engine, uint32_t slot, std::span<const std::byte> beats);

private:
  Arch arch;
  TileShape shape;
  std::vector<Tile> tiles;
};

} // namespace softdpu::functional
