//===- Constants.cpp - Constants and changes of type -------------------------------------===//

#include "Operators.h"

#include <bit>
#include <cmath>
#include <onnx/onnx_pb.h>

namespace softdpu::cpu {
namespace {

/// Half.h speaks of the DPU's values only; a tensor may hold any float16, and ONNX rounds to all of them.
float toFloat(Half value) { return float(std::bit_cast<_Float16>(value.bits)); }
Half toHalf(float value) { return {std::bit_cast<uint16_t>(static_cast<_Float16>(value))}; }

/// float16 as float32; all else as it is.
template <typename T> auto number(T value) {
  if constexpr (std::same_as<T, Half>)
    return toFloat(value);
  else
    return value;
}

/// Converts one element, neither of them a Half. An integer that is too narrow keeps the low bits; a float that an integer type cannot hold
/// is an error.
template <typename To, typename From> Expected<To> convert(From value) {
  if constexpr (std::same_as<To, bool>)
    return value != From(0);
  else if constexpr (std::integral<To> && std::floating_point<From>) {
    if (!std::isfinite(value))
      return fail("{} cannot be converted", value);
    const double whole = std::trunc(double(value)); // A double holds every limit but that of int64, and 2^63 is not in int64.
    if (whole < double(std::numeric_limits<To>::min()) || whole >= double(std::numeric_limits<To>::max()) + 1)
      return fail("{} is out of range", value);
    return To(whole);
  } else
    return To(value);
}

template <typename To, typename From> Expected<Tensor> castAll(const Tensor &from) {
  auto result = makeTensor(elementTypeOf<To>(), from.shape);
  if (!result)
    return result;
  const auto in = values<From>(from);
  const auto out = values<To>(*result);
  for (size_t i = 0; i < in.size(); ++i) {
    if constexpr (std::same_as<To, Half> && std::same_as<From, Half>) {
      out[i] = in[i];
    } else if constexpr (std::same_as<To, Half>) {
      out[i] = toHalf(float(in[i]));
    } else {
      const Expected<To> value = convert<To>(number(in[i]));
      if (!value)
        return fail("element {}: {}", i, value.error().message);
      out[i] = *value;
    }
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
  case ElementType::Int8:
    return castAll<To, int8_t>(from);
  case ElementType::UInt8:
    return castAll<To, uint8_t>(from);
  case ElementType::Bool: {
    Tensor truth = from; // 0 or 1, whatever byte stands for true.
    for (uint8_t &value : values<uint8_t>(truth))
      value = value != 0;
    return castAll<To, uint8_t>(truth);
  }
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
  case onnx::TensorProto::INT8:
    return one(castTo<int8_t>(from));
  case onnx::TensorProto::UINT8:
    return one(castTo<uint8_t>(from));
  case onnx::TensorProto::BOOL:
    return one(castTo<bool>(from));
  default:
    return fail("attribute \"to\" is {}, supported are float32 (1), uint8 (2), int8 (3), int32 (6), int64 (7), bool (9) and float16 (10)",
                to);
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
