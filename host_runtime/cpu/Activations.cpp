//===- Activations.cpp - Activation functions over arrays --------------------------------===//
//
// Loops that the compiler turns into vector code; cpu/CMakeLists.txt has the flags that let it call the vector expf of glibc.
//
//===-------------------------------------------------------------------------------------===//

#include "Activations.h"

#include <algorithm>
#include <cmath>

namespace softdpu::cpu {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

/// tanh to about 1e-7 relative: a power series near 0, where the quotient would cancel.
float tanhOf(float x) {
  const float e = std::exp(-2 * std::abs(x)), square = x * x;
  const float series = x * (1 + square * (-1.0f / 3 + square * (2.0f / 15 + square * (-17.0f / 315))));
  return std::abs(x) < 0.125f ? series : std::copysign((1 - e) / (1 + e), x);
}

} // namespace

Expected<Activation> parseActivation(std::string_view name) {
  const auto is = [name](std::string_view known) { return std::ranges::equal(name, known, {}, lower); };
  if (is("relu"))
    return Activation::Relu;
  if (is("sigmoid"))
    return Activation::Sigmoid;
  if (is("tanh"))
    return Activation::Tanh;
  return fail("activation \"{}\", supported are Relu, Sigmoid and Tanh", name);
}

void activate(Activation f, std::span<float> values) {
  switch (f) {
  case Activation::Relu:
    for (float &x : values)
      x = x < 0 ? 0 : x; // Keeps NaN.
    break;
  case Activation::Sigmoid:
    for (float &x : values)
      x = 1 / (1 + std::exp(-x));
    break;
  case Activation::Tanh:
    for (float &x : values)
      x = tanhOf(x);
    break;
  }
}

} // namespace softdpu::cpu
