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

/// Rounds to nearest even and saturates. \param value exact multiple of the mantissa unit, |value| <= 2^m.
int16_t mantissaOf(double value, unsigned mantissaBits) {
  const double limit = double((1u << mantissaBits) - 1);
  return int16_t(std::clamp(std::nearbyint(value), -limit, limit));
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

    // x / 2^(exponent - 14 - m) is exact in float32 and below 2^m. Adding 1.5 * 2^23 rounds it to an integer, to nearest even.
    constexpr float integerUnit = 0x1.8p23f;
    const float factor = std::ldexp(1.0f, 14 + int(format.mantissaBits) - exponent);
    for (size_t i = 0; i < in.size(); ++i) {
      const float rounded = (arithmetic::toFloat(in[i]) * factor + integerUnit) - integerUnit;
      out[i] = int16_t(std::min(std::max(rounded, -limit), limit));
    }
  }
}

Expected<BlockMatrix> quantiseMatrix(std::span<const float> values, unsigned rows, unsigned cols, const BlockFormat &format) {
  float largest = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail("row {}, column {} is {}, expected a finite number", i / cols, i % cols, values[i]);
    largest = std::max(largest, std::fabs(values[i]));
  }

  // The unit of a mantissa in a box whose largest magnitude is 1.f * 2^k is 2^(k - m + 1) = 2^(exponent + scale).
  const int unitShift = int(format.mantissaBits) - 1;
  const int matrixExponent = largest > 0 ? std::ilogb(largest) : 0;

  BlockMatrix result;
  result.rows = rows;
  result.cols = cols;
  result.format = format;
  result.boxesPerRow = (cols + format.box - 1) / format.box;
  result.scale = std::max(matrixExponent - unitShift - largestExponent, lowestMatrixScale);
  result.mantissas.resize(size_t(rows) * result.boxesPerRow * format.box);
  result.exponents.resize(size_t(rows) * result.boxesPerRow);

  for (size_t row = 0; row < rows; ++row)
    for (size_t box = 0; box < result.boxesPerRow; ++box) {
      const size_t first = box * format.box, count = std::min<size_t>(format.box, cols - first);
      const auto in = values.subspan(row * cols + first, count);
      float boxLargest = 0;
      for (float value : in)
        boxLargest = std::max(boxLargest, std::fabs(value));
      const int exponent = boxLargest > 0 ? std::max(0, std::ilogb(boxLargest) - unitShift - result.scale) : 0;
      const size_t boxIndex = row * result.boxesPerRow + box;
      result.exponents[boxIndex] = uint8_t(exponent);
      const double factor = std::ldexp(1.0, -(exponent + result.scale));
      for (size_t i = 0; i < count; ++i)
        result.mantissas[boxIndex * format.box + i] = mantissaOf(double(in[i]) * factor, format.mantissaBits);
    }
  return result;
}

} // namespace softdpu
