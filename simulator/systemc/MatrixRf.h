//===- MatrixRf.h - The weights of one tile engine ---------------------------------------===//

#pragma once

#include "Channels.h"

#include "functional/Tile.h"
#include "softdpu/isa/WeightStream.h"

namespace softdpu::model {

using functional::Tile;
using functional::TileShape;

/// The matrix loader's side.
class MatrixWriteIf : public virtual sc_core::sc_interface {
public:
  /// Stores one beat of the weight stream: chunk `chunk` of row `row` of the tile in `slot`.
  virtual void writeBeat(uint32_t slot, unsigned row, unsigned chunk, std::span<const std::byte> beat) = 0;
};

/// The tile engine's side.
class MatrixReadIf : public virtual sc_core::sc_interface {
public:
  /// \returns null for a tile that was never written; it reads as zeros.
  virtual const Tile *tile(uint32_t slot) const = 0;
};

class MatrixRf final : public Block, public MatrixWriteIf, public MatrixReadIf {
public:
  MatrixRf(const sc_core::sc_module_name &name, Machine &machine)
      : Block(name, machine), shape(machine.arch), tiles(machine.arch.mrfTiles) {}

  void writeBeat(uint32_t slot, unsigned row, unsigned chunk, std::span<const std::byte> beat) override;
  const Tile *tile(uint32_t slot) const override;

private:
  const TileShape shape;
  std::vector<Tile> tiles; ///< Memory is taken when a tile is written.
};

} // namespace softdpu::model
