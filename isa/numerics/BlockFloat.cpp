//===- BlockFloat.cpp - Quantisation to block floating point -----------------------------===//

#include "softdpu/numerics/BlockFloat.h"
#include "HalfArithmetic.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace softdpu {
namespace {

constexpr unsigned minMantissaBits = 2, maxMantissaBits = 10;
constexpr unsigned minBox = 8, maxBox = 2048; ///< A box sum of 2048 products of 10-bit magnitudes still fits 32 bits.
constexpr int largestExponent = 31;

/// The lowest matrix scale whose sum with any activation scale (-14 - m, m <= 10) is an int8, the scale operand of mv_mul.
constexpr int lowestMatrixScale = -128 + 14 + int(maxMantissaBits);

/// Adding it rounds a float32 below 2^22 to an integer, to nearest even.
constexpr float integerUnit = 0x1.8p23f;

/// Rounds to nearest even and saturates. \param value a mantissa before rounding, |value| <= 2^m. \param limit 2^m - 1.
inline int16_t mantissaOf(float value, float limit) {
  const float rounded = (value + integerUnit) - integerUnit;
  return int16_t(std::min(std::max(rounded, -limit), limit));
}

float largestMagnitude(std::span<const float> values) {
  float largest = 0;
  for (float value : values)
    largest = std::max(largest, std::fabs(value));
  return largest;
}

/// The decimal number at the front of `text`, which is moved behind it.
std::optional<unsigned> takeNumber(std::string_view &text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc())
    return std::nullopt;
  text.remove_prefix(size_t(end - text.data()));
  return number;
}

std::optional<BlockFormat> matchFormat(std::string_view name, unsigned nativeDim) {
  if (name == "ms-fp8")
    return BlockFormat{2, nativeDim};
  if (name == "ms-fp9")
    return BlockFormat{3, nativeDim};
  if (name.starts_with("msfp")) {
    name.remove_prefix(4);
    const auto bits = takeNumber(name); // sign, 8-bit exponent, mantissa
    return bits && name.empty() && *bits >= 11 && *bits <= 16 ? std::optional(BlockFormat{*bits - 9, 16}) : std::nullopt;
  }
  if (name.starts_with("bfp")) {
    name.remove_prefix(3);
    const auto mantissa = takeNumber(name);
    if (!mantissa || !name.starts_with('b'))
      return std::nullopt;
    name.remove_prefix(1);
    const auto box = takeNumber(name);
    return box && name.empty() ? std::optional(BlockFormat{*mantissa, *box}) : std::nullopt;
  }
  return std::nullopt;
}

} // namespace

Expected<BlockFormat> parseFormat(std::string_view name, unsigned nativeDim) {
  const auto format = matchFormat(name, nativeDim);
  if (!format)
    return fail("unknown number format \"{}\": expected msfp11 .. msfp16, ms-fp8, ms-fp9 or bfp<mantissa bits>b<box>, as in bfp5b32", name);
  if (format->mantissaBits < minMantissaBits || format->mantissaBits > maxMantissaBits)
    return fail("number format \"{}\": {} mantissa bits, expected {} to {}", name, format->mantissaBits, minMantissaBits, maxMantissaBits);
  if (format->box < minBox || format->box > maxBox || format->box % minBox != 0)
    return fail("number format \"{}\": a box of {} elements, expected a multiple of 8 from {} to {}", name, format->box, minBox, maxBox);
  return *format;
}

std::string formatName(const BlockFormat &format) {
  if (format.box == 16 && format.mantissaBits >= 2 && format.mantissaBits <= 7)
    return fmt::format("msfp{}", format.mantissaBits + 9);
  return fmt::format("bfp{}b{}", format.mantissaBits, format.box);
}

BlockVector quantise(std::span<const Half> values, const BlockFormat &format) {
  const size_t boxes = (values.size() + format.box - 1) / format.box;
  BlockVector result;
  result.mantissas.resize(boxes * format.box);
  result.exponents.resize(boxes);
  result.scale = -14 - int(format.mantissaBits);
  quantiseInto(values, format, result.mantissas, result.exponents);
  return result;
}

void quantiseInto(std::span<const Half> values, const BlockFormat &format, std::span<int16_t> mantissas, std::span<uint8_t> exponents) {
  const float limit = float((1u << format.mantissaBits) - 1);
  for (size_t box = 0; box < exponents.size(); ++box) {
    const auto in = values.subspan(box * format.box, std::min<size_t>(format.box, values.size() - box * format.box));
    const auto out = mantissas.subspan(box * format.box, format.box);
    uint16_t largest = 0;
    for (Half value : in)
      largest = std::max<uint16_t>(largest, value.bits & 0x7FFF);
    const int exponent = largest >> 10;
    exponents[box] = uint8_t(exponent);
    std::fill(out.begin() + in.size(), out.end(), int16_t(0));

    // x / 2^(exponent - 14 - m) is exact in float32.
    const float factor = std::ldexp(1.0f, 14 + int(format.mantissaBits) - exponent);
    for (size_t i = 0; i < in.size(); ++i)
      out[i] = mantissaOf(arithmetic::toFloat(in[i]) * factor, limit);
  }
}

Expected<BlockMatrix> quantiseMatrix(std::span<const float> values, unsigned rows, unsigned cols, const BlockFormat &format) {
  std::vector<const float *> pointers(rows);
  for (size_t row = 0; row < rows; ++row)
    pointers[row] = values.data() + row * cols;
  return quantiseMatrix(pointers, cols, format);
}

Expected<BlockMatrix> quantiseMatrix(std::span<const float *const> rows, unsigned cols, const BlockFormat &format) {
  float largest = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    if (!rows[row])
      continue;
    const std::span in(rows[row], cols);
    if (const auto bad = std::ranges::find_if_not(in, [](float value) { return std::isfinite(value); }); bad != in.end())
      return fail("row {}, column {} is {}, expected a finite number", row, bad - in.begin(), *bad);
    largest = std::max(largest, largestMagnitude(in));
  }

  // The unit of a mantissa in a box whose largest magnitude is 1.f * 2^k is 2^(k - m + 1) = 2^(exponent + scale).
  const int unitShift = int(format.mantissaBits) - 1;
  const float limit = float((1u << format.mantissaBits) - 1);
  const int matrixExponent = largest > 0 ? std::ilogb(largest) : 0;

  BlockMatrix result;
  result.rows = unsigned(rows.size());
  result.cols = cols;
  result.format = format;
  result.boxesPerRow = (cols + format.box - 1) / format.box;
  result.scale = std::max(matrixExponent - unitShift - largestExponent, lowestMatrixScale);
  result.mantissas.resize(rows.size() * result.boxesPerRow * format.box);
  result.exponents.resize(rows.size() * result.boxesPerRow);

  for (size_t row = 0; row < rows.size(); ++row)
    for (size_t box = 0; rows[row] && box < result.boxesPerRow; ++box) {
      const size_t first = box * format.box;
      const std::span in(rows[row] + first, std::min<size_t>(format.box, cols - first));
      const float boxLargest = largestMagnitude(in);
      const int exponent = boxLargest > 0 ? std::max(0, std::ilogb(boxLargest) - unitShift - result.scale) : 0;
      const size_t boxIndex = row * result.boxesPerRow + box;
      result.exponents[boxIndex] = uint8_t(exponent);
      // exponent + scale is in -104 .. 127: the factor is a float32, and so is every product, or it is far below a half.
      const float factor = std::ldexp(1.0f, -(exponent + result.scale));
      int16_t *out = result.mantissas.data() + boxIndex * format.box;
      for (size_t i = 0; i < in.size(); ++i)
        out[i] = mantissaOf(in[i] * factor, limit);
    }
  return result;
}

} // namespace softdpu
