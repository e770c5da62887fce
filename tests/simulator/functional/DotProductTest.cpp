//===- DotProductTest.cpp - All kernels against 128-bit integers ------------------------===//

#include "Programs.h"

using namespace softdpu;
using namespace softdpu::functional;

namespace {

struct Case {
  unsigned nativeDim, box, mantissaBits;
  unsigned weightExponents, activationExponents; ///< How many different ones.
};

class DotProduct : public testing::TestWithParam<Case> {};

TEST_P(DotProduct, IsTheExactSum) {
  const Case test = GetParam();
  Arch arch = test::testArch();
  arch.nativeDim = test.nativeDim;
  arch.box = test.box;
  arch.mantissaBits = test.mantissaBits;
  const TileShape shape(arch);
  std::mt19937 random(test.nativeDim + test.box + test.weightExponents);
  const int limit = (1 << test.mantissaBits) - 1;
  const unsigned n = test.nativeDim, boxes = n / test.box;

  std::vector<int16_t> weights(n * n), activations(n);
  std::vector<uint8_t> weightExponents(n * boxes), activationExponents(boxes);
  for (auto &exponent : weightExponents)
    exponent = uint8_t(31 - random() % test.weightExponents);
  for (auto &exponent : activationExponents)
    exponent = random() % 4 == 0 ? 0 : uint8_t(30 - random() % test.activationExponents);
  auto mantissa = [&] {
    return random() % 6 == 0 ? int16_t(random() % 2 ? limit : -limit) : int16_t(int(random() % (2 * limit + 1)) - limit);
  };
  for (unsigned i = 0; i < n * n; ++i)
    weights[i] = random() % 5 == 0 && weightExponents[i / test.box] % 2 ? int16_t(0) : mantissa();
  for (unsigned box = 0; box < boxes; ++box) { // some boxes of zeros in both
    for (unsigned i = 0; i < test.box; ++i)
      activations[box * test.box + i] = activationExponents[box] == 0 ? int16_t(0) : mantissa();
    if (random() % 2)
      std::fill_n(weights.begin() + (random() % n) * n + box * test.box, test.box, int16_t(0));
  }

  Tile tile(shape);
  for (unsigned row = 0; row < n; ++row) {
    tile.setMantissas(shape, row, 0, std::span(weights).subspan(row * n, n));
    for (unsigned box = 0; box < boxes; ++box)
      tile.setExponent(shape, row, box, weightExponents[row * boxes + box]);
  }
  tile.finish(shape);

  std::vector<Int128> expected(n, 7), wide(n, 7);
  for (unsigned row = 0; row < n; ++row)
    for (unsigned i = 0; i < n; ++i)
      expected[row] += Int128(weights[row * n + i]) * activations[i]
                       << (weightExponents[row * boxes + i / test.box] + activationExponents[i / test.box]);
  QuantisedVector column(shape);
  column.mantissas = activations;
  column.exponents = activationExponents;
  column.finish(shape);
  accumulateWide(shape, tile, column, wide);
  EXPECT_TRUE(wide == expected);

  if (column.range.isEmpty() || tile.range().isEmpty())
    return;
  const int base = tile.range().low + column.range.low;
  if (tile.range().high + column.range.high - base > 30)
    return; // such sums are accumulateWide's
  for (const Kernel &kernel : supportedKernels()) {
    std::vector<int64_t> sums(shape.paddedRows(), 0);
    kernel.accumulate(shape, tile, column, base, sums);
    for (unsigned row = 0; row < n; ++row)
      EXPECT_TRUE((Int128(sums[row]) << base) + 7 == expected[row]) << kernel.name << ", row " << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, DotProduct,
                         testing::Values(Case{8, 8, 7, 1, 1}, Case{16, 8, 10, 12, 12}, Case{176, 176, 2, 4, 1}, Case{24, 8, 3, 9, 30},
                                         Case{48, 16, 7, 8, 20}, Case{64, 16, 2, 32, 30}, Case{64, 64, 10, 5, 5}, Case{400, 400, 10, 3, 3},
                                         Case{128, 32, 4, 32, 30}));

} // namespace
