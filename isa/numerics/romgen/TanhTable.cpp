//===- TanhTable.cpp ---------------------------------------------------------------------===//

#include "TanhTable.h"

#include <algorithm>
#include <cmath>

namespace softdpu::romgen {
namespace {

/// Left edges of all segments, and the right edge of the last.
std::vector<double> edges() {
  std::vector<double> result;
  for (unsigned index = 0; index <= 1u << indexBits; ++index) {
    int exponent = int(firstExponent + (index >> segmentBits)) - 15;
    double fraction = double(index % (1u << segmentBits)) / (1u << segmentBits);
    result.push_back(std::ldexp(1.0 + fraction, exponent));
  }
  return result;
}

/// How far tanh rises above its chord over [left, right], where tanh is concave.
double sagitta(double left, double right) {
  double greatest = 0;
  for (unsigned step = 0; step <= 1u << lowBits; ++step) {
    double t = double(step) / (1u << lowBits);
    double chord = std::tanh(left) * (1 - t) + std::tanh(right) * t;
    greatest = std::max(greatest, std::tanh(left + (right - left) * t) - chord);
  }
  return greatest;
}

} // namespace

std::vector<Segment> tanhTable() {
  const std::vector<double> x = edges();
  const unsigned count = 1u << indexBits;
  const double one = 1u << fractionBits;

  // Raising each edge by half the error of its two segments balances the error around zero.
  std::vector<uint32_t> value(count + 1);
  for (unsigned i = 0; i <= count; ++i) {
    double left = i > 0 ? sagitta(x[i - 1], x[i]) : 0;
    double right = i < count ? sagitta(x[i], x[i + 1]) : 0;
    value[i] = uint32_t(std::min(one, std::round((std::tanh(x[i]) + (left + right) / 4) * one)));
  }

  std::vector<Segment> table(count);
  for (unsigned i = 0; i < count; ++i)
    table[i] = {value[i], value[i + 1] - value[i]};
  return table;
}

} // namespace softdpu::romgen
