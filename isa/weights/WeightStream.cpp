//===- WeightStream.cpp - Weights as the DPU's weight port takes them --------------------===//

#include "softdpu/isa/WeightStream.h"

#include <cassert>
#include <cstdlib>

namespace softdpu {
namespace {

constexpr unsigned exponentBits = 5;

uint32_t ceilDivide(uint32_t a, uint32_t b) { return (a + b - 1) / b; }

/// Appends bit fields from the low bit on.
class BitWriter {
public:
  explicit BitWriter(std::byte *out) : out_(out) {}

  void put(uint32_t value, unsigned width) {
    pending_ |= uint64_t(value) << count_;
    count_ += width;
    while (count_ >= 8) {
      *out_++ = std::byte(pending_);
      pending_ >>= 8;
      count_ -= 8;
    }
  }

  /// Pads to a whole byte. \returns where the next byte goes.
  std::byte *finish() {
    if (count_ > 0)
      *out_++ = std::byte(pending_);
    pending_ = count_ = 0;
    return out_;
  }

private:
  std::byte *out_;
  uint64_t pending_ = 0;
  unsigned count_ = 0;
};

class BitReader {
public:
  explicit BitReader(const std::byte *in) : in_(in) {}

  uint32_t take(unsigned width) {
    while (count_ < width) {
      pending_ |= uint64_t(*in_++) << count_;
      count_ += 8;
    }
    uint32_t value = uint32_t(pending_) & ((1u << width) - 1);
    pending_ >>= width;
    count_ -= width;
    return value;
  }

private:
  const std::byte *in_;
  uint64_t pending_ = 0;
  unsigned count_ = 0;
};

} // namespace

unsigned weightBeatBytes(const Arch &arch) {
  return ceilDivide(arch.lanes * (arch.mantissaBits + 1) + arch.boxesPerChunk() * exponentBits, 8);
}

uint32_t matrixSlots(const Arch &arch, uint32_t rows, uint32_t cols, unsigned group) {
  return ceilDivide(rows, arch.groups(group)) * ceilDivide(cols, group);
}

std::vector<TilePlace> placeTiles(const Arch &arch, uint32_t rows, uint32_t cols, unsigned group, TileOrder order) {
  unsigned groups = arch.groups(group);
  uint32_t rowPasses = ceilDivide(rows, groups), columnPasses = ceilDivide(cols, group);
  std::vector<TilePlace> places;
  places.reserve(size_t(rows) * cols);
  for (uint32_t pass = 0; pass < rowPasses * columnPasses; ++pass) {
    uint32_t rp = order == TileOrder::Row ? pass / columnPasses : pass % rowPasses;
    uint32_t cp = order == TileOrder::Row ? pass % columnPasses : pass / rowPasses;
    for (uint32_t engine = 0; engine < groups * group; ++engine) {
      TilePlace place{.row = rp * groups + engine / group, .col = cp * group + engine % group, .engine = engine, .slot = pass};
      if (place.row < rows && place.col < cols)
        places.push_back(place);
    }
  }
  return places;
}

std::vector<std::byte> packWeights(const Arch &arch, const BlockMatrix &matrix, unsigned group, TileOrder order) {
  assert(matrix.format.box == arch.box && matrix.format.mantissaBits <= arch.mantissaBits);
  const unsigned n = arch.nativeDim, lanes = arch.lanes, box = arch.box;
  const unsigned columns = matrix.boxesPerRow * box; ///< Padded to boxes.
  const std::vector<TilePlace> places = placeTiles(arch, ceilDivide(matrix.rows, n), ceilDivide(columns, n), group, order);

  std::vector<std::byte> stream(places.size() * n * arch.chunksPerTile() * weightBeatBytes(arch));
  std::byte *out = stream.data();
  for (const TilePlace &place : places)
    for (unsigned r = 0; r < n; ++r) {
      const size_t row = size_t(place.row) * n + r;
      const bool rowExists = row < matrix.rows;
      for (unsigned first = place.col * n; first < (place.col + 1) * n; first += lanes) {
        BitWriter writer(out);
        for (unsigned column = first; column < first + lanes; ++column) {
          int mantissa = rowExists && column < columns ? matrix.mantissas[row * columns + column] : 0;
          writer.put(uint32_t(std::abs(mantissa)) | uint32_t(mantissa < 0) << arch.mantissaBits, arch.mantissaBits + 1);
        }
        for (unsigned b = first / box; b < first / box + arch.boxesPerChunk(); ++b)
          writer.put(rowExists && b < matrix.boxesPerRow ? matrix.exponents[row * matrix.boxesPerRow + b] : 0, exponentBits);
        out = writer.finish();
      }
    }
  return stream;
}

WeightBeat unpackWeightBeat(const Arch &arch, std::span<const std::byte> beat) {
  assert(beat.size() == weightBeatBytes(arch));
  BitReader reader(beat.data());
  WeightBeat result;
  result.mantissas.resize(arch.lanes);
  result.exponents.resize(arch.boxesPerChunk());
  for (int16_t &mantissa : result.mantissas) {
    int magnitude = int(reader.take(arch.mantissaBits));
    mantissa = int16_t(reader.take(1) ? -magnitude : magnitude);
  }
  for (uint8_t &exponent : result.exponents)
    exponent = uint8_t(reader.take(exponentBits));
  return result;
}

} // namespace softdpu
