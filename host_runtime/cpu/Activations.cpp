//===- Activations.cpp - Activation functions over arrays --------------------------------===//
//
// Loops that the compiler turns into vector code; cpu/CMakeLists.txt has the flags that let it call the vector expf of glibc.
//
//===-------------------------------------------------------------------------------------===//

#include "Activations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/ranges.h>
#include <ranges>

namespace softdpu::cpu {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

/// tanh to about 1e-7 relative: a power series near 0, where the quotient would cancel.
float tanhOf(float x) {
  const float e = std::exp(-2 * std::abs(x)), square = x * x;
  const float series = x * (1 + square * (-1.0f / 3 + square * (2.0f / 15 + square * (-17.0f / 315))));
  return std::abs(x) < 0.125f ? series : std::copysign((1 - e) / (1 + e), x);
}

/// log(1 + exp(x)) without overflow.
float softplusOf(float x) { return std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x))); }

struct Entry {
  std::string_view name;
  ActivationParameters parameters;
};

/// In the order of ActivationKind.
constexpr std::array<Entry, 11> table{{{"Affine", {true, true, 0, 0, true}},
                                       {"Elu", {true, false, 1, 0, false}},
                                       {"HardSigmoid", {true, true, 0.2f, 0.5f, false}},
                                       {"LeakyRelu", {true, false, 0.01f, 0, false}},
                                       {"Relu", {false, false, 0, 0, false}},
                                       {"ScaledTanh", {true, true, 0, 0, true}},
                                       {"Sigmoid", {false, false, 0, 0, false}},
                                       {"Softplus", {false, false, 0, 0, false}},
                                       {"Softsign", {false, false, 0, 0, false}},
                                       {"Tanh", {false, false, 0, 0, false}},
                                       {"ThresholdedRelu", {true, false, 1, 0, false}}}};

} // namespace

ActivationParameters parametersOf(ActivationKind kind) { return table[size_t(kind)].parameters; }

Expected<ActivationKind> parseActivation(std::string_view name) {
  const auto *found =
      std::ranges::find_if(table, [name](const Entry &entry) { return std::ranges::equal(name, entry.name, {}, lower, lower); });
  if (found == table.end())
    return fail("activation \"{}\", supported are {}", name, fmt::join(table | std::views::transform(&Entry::name), ", "));
  return ActivationKind(found - table.begin());
}

void activate(const Activation &f, std::span<float> values) {
  const auto each = [values](auto function) {
    for (float &x : values)
      x = function(x);
  };
  const float alpha = f.alpha, beta = f.beta;
  switch (f.kind) {
  case ActivationKind::Affine:
    return each([=](float x) { return alpha * x + beta; });
  case ActivationKind::Elu:
    return each([=](float x) { return x < 0 ? alpha * (std::exp(x) - 1) : x; });
  case ActivationKind::HardSigmoid:
    return each([=](float x) { return std::clamp(alpha * x + beta, 0.0f, 1.0f); });
  case ActivationKind::LeakyRelu:
    return each([=](float x) { return x < 0 ? alpha * x : x; });
  case ActivationKind::Relu:
    return each([](float x) { return x < 0 ? 0 : x; });
  case ActivationKind::ScaledTanh:
    return each([=](float x) { return alpha * tanhOf(beta * x); });
  case ActivationKind::Sigmoid:
    return each([](float x) { return 1 / (1 + std::exp(-x)); });
  case ActivationKind::Softplus:
    return each(softplusOf);
  case ActivationKind::Softsign:
    return each([](float x) { return x / (1 + std::abs(x)); });
  case ActivationKind::Tanh:
    return each(tanhOf);
  case ActivationKind::ThresholdedRelu:
    return each([=](float x) { return x <= alpha ? 0 : x; });
  }
}

} // namespace softdpu::cpu
