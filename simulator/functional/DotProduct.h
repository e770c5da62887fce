//===- DotProduct.h - A native tile times a quantised vector, exactly --------------------===//
//
// Eight rows are interleaved so that one SIMD register holds a pair of columns of each of them; a box of columns is summed in 32
// bits, shifted by its exponents and added to a 64-bit sum. Where the exponents of a row and a vector are so far apart
// that 64 bits could overflow, the same is done in 128 bits.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/numerics/Half.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace softdpu::functional {

constexpr unsigned rowsPerBlock = 8;

/// The greatest and least exponent of what is not zero; empty (low > high) if everything is.
struct ExponentRange {
  int low = 255, high = -1;
  bool isEmpty() const { return low > high; }
  void include(int exponent) {
    low = exponent < low ? exponent : low;
    high = exponent > high ? exponent : high;
  }
  void include(const ExponentRange &other) {
    low = other.low < low ? other.low : low;
    high = other.high > high ? other.high : high;
  }
};

/// Sizes of a tile, from the architecture.
struct TileShape {
  explicit TileShape(const Arch &arch);
  uint32_t nativeDim;
  uint32_t box;
  uint32_t boxes() const { return nativeDim / box; }
  uint32_t blocks() const { return nativeDim / rowsPerBlock; }
};

/// nativeDim x nativeDim weights.
struct Tile {
  std::vector<int16_t> mantissas; ///< [block][pair of columns][row in block][2]; empty: never written.
  std::vector<uint8_t> exponents; ///< [block][box][row in block]; boxes of zeros have the lowest exponent of the tile.
  ExponentRange range;

  explicit Tile(const TileShape &shape);
  Tile() = default;
  /// Places `values`, the columns `column` ... of one row.
  void setMantissas(const TileShape &shape, uint32_t row, uint32_t column, std::span<const int16_t> values);
  void setExponent(const TileShape &shape, uint32_t row, uint32_t box, uint8_t exponent);
  uint8_t exponent(const TileShape &shape, uint32_t row, uint32_t box) const;
  /// After all is set: computes `range` and normalises the exponents of zeros.
  void finish(const TileShape &shape);
};

/// A native vector of activations.
struct Column {
  std::span<const int16_t> mantissas; ///< nativeDim
  std::span<const uint8_t> exponents; ///< One per box; 0: the box is zero.
};

/// Adds tile * column * 2^-base to `sums` (nativeDim values). The caller guarantees that no sum overflows.
/// \param base at most the sum of the lowest exponents of tile and column.
void accumulate(const TileShape &shape, const Tile &tile, const Column &column, int base, std::span<int64_t> sums);

/// An implementation of accumulate().
struct Kernel {
  std::string_view name;
  void (*accumulate)(const TileShape &shape, const Tile &tile, const Column &column, int base, std::span<int64_t> sums);
};
/// Those that this CPU can run, the fastest first.
std::span<const Kernel> supportedKernels();

/// The same for any exponents, with base 0.
void accumulateWide(const TileShape &shape, const Tile &tile, const Column &column, std::span<Int128> sums);

} // namespace softdpu::functional
