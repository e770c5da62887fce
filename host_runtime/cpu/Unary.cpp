//===- Unary.cpp - Functions of one float32 number, element by element -------------------===//

#include "Activations.h"
#include "Operators.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

/// Applies `f` to a copy of the input.
template <typename F> Results map(const Call &call, F f) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  Tensor result = call.input(0);
  for (float &x : values<float>(result))
    x = f(x);
  return one(std::move(result));
}

/// The numbers are attributes of the operator, with ONNX's defaults.
Results activation(const Call &call, ActivationKind kind) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  const ActivationParameters parameters = parametersOf(kind);
  Tensor result = call.input(0);
  activate({kind, call.attribute<float>("alpha", parameters.alpha), call.attribute<float>("beta", parameters.beta)}, values<float>(result));
  return one(std::move(result));
}

} // namespace

Results absolute(const Call &call) {
  return map(call, [](float x) { return std::abs(x); });
}
Results ceiling(const Call &call) {
  return map(call, [](float x) { return std::ceil(x); });
}
Results errorFunction(const Call &call) {
  return map(call, [](float x) { return std::erf(x); });
}
Results exponential(const Call &call) {
  return map(call, [](float x) { return std::exp(x); });
}
Results floorOf(const Call &call) {
  return map(call, [](float x) { return std::floor(x); });
}
Results logarithm(const Call &call) {
  return map(call, [](float x) { return std::log(x); });
}
Results negate(const Call &call) {
  return map(call, [](float x) { return -x; });
}
Results reciprocal(const Call &call) {
  return map(call, [](float x) { return 1 / x; });
}
Results roundToEven(const Call &call) {
  return map(call, [](float x) { return std::nearbyint(x); });
}
Results sign(const Call &call) {
  return map(call, [](float x) { return x > 0 ? 1.0f : x < 0 ? -1.0f : x; });
}
Results squareRoot(const Call &call) {
  return map(call, [](float x) { return std::sqrt(x); });
}

Results elu(const Call &call) { return activation(call, ActivationKind::Elu); }
Results hardSigmoid(const Call &call) { return activation(call, ActivationKind::HardSigmoid); }
Results leakyRelu(const Call &call) { return activation(call, ActivationKind::LeakyRelu); }
Results relu(const Call &call) { return activation(call, ActivationKind::Relu); }
Results sigmoid(const Call &call) { return activation(call, ActivationKind::Sigmoid); }
Results softplus(const Call &call) { return activation(call, ActivationKind::Softplus); }
Results softsign(const Call &call) { return activation(call, ActivationKind::Softsign); }
Results tanh(const Call &call) { return activation(call, ActivationKind::Tanh); }
Results thresholdedRelu(const Call &call) { return activation(call, ActivationKind::ThresholdedRelu); }

} // namespace softdpu::cpu
