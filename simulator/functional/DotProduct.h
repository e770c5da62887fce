//===- DotProduct.h - A native tile times a quantised vector, exactly --------------------===//
//
// A box of columns is summed in 32 bits for sixteen rows at once, shifted by its exponents and added to 64-bit sums. Where the
// exponents of a row and a vector are so far apart that 64 bits could overflow, the same is done in 128 bits.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Tile.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace softdpu::functional {

/// Adds tile * column * 2^-base to `sums` (shape.paddedRows() values; what lies behind nativeDim gets nothing). The caller guarantees that
/// no sum overflows.
/// \param tile finished, not all zero. \param base at most the sum of the lowest exponents of tile and column.
void accumulate(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums);

/// An implementation of accumulate().
struct Kernel {
  std::string_view name;
  void (*accumulate)(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums);
};
/// Those that this CPU can run, the fastest first.
std::span<const Kernel> supportedKernels();

/// The same for any exponents, with base 0. \param sums nativeDim values.
void accumulateWide(const TileShape &shape, const Tile &tile, const QuantisedVector &column, std::span<Int128> sums);

} // namespace softdpu::functional
