//===- Bounded.cpp - Real numbers, and how far computed ones may be from them ------------===//

#include "Bounded.h"

#include <algorithm>
#include <cmath>
#include <ranges>

namespace softdpu::oracle {
namespace {

// float16 of the DPU.
constexpr double smallestHalf = 0x1p-14, largestHalf = 65504;
// The proven bounds of docs/numerics.md on the tables of the activations.
constexpr double tanhUlps = 0.81, tanhAbsolute = 4.0e-4, sigmoidAbsolute = 3.1e-4;

// float32 of the CPU: unit roundoff; what vanishes below the normal numbers; and what is granted to its activations, relative to the larger
// of 1 and the result, for expf in vectors (4 units in the last place) and the quotients behind it.
constexpr double floatRoundoff = 0x1p-24, floatUnderflow = 0x1p-126, activationAccuracy = 1e-6, largestError = 1e30;

/// Largest difference of a number and its rounding to float16. \param computed the number, before it is rounded.
double halfRounding(Bounded computed) {
  const double largest = computed.largest(), smallest = std::abs(computed.value) - computed.error;
  if (largest == 0)
    return 0;
  double error = std::ldexp(1.0, std::ilogb(largest) - 11);
  if (smallest < smallestHalf)
    error = std::max(error, std::min(largest, smallestHalf));
  return std::max(error, largest - largestHalf);
}

/// No float16 is larger than 65504, so no error is larger than this.
Bounded limitedByHalf(Bounded x) { return {x.value, std::min(x.error, std::abs(x.value) + largestHalf)}; }
/// Keeps bounds that say nothing any more finite.
Bounded limited(Bounded x) { return {x.value, std::min(x.error, largestError)}; }

Bounded roundedToHalf(Bounded x) { return limitedByHalf({x.value, x.error + halfRounding(x)}); }

Bounded roundedToFloat(Bounded x) {
  return limited({x.value, x.error + x.largest() * floatRoundoff + (x.largest() > 0 ? floatUnderflow : 0)});
}

Bounded exactSum(Bounded a, Bounded b) { return {a.value + b.value, a.error + b.error}; }
Bounded exactDifference(Bounded a, Bounded b) { return {a.value - b.value, a.error + b.error}; }
Bounded exactProduct(Bounded a, Bounded b) {
  return {a.value * b.value, std::abs(a.value) * b.error + std::abs(b.value) * a.error + a.error * b.error};
}

double largestMagnitude(std::span<const float> values) {
  double largest = 0;
  for (const float value : values)
    largest = std::max(largest, std::abs(double(value)));
  return largest;
}

/// Where pieces of f meet; f is monotonic between them.
std::vector<double> jointsOf(const ActivationDescription &f) {
  if (f.name == "Elu" || f.name == "LeakyRelu" || f.name == "Relu")
    return {0};
  if (f.name == "HardSigmoid")
    return {-double(f.beta) / f.alpha, (1 - double(f.beta)) / f.alpha};
  if (f.name == "ThresholdedRelu") // It jumps behind alpha.
    return {f.alpha, std::nextafter(double(f.alpha), HUGE_VAL)};
  return {};
}

} // namespace

double exactly(const ActivationDescription &f, double x) {
  const double alpha = f.alpha, beta = f.beta;
  if (f.name == "Affine")
    return alpha * x + beta;
  if (f.name == "Elu")
    return x < 0 ? alpha * std::expm1(x) : x;
  if (f.name == "HardSigmoid")
    return std::clamp(alpha * x + beta, 0.0, 1.0);
  if (f.name == "LeakyRelu")
    return x < 0 ? alpha * x : x;
  if (f.name == "Relu")
    return std::max(x, 0.0);
  if (f.name == "ScaledTanh")
    return alpha * std::tanh(beta * x);
  if (f.name == "Sigmoid")
    return 1 / (1 + std::exp(-x));
  if (f.name == "Softplus")
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  if (f.name == "Softsign")
    return x / (1 + std::abs(x));
  if (f.name == "Tanh")
    return std::tanh(x);
  return x > alpha ? x : 0; // ThresholdedRelu
}

double spreadThrough(const ActivationDescription &f, Bounded x) {
  if (x.error == 0)
    return 0;
  const double low = x.value - x.error, high = x.value + x.error, at = exactly(f, x.value);
  double spread = std::max(std::abs(exactly(f, low) - at), std::abs(exactly(f, high) - at));
  for (const double joint : jointsOf(f))
    if (low < joint && joint < high)
      spread = std::max(spread, std::abs(exactly(f, joint) - at));
  return spread;
}

Bounded clamp(Bounded x, double limit) {
  const auto to = [limit](double value) { return std::clamp(value, -limit, limit); };
  const double at = to(x.value);
  return {at, std::max(std::abs(to(x.value - x.error) - at), std::abs(to(x.value + x.error) - at))};
}

//===- The DPU ---------------------------------------------------------------------------===//

Bounded DpuArithmetic::enter(Bounded x, bool exact) const { return exact ? x : roundedToHalf(x); }
Bounded DpuArithmetic::sumOfBiases(float a, float b) const { return roundedToHalf(roundedToFloat({double(a) + double(b), 0})); }
Bounded DpuArithmetic::add(Bounded a, Bounded b) const { return roundedToHalf(exactSum(a, b)); }
Bounded DpuArithmetic::subtract(Bounded a, Bounded b) const { return roundedToHalf(exactDifference(a, b)); }
Bounded DpuArithmetic::multiply(Bounded a, Bounded b) const { return roundedToHalf(exactProduct(a, b)); }

Bounded DpuArithmetic::activate(const ActivationDescription &f, Bounded x) const {
  const double value = exactly(f, x.value), spread = spreadThrough(f, x);
  if (f.name == "Relu")
    return {value, spread};
  if (f.name == "Sigmoid")
    return {value, spread + sigmoidAbsolute};
  // One unit in the last place of a result y is at most 2^-10 |y|; the result may be in the binade above the exact one.
  const double relative = tanhUlps * 0x1p-10 * (1 + 0x1p-9);
  return {value, spread + std::min(tanhAbsolute, relative * (std::abs(value) + spread))};
}

std::pair<Bounded, Bounded> DpuArithmetic::withComplement(const ActivationDescription &f, Bounded x) const {
  const Bounded y = activate(f, x);
  if (f.name == "Sigmoid") // Both are on the grid 2^-11, so their sum is 1 exactly.
    return {y, {1 - y.value, y.error}};
  return {y, subtract({1, 0}, y)};
}

Matrix DpuArithmetic::matrix(std::span<const float> weights, size_t columns) const {
  const double most = std::ldexp(1.0, mantissaBits) - 1, ofMatrix = largestMagnitude(weights);
  const int scale = std::max((ofMatrix > 0 ? std::ilogb(ofMatrix) : 0) - (mantissaBits - 1) - 31, -104);
  Matrix result{columns, weights, std::vector<double>(weights.size())};
  for (size_t row = 0; row < weights.size(); row += columns)
    for (size_t column = 0; column < columns; column += box) {
      const auto own = weights.subspan(row + column, std::min(box, columns - column));
      const double ofBox = largestMagnitude(own);
      if (ofBox == 0)
        continue;
      const double unit = std::ldexp(1.0, std::max(std::ilogb(ofBox) - (mantissaBits - 1), scale));
      for (size_t i = 0; i < own.size(); ++i)
        result.used[row + column + i] = std::clamp(std::nearbyint(own[i] / unit), -most, most) * unit;
    }
  return result;
}

std::vector<double> DpuArithmetic::errorsOfBoxes(std::span<const Bounded> x) const {
  std::vector<double> errors(x.size());
  for (size_t from = 0; from < x.size(); from += box) {
    const auto own = x.subspan(from, std::min(box, x.size() - from));
    const double largest = std::ranges::max(own | std::views::transform(&Bounded::largest));
    if (largest == 0)
      continue;
    const double unit = std::ldexp(1.0, std::ilogb(largest) + 1 - mantissaBits);
    const double most = (std::ldexp(1.0, mantissaBits) - 1) * unit;
    for (size_t i = 0; i < own.size(); ++i)
      errors[from + i] = own[i].error + std::max(std::min(own[i].largest(), unit / 2), own[i].largest() - most);
  }
  return errors;
}

std::vector<Bounded> DpuArithmetic::multiply(const Matrix &matrix, std::span<const Bounded> x) const {
  const std::vector<double> errors = errorsOfBoxes(x);
  std::vector<Bounded> result;
  for (size_t row = 0; row < matrix.exact.size(); row += matrix.columns) {
    // q(w) q(x) - w x = (q(w) - w) x + q(w) (q(x) - x), and of the first part everything is known.
    double value = 0, ofWeights = 0, ofVector = 0;
    for (size_t i = 0; i < matrix.columns; ++i) {
      const double w = matrix.exact[row + i], rounded = matrix.used[row + i];
      value += w * x[i].value;
      ofWeights += (rounded - w) * x[i].value;
      ofVector += std::abs(rounded) * errors[i];
    }
    result.push_back(roundedToHalf({value, std::abs(ofWeights) + ofVector}));
  }
  return result;
}

//===- The CPU ---------------------------------------------------------------------------===//

Bounded FloatArithmetic::enter(Bounded x, bool) const { return x; }
Bounded FloatArithmetic::sumOfBiases(float a, float b) const { return roundedToFloat({double(a) + double(b), 0}); }
Bounded FloatArithmetic::add(Bounded a, Bounded b) const { return roundedToFloat(exactSum(a, b)); }
Bounded FloatArithmetic::subtract(Bounded a, Bounded b) const { return roundedToFloat(exactDifference(a, b)); }
Bounded FloatArithmetic::multiply(Bounded a, Bounded b) const { return roundedToFloat(exactProduct(a, b)); }

Bounded FloatArithmetic::activate(const ActivationDescription &f, Bounded x) const {
  const double value = exactly(f, x.value), spread = spreadThrough(f, x);
  const double scale = std::max({1.0, std::abs(value) + spread, std::abs(double(f.alpha))});
  return limited({value, spread + activationAccuracy * scale});
}

std::pair<Bounded, Bounded> FloatArithmetic::withComplement(const ActivationDescription &f, Bounded x) const {
  const Bounded y = activate(f, x);
  return {y, subtract({1, 0}, y)};
}

Matrix FloatArithmetic::matrix(std::span<const float> weights, size_t columns) const { return {columns, weights, {}}; }

std::vector<Bounded> FloatArithmetic::multiply(const Matrix &matrix, std::span<const Bounded> x) const {
  // In any order of summation, with or without fused multiply-adds (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); a sum
  // that begins with a bias has one more rounding, which add() counts.
  const double n = double(matrix.columns) + 1, gamma = n * floatRoundoff / (1 - n * floatRoundoff);
  std::vector<Bounded> result;
  for (size_t row = 0; row < matrix.exact.size(); row += matrix.columns) {
    Bounded sum;
    double magnitudes = 0;
    for (size_t i = 0; i < matrix.columns; ++i) {
      const double w = matrix.exact[row + i];
      sum.value += w * x[i].value;
      sum.error += std::abs(w) * x[i].error;
      magnitudes += std::abs(w) * x[i].largest();
    }
    sum.error += gamma * magnitudes + (magnitudes > 0 ? n * floatUnderflow : 0);
    result.push_back(limited(sum));
  }
  return result;
}

} // namespace softdpu::oracle
