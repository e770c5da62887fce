//===- Tile.cpp --------------------------------------------------------------------------===//

#include "Tile.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace softdpu::functional {
namespace {

Packing packingFor(unsigned mantissaBits) {
  return mantissaBits <= 3 ? Packing::Nibbles : mantissaBits <= 7 ? Packing::Bytes : Packing::Words;
}

/// Where the columns of a line are kept for `row`. \param line of the row, 0 .. nativeDim / columnsPerLine - 1.
size_t lineOffset(const TileShape &shape, uint32_t row, uint32_t line) {
  const size_t linesPerRow = shape.nativeDim / columnsPerLine(shape.packing);
  return ((row / rowsPerBlock) * linesPerRow + line) * lineBytes + (row % rowsPerBlock) * (lineBytes / rowsPerBlock);
}

size_t exponentIndex(const TileShape &shape, uint32_t row, uint32_t box) {
  return (size_t(row / rowsPerBlock) * shape.boxes() + box) * rowsPerBlock + row % rowsPerBlock;
}

void setMantissa(const TileShape &shape, std::byte *place, uint32_t column, int16_t value) {
  switch (shape.packing) {
  case Packing::Nibbles: {
    const unsigned shift = column & 4;
    std::byte &byte = place[column & 3];
    byte = (byte & std::byte(0xF0 >> shift)) | std::byte((value + nibbleBias) << shift);
    break;
  }
  case Packing::Bytes:
    place[column & 3] = std::byte(value);
    break;
  case Packing::Words:
    std::memcpy(place + 2 * (column & 1), &value, sizeof value);
    break;
  }
}

} // namespace

TileShape::TileShape(const Arch &arch) : nativeDim(arch.nativeDim), box(arch.box), packing(packingFor(arch.mantissaBits)) {}

Tile::Tile(const TileShape &shape)
    : lines(shape.blocks() * size_t(shape.nativeDim / columnsPerLine(shape.packing)) * lineBytes,
            shape.packing == Packing::Nibbles ? std::byte(nibbleBias * 0x11) : std::byte(0)),
      exponents(size_t(shape.paddedRows()) * shape.boxes()) {}

void Tile::setMantissas(const TileShape &shape, uint32_t row, uint32_t column, std::span<const int16_t> values) {
  const uint32_t perLine = columnsPerLine(shape.packing);
  for (const int16_t value : values) {
    setMantissa(shape, lines.data() + lineOffset(shape, row, column / perLine), column, value);
    ++column;
  }
}

void Tile::setExponent(const TileShape &shape, uint32_t row, uint32_t box, uint8_t exponent) {
  exponents[exponentIndex(shape, row, box)] = exponent;
}

uint8_t Tile::exponent(const TileShape &shape, uint32_t row, uint32_t box) const { return exponents[exponentIndex(shape, row, box)]; }

void Tile::finish(const TileShape &shape) {
  constexpr size_t width = lineBytes / rowsPerBlock;
  const std::byte zero = shape.packing == Packing::Nibbles ? std::byte(nibbleBias * 0x11) : std::byte(0);
  auto isZero = [&](uint32_t row, uint32_t box) {
    for (uint32_t line = box * shape.linesPerBox(); line < (box + 1) * shape.linesPerBox(); ++line) {
      const std::byte *place = lines.data() + lineOffset(shape, row, line);
      if (std::any_of(place, place + width, [zero](std::byte byte) { return byte != zero; }))
        return false;
    }
    return true;
  };
  exponentRange = {};
  std::vector<size_t> zeros;
  for (uint32_t row = 0; row < shape.paddedRows(); ++row)
    for (uint32_t box = 0; box < shape.boxes(); ++box) {
      const size_t index = exponentIndex(shape, row, box);
      if (isZero(row, box))
        zeros.push_back(index);
      else
        exponentRange.include(exponents[index]);
    }
  for (size_t index : zeros)
    exponents[index] = exponentRange.isEmpty() ? uint8_t(0) : uint8_t(exponentRange.low);
}

QuantisedVector::QuantisedVector(const TileShape &shape) : mantissas(shape.nativeDim), exponents(shape.boxes()) {
  if (shape.packing != Packing::Words) {
    bytes.resize(shape.nativeDim);
    boxSums.resize(shape.boxes());
  }
}

void QuantisedVector::quantise(const TileShape &shape, std::span<const Half> values, unsigned mantissaBits) {
  quantiseInto(values, {mantissaBits, shape.box}, mantissas, exponents);
  finish(shape);
}

void QuantisedVector::finish(const TileShape &shape) {
  if (!bytes.empty()) {
    std::ranges::transform(mantissas, bytes.begin(), [](int16_t mantissa) { return int8_t(mantissa); });
    for (uint32_t box = 0; box < shape.boxes(); ++box) {
      const auto first = mantissas.begin() + ptrdiff_t(size_t(box) * shape.box);
      boxSums[box] = std::accumulate(first, first + ptrdiff_t(shape.box), int32_t(0));
    }
  }
  range = {};
  for (uint32_t box = 0; box < shape.boxes(); ++box)
    if (exponents[box] != 0)
      range.include(exponents[box]);
}

} // namespace softdpu::functional
