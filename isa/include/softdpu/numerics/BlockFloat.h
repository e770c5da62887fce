//===- BlockFloat.h - Block floating point: quantise, exact dot product ------------------===//
//
// A box of consecutive elements shares one exponent. Dot products of two quantised vectors are exact, so their value
// does not depend on the order of summation; that is what makes results independent of lanes and tile engines.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"
#include "softdpu/numerics/Half.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

/// Sign, `mantissaBits` of magnitude without a hidden bit, a 5-bit exponent per box.
struct BlockFormat {
  unsigned mantissaBits = 0; ///< 2..10
  unsigned box = 0;          ///< 8, 16, 32, ...
  bool operator==(const BlockFormat &) const = default;
};

/// Parses `msfp11` .. `msfp16` (box 16, mantissa 2..7), `ms-fp8`, `ms-fp9` (mantissa 2, 3; box = `nativeDim`), `bfp<m>b<box>` (any).
Expected<BlockFormat> parseFormat(std::string_view name, unsigned nativeDim);
/// The shortest name that parses back to `format`.
std::string formatName(const BlockFormat &format);

/// Element i has value mantissa[i] * 2^(exponent[i / box] + scale).
struct BlockVector {
  std::vector<int16_t> mantissas; ///< -(2^m - 1) .. 2^m - 1, a multiple of box of them.
  std::vector<uint8_t> exponents; ///< 0..31
  int scale = 0;
};

/// Quantises float16 activations: a box's exponent is the biased float16 exponent (1..30) of its largest magnitude, 0 if all are zero;
/// mantissa = RNE(x / 2^(exponent - 14 - m)), saturated; scale is -14 - m. Pads the last box with zeros.
/// Source: MSFP (Rouhani et al., NeurIPS 2020), section 2; rounding and saturation are ours.
BlockVector quantise(std::span<const Half> values, const BlockFormat &format);

/// The same without allocating. \param exponents one for each box. \param mantissas format.box for each box.
void quantiseInto(std::span<const Half> values, const BlockFormat &format, std::span<int16_t> mantissas, std::span<uint8_t> exponents);

/// A matrix of weights, row by row, with one scale for the whole matrix (the per-matrix exponent bias).
struct BlockMatrix {
  unsigned rows = 0, cols = 0, boxesPerRow = 0;
  BlockFormat format;
  std::vector<int16_t> mantissas; ///< rows x boxesPerRow x box
  std::vector<uint8_t> exponents; ///< rows x boxesPerRow
  int scale = 0;
};

/// Quantises float32 weights (row major). The largest box gets exponent 31; boxes that would fall below 0 are rounded at exponent 0.
/// The scale is at least -104, so that scale - 14 - m always fits the scale operand of mv_mul (int8): if all weights are below about
/// 2^-64, the largest exponent is lower instead. Their products vanish in float16 anyway.
/// \returns an error naming the row and column of the first value that is not finite.
Expected<BlockMatrix> quantiseMatrix(std::span<const float> values, unsigned rows, unsigned cols, const BlockFormat &format);

/// The same for rows that lie apart. \param rows each points to `cols` values, or is null for a row of zeros.
Expected<BlockMatrix> quantiseMatrix(std::span<const float *const> rows, unsigned cols, const BlockFormat &format);

} // namespace softdpu
