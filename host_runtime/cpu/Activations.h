//===- Activations.h - Activation functions over arrays ----------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace softdpu::cpu {

enum class Activation : uint8_t { Relu, Sigmoid, Tanh };

/// Parses ONNX's name, in any case. The error lists the supported ones.
Expected<Activation> parseActivation(std::string_view name);

/// Replaces every value x by f(x).
void activate(Activation f, std::span<float> values);

} // namespace softdpu::cpu
