//===- WeightStreamTest.cpp - Placement of tiles, packing of beats -------------------------===//

#include "softdpu/isa/WeightStream.h"
#include "TestSupport.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace softdpu;
using softdpu::test::archOf;

namespace {

BlockMatrix randomMatrix(unsigned rows, unsigned cols, const BlockFormat &format, unsigned seed) {
  std::mt19937 random(seed);
  BlockMatrix matrix{
      .rows = rows, .cols = cols, .boxesPerRow = (cols + format.box - 1) / format.box, .format = format, .mantissas = {}, .exponents = {}};
  int limit = (1 << format.mantissaBits) - 1;
  for (unsigned i = 0; i < rows * matrix.boxesPerRow * format.box; ++i)
    matrix.mantissas.push_back(int16_t(int(random() % unsigned(2 * limit + 1)) - limit));
  for (unsigned i = 0; i < rows * matrix.boxesPerRow; ++i)
    matrix.exponents.push_back(uint8_t(random() % 32));
  return matrix;
}

TEST(WeightStream, BeatsAreWholeBytes) {
  EXPECT_EQ(weightBeatBytes(archOf("edge")), 17u);   // 16 * 8 + 5 bits
  EXPECT_EQ(weightBeatBytes(archOf("small")), 24u);  // 16 * 11 + 2 * 5 = 186 bits
  EXPECT_EQ(weightBeatBytes(archOf("bw_s10")), 16u); // 40 * 3 + 5 = 125 bits
}

// 5 x 3 tiles on 4 engines in groups of 2: passes (rp, cp), engine e multiplies tile (2 rp + e / 2, 2 cp + e % 2).
TEST(WeightStream, RowAndColumnOrderByHand) {
  const Arch edge = archOf("edge");
  EXPECT_EQ(matrixSlots(edge, 5, 3, 2), 6u);
  auto rowOrder = placeTiles(edge, 5, 3, 2, TileOrder::Row);
  ASSERT_EQ(rowOrder.size(), 15u);
  auto is = [](const TilePlace &place, unsigned row, unsigned col, unsigned engine, unsigned slot) {
    return place.row == row && place.col == col && place.engine == engine && place.slot == slot;
  };
  EXPECT_TRUE(is(rowOrder[0], 0, 0, 0, 0));
  EXPECT_TRUE(is(rowOrder[3], 1, 1, 3, 0));
  EXPECT_TRUE(is(rowOrder[4], 0, 2, 0, 1)); // column 3 does not exist: engines 1 and 3 have no tile
  EXPECT_TRUE(is(rowOrder[5], 1, 2, 2, 1));
  EXPECT_TRUE(is(rowOrder[6], 2, 0, 0, 2));
  EXPECT_TRUE(is(rowOrder[14], 4, 2, 0, 5));
  auto columnOrder = placeTiles(edge, 5, 3, 2, TileOrder::Column);
  EXPECT_TRUE(is(columnOrder[4], 2, 0, 0, 1));
  EXPECT_TRUE(is(columnOrder[14], 4, 2, 0, 5));
}

TEST(WeightStream, EveryTileHasOnePlaceAndEveryPlaceOneTile) {
  for (const char *name : {"tiny", "edge", "odd", "small", "s10"})
    for (TileOrder order : {TileOrder::Row, TileOrder::Column}) {
      const Arch arch = archOf(name);
      for (unsigned group = 1; group <= arch.tileEngines; ++group) {
        const uint32_t rows = 7, cols = 5;
        std::set<std::pair<uint32_t, uint32_t>> tiles, places;
        for (const TilePlace &place : placeTiles(arch, rows, cols, group, order)) {
          EXPECT_LT(place.row, rows);
          EXPECT_LT(place.col, cols);
          EXPECT_LT(place.engine, arch.tileEngines);
          EXPECT_LT(place.slot, matrixSlots(arch, rows, cols, group));
          tiles.emplace(place.row, place.col);
          places.emplace(place.engine, place.slot);
        }
        EXPECT_EQ(tiles.size(), rows * cols);
        EXPECT_EQ(places.size(), rows * cols);
      }
    }
}

// Unpacking the stream gives the matrix again, zeros around it included.
TEST(WeightStream, PackedWeightsUnpackToTheMatrix) {
  for (const char *name : {"tiny", "edge", "odd", "small", "bw_s10"})
    for (TileOrder order : {TileOrder::Row, TileOrder::Column}) {
      const Arch arch = archOf(name);
      const unsigned n = arch.nativeDim, group = (arch.tileEngines + 1) / 2;
      // Not whole tiles, fewer mantissa bits than the device has.
      const BlockMatrix matrix = randomMatrix(2 * n + 3, n + 1, {std::max(2u, arch.mantissaBits - 1), arch.box}, 3);
      const auto stream = packWeights(arch, matrix, group, order);
      const auto places = placeTiles(arch, 3, 2, group, order);
      const unsigned bytes = weightBeatBytes(arch);
      ASSERT_EQ(stream.size(), places.size() * n * arch.chunksPerTile() * bytes);

      size_t beatIndex = 0;
      for (const TilePlace &place : places)
        for (unsigned r = 0; r < n; ++r)
          for (unsigned chunk = 0; chunk < arch.chunksPerTile(); ++chunk, ++beatIndex) {
            WeightBeat beat = unpackWeightBeat(arch, std::span(stream).subspan(beatIndex * bytes, bytes));
            const unsigned row = place.row * n + r, columns = matrix.boxesPerRow * arch.box;
            for (unsigned lane = 0; lane < arch.lanes; ++lane) {
              unsigned column = place.col * n + chunk * arch.lanes + lane;
              int expected = row < matrix.rows && column < columns ? matrix.mantissas[row * columns + column] : 0;
              ASSERT_EQ(beat.mantissas[lane], expected) << name << " row " << row << " column " << column;
              int exponent = row < matrix.rows && column < columns ? matrix.exponents[row * matrix.boxesPerRow + column / arch.box] : 0;
              ASSERT_EQ(beat.exponents[lane / std::min(arch.box, arch.lanes)], exponent);
            }
          }
    }
}

// The layout of bits is a contract with the RTL: lane 0 low, sign on top of each mantissa, exponents behind.
TEST(WeightStream, BeatLayoutByHand) {
  Arch tiny = archOf("tiny"); // 4 lanes, 7 + 1 bits, one exponent
  BlockMatrix matrix{.rows = 1, .cols = 8, .boxesPerRow = 1, .format = {7, 8}, .mantissas = {}, .exponents = {}};
  matrix.mantissas = {1, -1, 127, -127, 0, 64, -64, 5};
  matrix.exponents = {19};
  auto stream = packWeights(tiny, matrix, 1, TileOrder::Row);
  const std::vector<uint8_t> expected{0x01, 0x81, 0x7F, 0xFF, 19, 0x00, 0x40, 0xC0, 0x05, 19};
  ASSERT_EQ(stream.size(), 8u * 2 * 5);
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(uint8_t(stream[i]), expected[i]) << i;
}

} // namespace
