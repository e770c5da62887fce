//===- DotProduct.cpp --------------------------------------------------------------------===//

#include "DotProduct.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace softdpu::functional {
namespace {

size_t mantissaIndex(const TileShape &shape, uint32_t row, uint32_t column) {
  const size_t pair = size_t(row / rowsPerBlock) * (shape.nativeDim / 2) + column / 2;
  return (pair * rowsPerBlock + row % rowsPerBlock) * 2 + column % 2;
}

size_t exponentIndex(const TileShape &shape, uint32_t row, uint32_t box) {
  return (size_t(row / rowsPerBlock) * shape.boxes() + box) * rowsPerBlock + row % rowsPerBlock;
}

/// The sums of one box for the eight rows of a block. A box has at most 1024 columns of 10-bit mantissas: below 2^30.
inline void sumBox(const int16_t *weights, const int16_t *activations, uint32_t size, int32_t *sums) {
  std::fill_n(sums, rowsPerBlock, 0);
  for (uint32_t column = 0; column < size; column += 2)
    for (unsigned row = 0; row < rowsPerBlock; ++row) {
      const int16_t *pair = weights + (column * rowsPerBlock + 2 * row);
      sums[row] += pair[0] * activations[column] + pair[1] * activations[column + 1];
    }
}

void accumulatePortable(const TileShape &shape, const Tile &tile, const Column &column, int base, std::span<int64_t> sums) {
  const int16_t *weights = tile.mantissas.data();
  const uint8_t *exponents = tile.exponents.data();
  int64_t *out = sums.data();
  for (uint32_t block = 0; block < shape.blocks(); ++block, out += rowsPerBlock)
    for (uint32_t box = 0; box < shape.boxes(); ++box, weights += size_t(shape.box) * rowsPerBlock, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      if (exponent == 0)
        continue;
      int32_t boxSums[rowsPerBlock];
      sumBox(weights, column.mantissas.data() + size_t(box) * shape.box, shape.box, boxSums);
      for (unsigned row = 0; row < rowsPerBlock; ++row)
        out[row] += int64_t(boxSums[row]) << (exponents[row] + exponent - base);
    }
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void accumulateAvx2(const TileShape &shape, const Tile &tile, const Column &column, int base,
                                            std::span<int64_t> sums) {
  static_assert(rowsPerBlock == 8, "eight 32-bit sums fill a register");
  const int16_t *weights = tile.mantissas.data();
  const uint8_t *exponents = tile.exponents.data();
  auto *out = reinterpret_cast<__m256i *>(sums.data());
  for (uint32_t block = 0; block < shape.blocks(); ++block, out += 2) {
    __m256i low = _mm256_loadu_si256(out), high = _mm256_loadu_si256(out + 1);
    for (uint32_t box = 0; box < shape.boxes(); ++box, weights += size_t(shape.box) * rowsPerBlock, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      if (exponent == 0)
        continue;
      const int16_t *activations = column.mantissas.data() + size_t(box) * shape.box;
      __m256i sum = _mm256_setzero_si256();
      for (uint32_t pair = 0; pair < shape.box / 2; ++pair) {
        int32_t both;
        std::memcpy(&both, activations + 2 * pair, sizeof both);
        const __m256i weight = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(weights) + pair);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(weight, _mm256_set1_epi32(both)));
      }
      const __m256i shift = _mm256_add_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i *>(exponents))),
                                             _mm256_set1_epi32(exponent - base));
      low = _mm256_add_epi64(
          low, _mm256_sllv_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)), _mm256_cvtepi32_epi64(_mm256_castsi256_si128(shift))));
      high = _mm256_add_epi64(high, _mm256_sllv_epi64(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)),
                                                      _mm256_cvtepi32_epi64(_mm256_extracti128_si256(shift, 1))));
    }
    _mm256_storeu_si256(out, low);
    _mm256_storeu_si256(out + 1, high);
  }
}
#endif

} // namespace

TileShape::TileShape(const Arch &arch) : nativeDim(arch.nativeDim), box(arch.box) {}

Tile::Tile(const TileShape &shape)
    : mantissas(size_t(shape.nativeDim) * shape.nativeDim), exponents(size_t(shape.nativeDim) * shape.boxes()) {}

void Tile::setMantissas(const TileShape &shape, uint32_t row, uint32_t column, std::span<const int16_t> values) {
  for (size_t i = 0; i < values.size(); ++i)
    mantissas[mantissaIndex(shape, row, column + uint32_t(i))] = values[i];
}

void Tile::setExponent(const TileShape &shape, uint32_t row, uint32_t box, uint8_t exponent) {
  exponents[exponentIndex(shape, row, box)] = exponent;
}

uint8_t Tile::exponent(const TileShape &shape, uint32_t row, uint32_t box) const { return exponents[exponentIndex(shape, row, box)]; }

void Tile::finish(const TileShape &shape) {
  auto isZero = [&](uint32_t row, uint32_t box) {
    for (uint32_t column = box * shape.box; column < (box + 1) * shape.box; ++column)
      if (mantissas[mantissaIndex(shape, row, column)] != 0)
        return false;
    return true;
  };
  range = {};
  std::vector<size_t> zeros;
  for (uint32_t row = 0; row < shape.nativeDim; ++row)
    for (uint32_t box = 0; box < shape.boxes(); ++box) {
      const size_t index = exponentIndex(shape, row, box);
      if (isZero(row, box))
        zeros.push_back(index);
      else
        range.include(exponents[index]);
    }
  for (size_t index : zeros)
    exponents[index] = range.isEmpty() ? 0 : uint8_t(range.low);
}

std::span<const Kernel> supportedKernels() {
#if defined(__x86_64__)
  static const Kernel kernels[] = {{"avx2", accumulateAvx2}, {"portable", accumulatePortable}};
  return std::span(kernels).subspan(__builtin_cpu_supports("avx2") ? 0 : 1);
#else
  static const Kernel kernels[] = {{"portable", accumulatePortable}};
  return kernels;
#endif
}

void accumulate(const TileShape &shape, const Tile &tile, const Column &column, int base, std::span<int64_t> sums) {
  static const Kernel fastest = supportedKernels().front();
  fastest.accumulate(shape, tile, column, base, sums);
}

void accumulateWide(const TileShape &shape, const Tile &tile, const Column &column, std::span<Int128> sums) {
  const int16_t *weights = tile.mantissas.data();
  const uint8_t *exponents = tile.exponents.data();
  for (uint32_t block = 0; block < shape.blocks(); ++block)
    for (uint32_t box = 0; box < shape.boxes(); ++box, weights += size_t(shape.box) * rowsPerBlock, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      int32_t boxSums[rowsPerBlock];
      sumBox(weights, column.mantissas.data() + size_t(box) * shape.box, shape.box, boxSums);
      for (unsigned row = 0; row < rowsPerBlock; ++row)
        sums[size_t(block) * rowsPerBlock + row] += Int128(boxSums[row]) << (exponents[row] + exponent);
    }
}

} // namespace softdpu::functional
