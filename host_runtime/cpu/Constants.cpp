//===- Constants.cpp - Constants and changes of type -------------------------------------===//

#include "Operators.h"

#include <cmath>
#include <onnx/onnx_pb.h>

namespace softdpu::cpu {
namespace {

float toFloat(float value) { return value; }
float toFloat(Half value) {
  // Half.h speaks of the DPU's values only; a file may hold any float16.
  const unsigned exponent = value.bits >> 10 & 31, fraction = value.bits & 1023;
  if (exponent == 0)
    return std::copysign(std::ldexp(float(fraction), -24), value.bits & 0x8000 ? -1.0f : 1.0f);
  if (exponent == 31)
    return std::copysign(fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity(),
                         value.bits & 0x8000 ? -1.0f : 1.0f);
  return halfToFloat(value);
}

/// Converts one element; an error if an integer cannot hold it or float16 has no finite value for it.
template <typename To, typename From> Expected<To> convert(From value) {
  if constexpr (std::integral<From> && std::integral<To>) {
    if constexpr (std::same_as<To, uint8_t>)
      return uint8_t(value != 0);
    else if (!std::in_range<To>(value))
      return fail("{} is out of range", value);
    else
      return To(value);
  } else if constexpr (std::integral<From>) {
    if constexpr (std::same_as<To, Half>)
      return halfFromFloat(float(value));
    else
      return To(value);
  } else {
    const float number = toFloat(value);
    if constexpr (std::same_as<To, float>)
      return number;
    else if constexpr (std::same_as<To, uint8_t>)
      return uint8_t(number != 0);
    else if (!std::isfinite(number))
      return fail("{} cannot be converted", number);
    else if constexpr (std::same_as<To, Half>)
      return halfFromFloat(number);
    else {
      constexpr float limit = -float(std::numeric_limits<To>::min()); // A power of two, exact.
      if (number < -limit || number >= limit)
        return fail("{} is out of range", number);
      return To(number);
    }
  }
}

template <typename To, typename From> Expected<Tensor> castAll(const Tensor &from) {
  auto result = makeTensor(elementTypeOf<To>(), from.shape);
  if (!result)
    return result;
  const auto in = values<From>(from);
  const auto out = values<To>(*result);
  for (size_t i = 0; i < in.size(); ++i) {
    const Expected<To> value = convert<To>(in[i]);
    if (!value)
      return fail("element {}: {}", i, value.error().message);
    out[i] = *value;
  }
  return result;
}

template <typename To> Expected<Tensor> castTo(const Tensor &from) {
  switch (from.type) {
  case ElementType::Float32:
    return castAll<To, float>(from);
  case ElementType::Float16:
    return castAll<To, Half>(from);
  case ElementType::Int64:
    return castAll<To, int64_t>(from);
  case ElementType::Int32:
    return castAll<To, int32_t>(from);
  case ElementType::Bool:
    return castAll<To, uint8_t>(from);
  }
  return fail("element type {} is unknown", unsigned(from.type));
}

} // namespace

Results cast(const Call &call) {
  const Tensor &from = call.input(0);
  switch (const int64_t to = call.attribute<int64_t>("to", 0)) {
  case onnx::TensorProto::FLOAT:
    return one(castTo<float>(from));
  case onnx::TensorProto::FLOAT16:
    return one(castTo<Half>(from));
  case onnx::TensorProto::INT64:
    return one(castTo<int64_t>(from));
  case onnx::TensorProto::INT32:
    return one(castTo<int32_t>(from));
  case onnx::TensorProto::BOOL:
    return one(castTo<uint8_t>(from));
  default:
    return fail("attribute \"to\" is {}, supported are float32 (1), int32 (6), int64 (7), bool (9) and float16 (10)", to);
  }
}

Results constant(const Call &call) {
  if (const auto *value = call.attribute<float>("value_float"))
    return one(tensorOf({}, {*value}));
  if (const auto *value = call.attribute<int64_t>("value_int"))
    return one(tensorOf({}, {*value}));
  if (const auto *list = call.attribute<std::vector<float>>("value_floats"))
    return one(tensorOf<float>({int64_t(list->size())}, *list));
  if (const auto *list = call.attribute<std::vector<int64_t>>("value_ints"))
    return one(tensorOf<int64_t>({int64_t(list->size())}, *list));
  return fail("it has no value");
}

Results constantOfShape(const Call &call) {
  const auto shape = integersOf(call.input(0));
  if (!shape)
    return fail("shape is {}", shape.error().message);
  const auto *integer = call.attribute<int64_t>("value");
  auto result = makeTensor(integer ? ElementType::Int64 : ElementType::Float32, *shape);
  if (!result)
    return one(std::move(result));
  if (integer)
    std::ranges::fill(values<int64_t>(*result), *integer);
  else
    std::ranges::fill(values<float>(*result), call.attribute<float>("value", 0));
  return one(std::move(result));
}

} // namespace softdpu::cpu
