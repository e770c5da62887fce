//===- WeightStream.h - Weights as the DPU's weight port takes them ----------------------===//
//
// A matrix is streamed in issue order: for each pass (row or column order), for each engine whose tile lies inside the matrix, for each of
// the N rows of the tile, for each chunk of L lanes, one beat. A beat holds, from the low bit on, L sign-magnitude mantissas of
// arch.mantissaBits + 1 bits (sign on top), then boxesPerChunk 5-bit exponents; it is padded to whole bytes.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/numerics/BlockFloat.h"

#include <cstddef>
#include <span>
#include <vector>

namespace softdpu {

/// Bytes of one beat.
unsigned weightBeatBytes(const Arch &arch);

/// Where a tile lives, and the order of tiles in the stream.
struct TilePlace {
  uint32_t row, col; ///< Native tile coordinates.
  uint32_t engine;
  uint32_t slot; ///< Relative to the matrix base.
};

/// The tiles of a rows x cols matrix (in native tiles) in stream order. `group` in 1..tileEngines.
std::vector<TilePlace> placeTiles(const Arch &arch, uint32_t rows, uint32_t cols, unsigned group, TileOrder order);
/// MRF slots that such a matrix takes in every engine: ceil(rows / groups) * ceil(cols / group).
uint32_t matrixSlots(const Arch &arch, uint32_t rows, uint32_t cols, unsigned group);

/// Packs a quantised matrix, padded with zeros to whole native tiles. \param matrix format.box == arch.box and mantissaBits <= arch's.
std::vector<std::byte> packWeights(const Arch &arch, const BlockMatrix &matrix, unsigned group, TileOrder order);

/// One unpacked beat.
struct WeightBeat {
  std::vector<int16_t> mantissas; ///< lanes
  std::vector<uint8_t> exponents; ///< boxesPerChunk
};
WeightBeat unpackWeightBeat(const Arch &arch, std::span<const std::byte> beat);

} // namespace softdpu
