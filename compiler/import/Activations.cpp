//===- Activations.cpp - The activation functions of ONNX's recurrent operators ----------===//

#include "import/Activations.h"

#include <algorithm>

namespace softdpu::onnx_import {
namespace {

constexpr ActivationRule rules[] = {
    {"Affine", true, true, true},
    {"Elu", true, false, false},
    {"HardSigmoid", true, true, false},
    {"LeakyRelu", true, false, false},
    {"Relu", false, false, false},
    {"ScaledTanh", true, true, true},
    {"Sigmoid", false, false, false},
    {"Softplus", false, false, false},
    {"Softsign", false, false, false},
    {"Tanh", false, false, false},
    {"ThresholdedRelu", true, false, false},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

} // namespace

const ActivationRule *findActivation(std::string_view name) {
  const auto *found =
      std::ranges::find_if(rules, [name](const ActivationRule &rule) { return std::ranges::equal(rule.name, name, {}, lower, lower); });
  return found == std::end(rules) ? nullptr : found;
}

} // namespace softdpu::onnx_import
