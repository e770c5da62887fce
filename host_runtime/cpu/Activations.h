//===- Activations.h - Activation functions over arrays ----------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace softdpu::cpu {

enum class ActivationKind : uint8_t {
  Affine,
  Elu,
  HardSigmoid,
  LeakyRelu,
  Relu,
  ScaledTanh,
  Sigmoid,
  Softplus,
  Softsign,
  Tanh,
  ThresholdedRelu
};

/// A function with its numbers; those that `kind` does not take are ignored.
struct Activation {
  ActivationKind kind;
  float alpha = 0, beta = 0;
};

/// What a kind takes, and ONNX's default for it.
struct ActivationParameters {
  bool takesAlpha, takesBeta;
  float alpha, beta;
  bool required; ///< There is no default: the model must give what it takes.
};
ActivationParameters parametersOf(ActivationKind kind);

/// Parses ONNX's name, in any case. The error lists the supported ones.
Expected<ActivationKind> parseActivation(std::string_view name);

/// Replaces every value x by f(x). NaN stays NaN.
void activate(const Activation &f, std::span<float> values);

} // namespace softdpu::cpu
