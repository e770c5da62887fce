//===- MatrixTest.cpp - mv_mul on many shapes, against the definition --------------------===//

#include "Programs.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

struct Matrix {
  unsigned rows, cols; ///< Elements.
  std::vector<float> values;
};

Matrix randomMatrix(unsigned rows, unsigned cols, uint32_t seed, int spread = 6) {
  std::mt19937 random(seed);
  Matrix matrix{rows, cols, std::vector<float>(size_t(rows) * cols)};
  for (float &value : matrix.values)
    if (random() % 10 != 0)
      value = std::ldexp(float(int(random() % 4001) - 2000) / 2000, -int(random() % unsigned(spread)));
  return matrix;
}

/// mv_mul as docs/numerics.md defines it.
HalfBuffer expectedProduct(const BlockMatrix &matrix, std::span<const Half> x, const BlockFormat &activationFormat) {
  const BlockVector v = quantise(x, activationFormat);
  HalfBuffer result;
  const size_t width = size_t(matrix.boxesPerRow) * matrix.format.box;
  for (size_t row = 0; row < matrix.rows; ++row) {
    Int128 sum = 0;
    for (size_t i = 0; i < width; ++i)
      sum += Int128(matrix.mantissas[row * width + i]) * v.mantissas[i]
             << (matrix.exponents[row * matrix.boxesPerRow + i / matrix.format.box] + v.exponents[i / matrix.format.box]);
    result.push_back(roundToHalf(sum, matrix.scale + v.scale));
  }
  return result;
}

/// Loads the matrix and multiplies one vector from NetIn, the rows spread over `tails`.
Expected<HalfBuffer> multiplyOn(const Arch &arch, const BlockMatrix &matrix, std::span<const Half> x, unsigned mantissa, unsigned group,
                                TileOrder order, unsigned tails) {
  const auto tiles = [&](size_t elements) { return uint16_t((elements + arch.nativeDim - 1) / arch.nativeDim); };
  const uint16_t rows = tiles(matrix.rows), cols = tiles(matrix.cols);
  const int scale = matrix.scale - 14 - int(mantissa);

  Sequence sequence;
  sequence << MatrixLoad{3, uint8_t(group), order, rows, cols};
  Tail tail;
  tail.rows = uint16_t(rows / tails);
  tail.matrixResult = true;
  tail.group = uint8_t(group);
  tail.netOut = Write{};
  for (unsigned k = 0; k < tails; ++k) {
    tail.lastOfChain = k + 1 == tails;
    tail.head = std::nullopt;
    if (k == 0)
      tail.head =
          Head{Source::NetIn, {}, tail.rows, cols, uint8_t(mantissa), MvMul{3, uint8_t(group), uint8_t(tails), int8_t(scale), order}};
    sequence << tail;
  }
  HalfBuffer in(x.begin(), x.end());
  in.resize(size_t(cols) * arch.nativeDim);
  functional::Interpreter device(arch);
  const auto result = device.run(sequence.done(), in, packWeights(arch, matrix, group, order), {});
  if (!result)
    return tl::unexpected(result.error());
  HalfBuffer out = result->netOut;
  out.resize(matrix.rows); // without the padding
  return out;
}

TEST(MvMul, IsTheExactDotProductRoundedOnceForEveryMapping) {
  Arch arch = testArch();
  for (unsigned engines : {1u, 2u, 3u, 5u}) {
    arch.tileEngines = engines;
    for (unsigned group = 1; group <= engines; ++group)
      for (TileOrder order : {TileOrder::Row, TileOrder::Column})
        for (unsigned tails : {1u, 2u, 4u}) {
          const Matrix m = randomMatrix(8 * 4, 37, engines * 100 + group * 10 + tails);
          const auto matrix = quantiseMatrix(m.values, m.rows, m.cols, {7, arch.box});
          ASSERT_TRUE(matrix);
          HalfBuffer x = randomVectors(arch, 5, tails + group);
          x.resize(m.cols);
          const auto result = multiplyOn(arch, *matrix, x, 7, group, order, tails);
          ASSERT_TRUE(result) << result.error().message;
          ASSERT_EQ(*result, expectedProduct(*matrix, x, {7, arch.box})) << engines << " engines, group " << group;
        }
  }
}

TEST(MvMul, IsExactForAllMantissasAndFarApartExponents) {
  Arch arch = testArch();
  arch.mantissaBits = 10;
  for (unsigned weightBits = 2; weightBits <= 10; weightBits += 4)
    for (unsigned activationBits = 2; activationBits <= 10; activationBits += 2)
      for (int spread : {1, 8, 34}) {
        const Matrix m = randomMatrix(16, 64, weightBits * 31 + activationBits + unsigned(spread), spread);
        const auto matrix = quantiseMatrix(m.values, m.rows, m.cols, {weightBits, arch.box});
        ASSERT_TRUE(matrix);
        const HalfBuffer x = randomVectors(arch, 8, activationBits, spread > 8 ? 1 : 13, spread > 8 ? 30 : 16);
        const auto result = multiplyOn(arch, *matrix, x, activationBits, 2, TileOrder::Row, 1);
        ASSERT_TRUE(result) << result.error().message;
        ASSERT_EQ(*result, expectedProduct(*matrix, x, {activationBits, arch.box}));
      }
}

TEST(MvMul, DoesNotDependOnTheShapeOfTheDevice) {
  const Matrix m = randomMatrix(90, 110, 5);
  const auto matrix = quantiseMatrix(m.values, m.rows, m.cols, {5, 16});
  ASSERT_TRUE(matrix);
  HalfBuffer x = randomVectors(testArch(), 14, 6);
  x.resize(m.cols);
  std::optional<HalfBuffer> first;
  for (auto [nativeDim, lanes, engines, group] : {std::array{16u, 16u, 1u, 1u},
                                                  {16u, 4u, 3u, 2u},
                                                  {48u, 16u, 3u, 3u},
                                                  {64u, 32u, 4u, 2u},
                                                  {64u, 8u, 6u, 4u},
                                                  {128u, 64u, 11u, 1u},
                                                  {32u, 32u, 7u, 7u}}) {
    Arch arch = testArch();
    arch.box = 16;
    arch.nativeDim = nativeDim;
    arch.lanes = lanes;
    arch.tileEngines = engines;
    const auto result = multiplyOn(arch, *matrix, x, 5, group, TileOrder::Row, 1);
    ASSERT_TRUE(result) << result.error().message;
    if (!first)
      first = *result;
    ASSERT_EQ(*result, *first) << nativeDim << " x " << lanes << " x " << engines;
  }
  EXPECT_EQ(*first, expectedProduct(*matrix, x, {5, 16}));
}

TEST(MvMul, ReadsAllColumnsBeforeItWrites) {
  // h = W h in place: the new h must not be seen by the same chain.
  const Arch arch = testArch();
  const Matrix m = randomMatrix(16, 16, 8);
  const auto matrix = quantiseMatrix(m.values, 16, 16, {7, arch.box});
  ASSERT_TRUE(matrix);
  Tail step;
  step.rows = 2;
  step.matrixResult = true;
  step.head = Head{Source::InitialVrf, at(1), 2, 2, 7, MvMul{0, 1, 1, int8_t(matrix->scale - 21), TileOrder::Row}};
  step.initial = Write{false, at(1)};
  step.netOut = Write{};
  const auto program =
      (Sequence() << MatrixLoad{0, 1, TileOrder::Row, 2, 2} << toInitial(fromNetIn(2), at(1)) << Loop{{}, 3} << step << EndLoop{}).done();
  functional::Interpreter device(arch);
  HalfBuffer h = randomVectors(arch, 2, 9), expected;
  const auto result = device.run(program, h, packWeights(arch, *matrix, 1, TileOrder::Row), {});
  ASSERT_TRUE(result) << result.error().message;
  for (int i = 0; i < 3; ++i) {
    h = expectedProduct(*matrix, h, {7, arch.box});
    expected.insert(expected.end(), h.begin(), h.end());
  }
  EXPECT_EQ(result->netOut, expected);
}

TEST(MvMul, AppliesScaleAndSaturates) {
  const Arch arch = testArch();
  const std::vector<float> ones(64, 1.0f);
  auto matrix = quantiseMatrix(ones, 8, 8, {7, arch.box});
  ASSERT_TRUE(matrix);
  const HalfBuffer x(8, halfFromFloat(2));
  for (auto [shift, expected] : {std::pair{0, 16.0f}, {-6, 0.25f}, {12, 65504.0f}, {-40, 0.0f}}) {
    BlockMatrix scaled = *matrix;
    scaled.scale += shift;
    const auto result = multiplyOn(arch, scaled, x, 7, 1, TileOrder::Row, 1);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(halfToFloat(result->at(0)), expected);
  }
}

} // namespace
