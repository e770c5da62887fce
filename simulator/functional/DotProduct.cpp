//===- DotProduct.cpp --------------------------------------------------------------------===//

#include "DotProduct.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace softdpu::functional {
namespace {

using BoxSums = std::array<int32_t, rowsPerBlock>;

int weightOf(Packing packing, const std::byte *place, uint32_t column) {
  switch (packing) {
  case Packing::Nibbles:
    return int(place[column & 3] >> (column & 4) & std::byte(15)) - nibbleBias;
  case Packing::Bytes:
    return int8_t(place[column & 3]);
  case Packing::Words:
    break;
  }
  int16_t value;
  std::memcpy(&value, place + 2 * (column & 1), sizeof value);
  return value;
}

/// The sums of one box for the rows of a block. A box has at most 1024 columns of 10-bit mantissas: below 2^30.
template <Packing packing> void sumBox(const std::byte *lines, const int16_t *activations, uint32_t size, BoxSums &sums) {
  constexpr uint32_t perLine = columnsPerLine(packing);
  sums.fill(0);
  for (uint32_t first = 0; first < size; first += perLine, lines += lineBytes)
    for (unsigned row = 0; row < rowsPerBlock; ++row)
      for (uint32_t column = 0; column < perLine; ++column)
        sums[row] += weightOf(packing, lines + row * (lineBytes / rowsPerBlock), column) * activations[first + column];
}

void sumBox(const TileShape &shape, const std::byte *lines, const int16_t *activations, BoxSums &sums) {
  switch (shape.packing) {
  case Packing::Nibbles:
    return sumBox<Packing::Nibbles>(lines, activations, shape.box, sums);
  case Packing::Bytes:
    return sumBox<Packing::Bytes>(lines, activations, shape.box, sums);
  case Packing::Words:
    return sumBox<Packing::Words>(lines, activations, shape.box, sums);
  }
}

void accumulatePortable(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums) {
  const std::byte *lines = tile.lineData();
  const uint8_t *exponents = tile.exponentData();
  int64_t *out = sums.data();
  for (uint32_t block = 0; block < shape.blocks(); ++block, out += rowsPerBlock)
    for (uint32_t box = 0; box < shape.boxes(); ++box, lines += shape.linesPerBox() * lineBytes, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      if (exponent == 0)
        continue;
      BoxSums boxSums;
      sumBox(shape, lines, column.mantissas.data() + size_t(box) * shape.box, boxSums);
      for (unsigned row = 0; row < rowsPerBlock; ++row)
        out[row] += int64_t(boxSums[row]) << (exponents[row] + exponent - base);
    }
}

#if defined(__x86_64__)
template <typename T> int32_t load32(const T *from) {
  int32_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// The sums of one box for half the rows of a block, eight 32-bit values.
template <Packing packing>
[[gnu::target("avx2")]] __m256i sumHalfBoxAvx2(const std::byte *lines, const QuantisedVector &column, uint32_t first, uint32_t size) {
  const __m256i ones = _mm256_set1_epi16(1), nibble = _mm256_set1_epi8(15);
  __m256i sum = _mm256_setzero_si256();
  for (uint32_t i = first; i < first + size; i += columnsPerLine(packing), lines += lineBytes) {
    const __m256i weights = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(lines));
    if constexpr (packing == Packing::Nibbles) { // The sums of 16 bits are those of four products below 2^7.
      const __m256i low = _mm256_and_si256(weights, nibble), high = _mm256_and_si256(_mm256_srli_epi16(weights, 4), nibble);
      const __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(low, _mm256_set1_epi32(load32(column.bytes.data() + i))),
                                             _mm256_maddubs_epi16(high, _mm256_set1_epi32(load32(column.bytes.data() + i + 4))));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    } else if constexpr (packing == Packing::Bytes) { // The sums of 16 bits are those of two products below 2^14: no saturation.
      const __m256i activations = _mm256_set1_epi32(load32(column.bytes.data() + i));
      const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(activations, weights));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    } else {
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(weights, _mm256_set1_epi32(load32(column.mantissas.data() + i))));
    }
  }
  return sum;
}

template <Packing packing>
[[gnu::target("avx2")]] void accumulateAvx2(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base,
                                            int64_t *sums) {
  const std::byte *lines = tile.lineData();
  const uint8_t *exponents = tile.exponentData();
  for (uint32_t block = 0; block < shape.blocks(); ++block, sums += rowsPerBlock)
    for (uint32_t box = 0; box < shape.boxes(); ++box, lines += shape.linesPerBox() * lineBytes, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      if (exponent == 0)
        continue;
      for (unsigned half = 0; half < 2; ++half) {
        __m256i sum = sumHalfBoxAvx2<packing>(lines + half * (lineBytes / 2), column, box * shape.box, shape.box);
        if constexpr (packing == Packing::Nibbles)
          sum = _mm256_sub_epi32(sum, _mm256_set1_epi32(nibbleBias * column.boxSums[box]));
        const __m128i rowExponents = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(exponents + half * 8));
        const __m256i shift = _mm256_add_epi32(_mm256_cvtepu8_epi32(rowExponents), _mm256_set1_epi32(exponent - base));
        auto *out = reinterpret_cast<__m256i *>(sums + half * 8);
        const __m256i low =
            _mm256_sllv_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)), _mm256_cvtepi32_epi64(_mm256_castsi256_si128(shift)));
        const __m256i high = _mm256_sllv_epi64(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)),
                                               _mm256_cvtepi32_epi64(_mm256_extracti128_si256(shift, 1)));
        _mm256_storeu_si256(out, _mm256_add_epi64(_mm256_loadu_si256(out), low));
        _mm256_storeu_si256(out + 1, _mm256_add_epi64(_mm256_loadu_si256(out + 1), high));
      }
    }
}

void accumulateAvx2(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums) {
  switch (shape.packing) {
  case Packing::Nibbles:
    return accumulateAvx2<Packing::Nibbles>(shape, tile, column, base, sums.data());
  case Packing::Bytes:
    return accumulateAvx2<Packing::Bytes>(shape, tile, column, base, sums.data());
  case Packing::Words:
    return accumulateAvx2<Packing::Words>(shape, tile, column, base, sums.data());
  }
}

/// The sums of one box for the rows of a block, sixteen 32-bit values. VNNI multiplies unsigned by signed bytes, so weights get a bias.
template <Packing packing>
[[gnu::target("avx512f,avx512bw,avx512vnni")]] __m512i sumBoxVnni(const std::byte *lines, const QuantisedVector &column, uint32_t box,
                                                                  uint32_t size) {
  const int8_t *activations = column.bytes.data() + size_t(box) * size;
  __m512i even = _mm512_setzero_si512(), odd = _mm512_setzero_si512();
  if constexpr (packing == Packing::Nibbles) {
    const __m512i nibble = _mm512_set1_epi8(15);
    for (uint32_t i = 0; i < size; i += 8, lines += lineBytes) {
      const __m512i weights = _mm512_loadu_si512(lines);
      even = _mm512_dpbusd_epi32(even, _mm512_and_si512(weights, nibble), _mm512_set1_epi32(load32(activations + i)));
      odd =
          _mm512_dpbusd_epi32(odd, _mm512_and_si512(_mm512_srli_epi16(weights, 4), nibble), _mm512_set1_epi32(load32(activations + i + 4)));
    }
    return _mm512_sub_epi32(_mm512_add_epi32(even, odd), _mm512_set1_epi32(nibbleBias * column.boxSums[box]));
  } else {
    constexpr int byteBias = 128;
    const __m512i bias = _mm512_set1_epi8(char(byteBias));
    for (uint32_t i = 0; i < size; i += 8, lines += 2 * lineBytes) {
      const __m512i first = _mm512_xor_si512(_mm512_loadu_si512(lines), bias);
      const __m512i second = _mm512_xor_si512(_mm512_loadu_si512(lines + lineBytes), bias);
      even = _mm512_dpbusd_epi32(even, first, _mm512_set1_epi32(load32(activations + i)));
      odd = _mm512_dpbusd_epi32(odd, second, _mm512_set1_epi32(load32(activations + i + 4)));
    }
    return _mm512_sub_epi32(_mm512_add_epi32(even, odd), _mm512_set1_epi32(byteBias * column.boxSums[box]));
  }
}

template <Packing packing>
[[gnu::target("avx512f,avx512bw,avx512vnni")]] void accumulateVnni(const TileShape &shape, const Tile &tile, const QuantisedVector &column,
                                                                   int base, int64_t *sums) {
  const std::byte *lines = tile.lineData();
  const uint8_t *exponents = tile.exponentData();
  for (uint32_t block = 0; block < shape.blocks(); ++block, sums += rowsPerBlock) {
    __m512i low = _mm512_loadu_si512(sums), high = _mm512_loadu_si512(sums + 8);
    for (uint32_t box = 0; box < shape.boxes(); ++box, lines += shape.linesPerBox() * lineBytes, exponents += rowsPerBlock) {
      const int exponent = column.exponents[box];
      if (exponent == 0)
        continue;
      const __m512i sum = sumBoxVnni<packing>(lines, column, box, shape.box);
      const __m512i shift = _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(exponents))),
                                             _mm512_set1_epi32(exponent - base));
      low = _mm512_add_epi64(
          low, _mm512_sllv_epi64(_mm512_cvtepi32_epi64(_mm512_castsi512_si256(sum)), _mm512_cvtepi32_epi64(_mm512_castsi512_si256(shift))));
      high = _mm512_add_epi64(high, _mm512_sllv_epi64(_mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(sum, 1)),
                                                      _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(shift, 1))));
    }
    _mm512_storeu_si512(sums, low);
    _mm512_storeu_si512(sums + 8, high);
  }
}

void accumulateVnni(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums) {
  switch (shape.packing) {
  case Packing::Nibbles:
    return accumulateVnni<Packing::Nibbles>(shape, tile, column, base, sums.data());
  case Packing::Bytes:
    return accumulateVnni<Packing::Bytes>(shape, tile, column, base, sums.data());
  case Packing::Words:
    return accumulateAvx2<Packing::Words>(shape, tile, column, base, sums.data());
  }
}

bool hasVnni() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"); }
#endif

} // namespace

std::span<const Kernel> supportedKernels() {
#if defined(__x86_64__)
  static const Kernel kernels[] = {{"vnni", accumulateVnni}, {"avx2", accumulateAvx2}, {"portable", accumulatePortable}};
  return std::span(kernels).subspan(!__builtin_cpu_supports("avx2") ? 2 : hasVnni() ? 0 : 1);
#else
  static const Kernel kernels[] = {{"portable", accumulatePortable}};
  return kernels;
#endif
}

void accumulate(const TileShape &shape, const Tile &tile, const QuantisedVector &column, int base, std::span<int64_t> sums) {
  static const Kernel fastest = supportedKernels().front();
  fastest.accumulate(shape, tile, column, base, sums);
}

void accumulateWide(const TileShape &shape, const Tile &tile, const QuantisedVector &column, std::span<Int128> sums) {
  const std::byte *lines = tile.lineData();
  const uint8_t *exponents = tile.exponentData();
  for (uint32_t block = 0; block < shape.blocks(); ++block)
    for (uint32_t box = 0; box < shape.boxes(); ++box, lines += shape.linesPerBox() * lineBytes, exponents += rowsPerBlock) {
      BoxSums boxSums;
      sumBox(shape, lines, column.mantissas.data() + size_t(box) * shape.box, boxSums);
      const size_t first = size_t(block) * rowsPerBlock;
      for (size_t row = 0; row < std::min<size_t>(rowsPerBlock, sums.size() - first); ++row)
        sums[first + row] += Int128(boxSums[row]) << (exponents[row] + column.exponents[box]);
    }
}

} // namespace softdpu::functional
