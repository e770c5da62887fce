//===- Unary.cpp - Functions of one number, element by element ---------------------------===//

#include "Activations.h"
#include "ElementTypes.h"
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

/// The same for integers as well, which wrap.
template <typename F> Results mapNumbers(const Call &call, F f) {
  return Numbers::of(call, [&]<typename T>(T) {
    Tensor result = call.input(0);
    for (T &x : values<T>(result))
      x = f(x);
    return one(std::move(result));
  });
}

/// Truth values of a float32 input.
template <typename F> Results test(const Call &call, F f) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  auto result = makeTensor(ElementType::Bool, call.input(0).shape);
  if (result)
    std::ranges::transform(values<float>(call.input(0)), values<bool>(*result).begin(), f);
  return one(std::move(result));
}

template <typename T> T negated(T x) {
  if constexpr (std::floating_point<T>)
    return -x;
  else
    return T(-std::make_unsigned_t<T>(x));
}

} // namespace

Results absolute(const Call &call) {
  return mapNumbers(call, []<typename T>(T x) {
    if constexpr (std::floating_point<T>)
      return std::abs(x);
    else
      return x < 0 ? negated(x) : x;
  });
}
Results arcCosine(const Call &call) {
  return map(call, [](float x) { return std::acos(x); });
}
Results arcSine(const Call &call) {
  return map(call, [](float x) { return std::asin(x); });
}
Results arcTangent(const Call &call) {
  return map(call, [](float x) { return std::atan(x); });
}
Results areaCosine(const Call &call) {
  return map(call, [](float x) { return std::acosh(x); });
}
Results areaSine(const Call &call) {
  return map(call, [](float x) { return std::asinh(x); });
}
Results areaTangent(const Call &call) {
  return map(call, [](float x) { return std::atanh(x); });
}
Results cosine(const Call &call) {
  return map(call, [](float x) { return std::cos(x); });
}
Results hyperbolicCosine(const Call &call) {
  return map(call, [](float x) { return std::cosh(x); });
}
Results hyperbolicSine(const Call &call) {
  return map(call, [](float x) { return std::sinh(x); });
}
Results sine(const Call &call) {
  return map(call, [](float x) { return std::sin(x); });
}
Results tangent(const Call &call) {
  return map(call, [](float x) { return std::tan(x); });
}

Results isInfinite(const Call &call) {
  const bool negative = call.attribute<int64_t>("detect_negative", 1) != 0, positive = call.attribute<int64_t>("detect_positive", 1) != 0;
  return test(call, [=](float x) { return std::isinf(x) && (x < 0 ? negative : positive); });
}
Results isNotANumber(const Call &call) {
  return test(call, [](float x) { return std::isnan(x); });
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
  return mapNumbers(call, []<typename T>(T x) { return negated(x); });
}
Results reciprocal(const Call &call) {
  return map(call, [](float x) { return 1 / x; });
}
Results roundToEven(const Call &call) {
  return map(call, [](float x) { return std::nearbyint(x); });
}
Results sign(const Call &call) {
  return mapNumbers(call, []<typename T>(T x) { return x > 0 ? T(1) : x < 0 ? T(-1) : x; });
}
Results squareRoot(const Call &call) {
  return map(call, [](float x) { return std::sqrt(x); });
}

Results celu(const Call &call) {
  const float alpha = call.attribute<float>("alpha", 1);
  return map(call, [alpha](float x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
}
Results gelu(const Call &call) {
  constexpr std::string_view kinds[] = {"none", "tanh"};
  const auto kind = call.choice("approximate", kinds);
  if (!kind)
    return tl::unexpected(kind.error());
  if (kinds[*kind] == "tanh")
    return map(call, [](float x) { return 0.5f * x * (1 + std::tanh(0.7978845608f * (x + 0.044715f * x * x * x))); }); // sqrt(2 / pi)
  return map(call, [](float x) { return 0.5f * x * std::erfc(-x * 0.7071067812f); }); // sqrt(1 / 2); erfc keeps small results exact
}
Results hardSwish(const Call &call) {
  return map(call, [](float x) { return x * std::clamp(x / 6 + 0.5f, 0.0f, 1.0f); });
}
Results mish(const Call &call) {
  return map(call, [](float x) { return x * std::tanh(std::max(x, 0.0f) + std::log1p(std::exp(-std::abs(x)))); });
}
Results selu(const Call &call) {
  const float alpha = call.attribute<float>("alpha", 1.67326319217681884765625f),
              gamma = call.attribute<float>("gamma", 1.05070102214813232421875f);
  return map(call, [=](float x) { return gamma * (x > 0 ? x : alpha * std::expm1(x)); });
}
Results shrink(const Call &call) {
  const float bias = call.attribute<float>("bias", 0), lambda = call.attribute<float>("lambd", 0.5f);
  return map(call, [=](float x) { return x < -lambda ? x + bias : x > lambda ? x - bias : x - x; }); // NaN stays NaN
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
