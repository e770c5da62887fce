//===- Tile.h - A native tile of weights and a quantised vector, packed for SIMD ---------===//
//
// Large matrices are streamed from memory for every product, so weights are kept in as few bits as SIMD can use at once. Rows are
// interleaved: a 64-byte line holds the same few columns of sixteen rows, and its products need no sum across lanes.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/numerics/BlockFloat.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace softdpu::functional {

constexpr unsigned rowsPerBlock = 16;
constexpr size_t lineBytes = 64;

/// What a line of 64 bytes holds of each row of a block: so many consecutive columns.
enum class Packing : uint8_t {
  Nibbles, ///< 8 columns of up to 3 mantissa bits, plus 8; byte i of a row has column i below and column i + 4 above.
  Bytes,   ///< 4 columns of up to 7 mantissa bits.
  Words,   ///< 2 columns of up to 10 mantissa bits, 16 bits each.
};
constexpr uint32_t columnsPerLine(Packing packing) { return packing == Packing::Nibbles ? 8 : packing == Packing::Bytes ? 4 : 2; }
constexpr int nibbleBias = 8;

/// The greatest and least exponent of what is not zero; empty (low > high) if everything is.
struct ExponentRange {
  int low = 255, high = -1;
  bool isEmpty() const { return low > high; }
  void include(int exponent) {
    low = exponent < low ? exponent : low;
    high = exponent > high ? exponent : high;
  }
};

/// Sizes of a tile, from the architecture.
struct TileShape {
  explicit TileShape(const Arch &arch);
  uint32_t nativeDim;
  uint32_t box;
  Packing packing;
  uint32_t boxes() const { return nativeDim / box; }
  uint32_t blocks() const { return (nativeDim + rowsPerBlock - 1) / rowsPerBlock; }
  uint32_t paddedRows() const { return blocks() * rowsPerBlock; }
  uint32_t linesPerBox() const { return box / columnsPerLine(packing); }
};

/// nativeDim x nativeDim weights.
class Tile {
public:
  /// All zero.
  explicit Tile(const TileShape &shape);
  /// Never written.
  Tile() = default;
  bool isWritten() const { return !exponents.empty(); }

  /// Places `values`, the columns `column` ... of one row.
  void setMantissas(const TileShape &shape, uint32_t row, uint32_t column, std::span<const int16_t> values);
  void setExponent(const TileShape &shape, uint32_t row, uint32_t box, uint8_t exponent);
  uint8_t exponent(const TileShape &shape, uint32_t row, uint32_t box) const;
  /// After all is set: computes `range()` and gives boxes of zeros the lowest exponent of the tile.
  void finish(const TileShape &shape);

  const ExponentRange &range() const { return exponentRange; }
  /// Lines by block, box, and columns of the box.
  const std::byte *lineData() const { return lines.data(); }
  /// Sixteen by block and box.
  const uint8_t *exponentData() const { return exponents.data(); }

private:
  std::vector<std::byte> lines;
  std::vector<uint8_t> exponents;
  ExponentRange exponentRange;
};

/// A native vector of activations.
class QuantisedVector {
public:
  explicit QuantisedVector(const TileShape &shape);
  /// \param values nativeDim. \param mantissaBits at most those of the architecture.
  void quantise(const TileShape &shape, std::span<const Half> values, unsigned mantissaBits);
  /// Computes the rest from mantissas and exponents.
  void finish(const TileShape &shape);

  std::vector<int16_t> mantissas; ///< nativeDim
  std::vector<uint8_t> exponents; ///< One per box; 0: the box is zero.
  std::vector<int8_t> bytes;      ///< The same, unless weights are packed in words.
  std::vector<int32_t> boxSums;   ///< Of the mantissas of each box, likewise.
  ExponentRange range;            ///< Of the boxes that are not zero.
};

} // namespace softdpu::functional
