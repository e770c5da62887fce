//===- MatrixPathTest.cpp - Converter, tile engine and rounding against isa/numerics -----===//
//
// `tiny` has lanes narrower than a box, `small` lanes wider than a box and the widest mantissas, `s10_mini` multiplies bit planes.
//
//===-------------------------------------------------------------------------------------===//

#include "Halves.h"
#include "Unit.h"

#include "softdpu/isa/Timing.h"
#include "softdpu/numerics/BlockFloat.h"

#include "Vconverter_small.h"
#include "Vconverter_tiny.h"
#include "Vhalf_round_small.h"
#include "Vhalf_round_tiny.h"
#include "Vtile_engine_s10_mini.h"
#include "Vtile_engine_small.h"
#include "Vtile_engine_tiny.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <gtest/gtest.h>

using namespace softdpu;
using namespace softdpu::rtltest;

namespace {

unsigned indexWidth(unsigned count) { return std::max(1u, unsigned(std::bit_width(count - 1))); }

int64_t signMagnitude(uint64_t field, unsigned mantissaBits) {
  const int64_t magnitude = int64_t(field & ((1u << mantissaBits) - 1));
  return field >> mantissaBits & 1 ? -magnitude : magnitude;
}

template <typename Model> void testConverter(const Arch &arch) {
  Unit<Model> unit;
  unit->rst_ni = 1;
  unit->valid_i = 1;
  unit->tag_i = 0;
  RandomHalves halves(2);
  const auto corners = cornerHalves();
  const unsigned elementWidth = arch.mantissaBits + 1;
  const size_t columnWidth = size_t(arch.nativeDim) * elementWidth + arch.nativeDim / arch.box * 5;

  std::deque<BlockVector> expected;
  for (unsigned round = 0; round < 40'000; ++round) {
    std::vector<Half> vector(arch.nativeDim);
    Bits bits;
    for (size_t i = 0; i < vector.size(); ++i) {
      vector[i] = round % 3 == 0             ? corners[halves.word() % corners.size()]
                  : i == 0 || round % 3 == 1 ? halves.any()
                                             : halves.near(vector[i - 1]);
      bits.append(vector[i].bits, 16);
    }
    if (round % 100 == 0) {
      std::ranges::fill(vector, Half{});
      bits = {};
      for (size_t i = 0; i < vector.size(); ++i)
        bits.append(0, 16);
    }
    const unsigned mantissa = 2 + halves.word() % (arch.mantissaBits - 1);
    expected.push_back(quantise(vector, {mantissa, arch.box}));
    bits.drive(unit->vector_i);
    unit->mantissa_i = uint8_t(mantissa);
    unit.tick();
    if (expected.size() < Timing::convertLatency)
      continue;
    const Bits column = Bits::read(unit->column_o, columnWidth);
    for (unsigned i = 0; i < arch.nativeDim; ++i)
      ASSERT_EQ(signMagnitude(column.field(i * elementWidth, elementWidth), arch.mantissaBits), expected.front().mantissas[i])
          << "round " << round << " element " << i;
    for (unsigned b = 0; b < arch.nativeDim / arch.box; ++b)
      ASSERT_EQ(column.field(size_t(arch.nativeDim) * elementWidth + 5 * b, 5), expected.front().exponents[b])
          << "round " << round << " box " << b;
    expected.pop_front();
  }
}

TEST(Converter, TinyEqualsNumerics) { testConverter<Vconverter_tiny>(archNamed("tiny")); }
TEST(Converter, SmallEqualsNumerics) { testConverter<Vconverter_small>(archNamed("small")); }

template <typename Model> void testRound(const Arch &arch) {
  Unit<Model> unit;
  unit->en_i = (1 << Timing::roundLatency) - 1;
  const unsigned width = arch.accumulatorWidth();
  RandomHalves random(3);
  struct Item {
    Int128 sum;
    int scale;
  };
  std::deque<Item> waiting;
  for (unsigned round = 0; round < 1'000'000; ++round) {
    // Significant bits of every length at every place, ties and near-ties among them.
    UInt128 pattern = static_cast<UInt128>(random.word()) << 64 | static_cast<UInt128>(random.word()) << 32 | random.word();
    pattern &= (static_cast<UInt128>(1) << random.word() % width) - 1;
    if (round % 4 == 1)
      pattern = static_cast<UInt128>(random.word() & 0xFFF) << random.word() % (width - 12);
    if (round % 4 == 2)
      pattern = (static_cast<UInt128>(random.word() & 0xFFF) << random.word() % (width - 12)) + 1;
    pattern &= (static_cast<UInt128>(1) << (width - 1)) - 1;
    const Int128 sum = random.word() & 1 ? -static_cast<Int128>(pattern) : static_cast<Int128>(pattern);
    // Mostly scales that give a number in the range of float16.
    const unsigned length = pattern >> 64 ? 128 - std::countl_zero(uint64_t(pattern >> 64)) : 64 - std::countl_zero(uint64_t(pattern));
    const int scale = round % 8 == 0 ? int(random.word() % 256) - 128 : std::clamp(int(random.word() % 40) - 20 - int(length), -128, 127);

    Bits bits;
    bits.append(uint64_t(sum), std::min(width, 64u));
    if (width > 64)
      bits.append(uint64_t(sum >> 64), width - 64);
    bits.drive(unit->sum_i);
    unit->scale_i = uint8_t(scale);
    waiting.push_back({sum, scale});
    unit.tick();
    if (waiting.size() < Timing::roundLatency)
      continue;
    ASSERT_EQ(unit->half_o, roundToHalf(waiting.front().sum, waiting.front().scale).bits)
        << "round " << round << ", low word of the sum " << uint64_t(waiting.front().sum) << ", scale " << waiting.front().scale;
    waiting.pop_front();
  }
}

TEST(HalfRound, TinyEqualsNumerics) { testRound<Vhalf_round_tiny>(archNamed("tiny")); }
TEST(HalfRound, SmallEqualsNumerics) { testRound<Vhalf_round_small>(archNamed("small")); }

/// A tile engine by itself: engine 0, so member 0 of group 0.
template <typename Model> class TileEngineBench {
public:
  explicit TileEngineBench(const Arch &arch)
      : arch(arch), timing(timingOf(arch)), chunks(arch.chunksPerTile()), boxes(arch.boxesPerChunk()), elementWidth(arch.mantissaBits + 1) {
    unit->rst_ni = 0;
    quiet();
    unit.tick();
    unit->rst_ni = 1;
  }

  void run() {
    const unsigned tiles = 6, columns = 4;
    loadTiles(tiles);
    for (unsigned half = 0; half < 2; ++half)
      for (unsigned column = 0; column < columns; ++column)
        loadColumn(half, column);
    for (unsigned round = 0; round < 200; ++round) {
      const unsigned slot = random.word() % arch.accumulators, half = random.word() % 2, cols = 1 + random.word() % columns;
      std::vector<Int128> expected(arch.nativeDim);
      for (unsigned column = 0; column < cols; ++column)
        pass(random.word() % tiles, half, column, cols, slot, expected);
      if (round % 5 == 0) // A pass outside of the matrix adds nothing.
        pass(random.word() % tiles, half, cols, cols, slot, expected);
      for (unsigned i = 0; i < timing.engineLatency - 1; ++i)
        unit.tick();
      check(slot, expected);
    }
  }

private:
  struct Chunk {
    std::vector<uint32_t> mantissas; ///< Sign-magnitude fields.
    std::vector<uint32_t> exponents; ///< One per box.
  };
  using Row = std::vector<Chunk>;

  Chunk randomChunk() {
    Chunk chunk;
    for (unsigned i = 0; i < arch.lanes; ++i)
      chunk.mantissas.push_back(random.word() & ((1u << elementWidth) - 1));
    for (unsigned b = 0; b < boxes; ++b)
      chunk.exponents.push_back(random.word() % 4 == 0 ? 31 : random.word() % 32);
    return chunk;
  }

  void quiet() { unit->write_i = unit->column_valid_i = unit->chunk_valid_i = unit->beat_i = 0; }

  void loadTiles(unsigned count) {
    tiles.assign(count, std::vector<Row>(arch.nativeDim));
    for (unsigned slot = 0; slot < count; ++slot)
      for (unsigned r = 0; r < arch.nativeDim; ++r)
        for (unsigned k = 0; k < chunks; ++k) {
          const Chunk chunk = randomChunk();
          tiles[slot][r].push_back(chunk);
          Bits bits;
          for (uint32_t mantissa : chunk.mantissas)
            bits.append(mantissa, elementWidth);
          for (uint32_t exponent : chunk.exponents)
            bits.append(exponent, 5);
          quiet();
          unit->write_i = 1;
          unit->write_row_i = uint8_t(r);
          unit->write_addr_i = slot * chunks + k;
          bits.drive(unit->write_data_i);
          unit.tick();
        }
    quiet();
  }

  void loadColumn(unsigned half, unsigned column) {
    Bits mantissas, exponents;
    std::vector<uint32_t> boxExponents;
    for (unsigned b = 0; b < arch.nativeDim / arch.box; ++b) {
      boxExponents.push_back(random.word() % 31);
      exponents.append(boxExponents.back(), 5);
    }
    Row row;
    for (unsigned k = 0; k < chunks; ++k) {
      Chunk chunk = randomChunk();
      for (unsigned b = 0; b < boxes; ++b)
        chunk.exponents[b] = boxExponents[k * arch.lanes / arch.box + b];
      for (uint32_t mantissa : chunk.mantissas)
        mantissas.append(mantissa, elementWidth);
      row.push_back(chunk);
    }
    columns[half].push_back(row);
    mantissas.append(exponents);
    quiet();
    unit->column_valid_i = 1;
    mantissas.drive(unit->column_i);
    unit->column_index_i = half << indexWidth(arch.maxColumns) | column;
    unit.tick();
    quiet();
  }

  void pass(unsigned tile, unsigned half, unsigned column, unsigned cols, unsigned slot, std::vector<Int128> &expected) {
    for (unsigned k = 0; k < chunks; ++k) {
      Bits command; // chunk_cmd_t of dpu_pkg.sv, last field first.
      command.append(column == 0 && k == 0, 1);
      command.append(slot, indexWidth(arch.accumulators));
      command.append(1, 8); // groups
      command.append(1, 8); // group
      command.append(cols, 16);
      command.append(column, 16);
      command.append(half, 1);
      command.append(k, indexWidth(chunks));
      command.append(tile * chunks + k, indexWidth(arch.mrfTiles * chunks));
      command.drive(unit->chunk_i);
      unit->chunk_valid_i = 1;
      unit.tick();
    }
    quiet();
    if (column >= cols)
      return;
    for (unsigned r = 0; r < arch.nativeDim; ++r)
      for (unsigned k = 0; k < chunks; ++k) {
        const Chunk &a = columns[half][column][k], &w = tiles[tile][r][k];
        for (unsigned i = 0; i < arch.lanes; ++i) {
          const unsigned box = i / arch.box;
          const int64_t product = signMagnitude(a.mantissas[i], arch.mantissaBits) * signMagnitude(w.mantissas[i], arch.mantissaBits);
          expected[r] += static_cast<Int128>(product) << (a.exponents[box] + w.exponents[box]);
        }
      }
  }

  void check(unsigned slot, const std::vector<Int128> &expected) {
    unit->beat_i = 1;
    unit->beat_masked_i = 0;
    unit->beat_slot_i = uint8_t(slot);
    unit.tick();
    const unsigned width = arch.accumulatorWidth();
    const Bits sums = Bits::read(unit->sums_o, size_t(width) * arch.nativeDim);
    for (unsigned r = 0; r < arch.nativeDim; ++r)
      ASSERT_TRUE(sums.signedField(size_t(r) * width, width) == expected[r]) << "row " << r << " slot " << slot;
    unit->beat_masked_i = 1;
    unit.tick();
    const Bits masked = Bits::read(unit->sums_o, size_t(width) * arch.nativeDim);
    for (unsigned r = 0; r < arch.nativeDim; ++r)
      ASSERT_TRUE(masked.signedField(size_t(r) * width, width) == 0) << "row " << r << " of an engine that takes no part";
    quiet();
  }

  const Arch arch;
  const Timing timing;
  const unsigned chunks, boxes, elementWidth;
  Unit<Model> unit;
  RandomHalves random{4};
  std::vector<std::vector<Row>> tiles; ///< By slot and row.
  std::vector<Row> columns[2];         ///< By half.
};

TEST(TileEngine, TinyDotProductsAreExact) { TileEngineBench<Vtile_engine_tiny>(archNamed("tiny")).run(); }
TEST(TileEngine, SmallDotProductsAreExact) { TileEngineBench<Vtile_engine_small>(archNamed("small")).run(); }
TEST(TileEngine, S10MiniDotProductsAreExact) { TileEngineBench<Vtile_engine_s10_mini>(archNamed("s10_mini")).run(); }

} // namespace
