//===- Activations.h - The activation functions of ONNX's recurrent operators ------------===//

#pragma once

#include <string_view>

namespace softdpu::onnx_import {

/// One of them, and what it takes of the lists activation_alpha and activation_beta.
struct ActivationRule {
  std::string_view name;
  bool alpha, beta;
  bool required; ///< ONNX defines no default for what it takes.
};

/// \param name in any case. \returns null if there is no such function.
const ActivationRule *findActivation(std::string_view name);

} // namespace softdpu::onnx_import
