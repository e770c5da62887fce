//===- Folding.cpp - Nodes whose inputs are all known ------------------------------------===//

#include "import/infer/Folding.h"

#include "import/infer/ConstantTensor.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>

namespace softdpu::onnx_import {
namespace {

/// Elements of a tensor as C++ has them; any byte but 0 is true.
template <typename T> std::vector<T> elementsAs(const Tensor &tensor) {
  std::vector<T> values(tensor.data.size() / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

template <typename T> Tensor tensorOf(ElementType type, const std::vector<int64_t> &shape, const std::vector<T> &values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {.type = type, .shape = shape, .data = {bytes.begin(), bytes.end()}};
}

/// f(T()) for the element type; nullopt for float16.
template <typename F> std::optional<Tensor> withType(ElementType type, F f) {
  switch (type) {
  case ElementType::Float32:
    return f(float());
  case ElementType::Int64:
    return f(int64_t());
  case ElementType::Int32:
    return f(int32_t());
  case ElementType::Int8:
    return f(int8_t());
  case ElementType::UInt8:
  case ElementType::Bool:
    return f(uint8_t());
  case ElementType::Float16:
    return std::nullopt;
  }
  return std::nullopt;
}

/// nullopt where the host would fail. Integers wrap.
template <typename T> std::optional<T> arithmetic(const std::string &op, T x, T y) {
  if constexpr (std::integral<T>) {
    const auto a = uint64_t(x), b = uint64_t(y);
    if (op == "Div")
      return y == 0 || (y == T(-1) && x == std::numeric_limits<T>::min()) ? std::nullopt : std::optional(T(x / y));
    return T(op == "Add" ? a + b : op == "Sub" ? a - b : a * b);
  } else {
    const T result = op == "Add" ? x + y : op == "Sub" ? x - y : op == "Mul" ? x * y : x / y;
    return std::isfinite(result) ? std::optional(result) : std::nullopt; // Constants of a program are finite.
  }
}

template <typename T> bool compare(const std::string &op, T x, T y) {
  if (op == "Equal")
    return x == y;
  if (op == "Less")
    return x < y;
  if (op == "LessOrEqual")
    return x <= y;
  return op == "Greater" ? x > y : x >= y;
}

bool logic(const std::string &op, bool x, bool y) { return op == "And" ? x && y : op == "Or" ? x || y : x != y; }

bool isOneOf(const std::string &op, std::initializer_list<std::string_view> names) { return std::ranges::count(names, op) > 0; }

std::optional<Tensor> foldBinary(const std::string &op, const Tensor &a, const Tensor &b, ElementType type,
                                 const std::vector<int64_t> &shape) {
  return withType(a.type, [&]<typename T>(T) -> std::optional<Tensor> {
    const std::vector<T> x = elementsAs<T>(broadcastTo(a, shape)), y = elementsAs<T>(broadcastTo(b, shape));
    if (type == ElementType::Bool) {
      const bool truths = a.type == ElementType::Bool;
      std::vector<uint8_t> result(x.size());
      for (size_t i = 0; i < x.size(); ++i)
        result[i] = isOneOf(op, {"And", "Or", "Xor"}) ? logic(op, x[i] != 0, y[i] != 0)
                    : truths                          ? (x[i] != 0) == (y[i] != 0)
                                                      : compare(op, x[i], y[i]);
      return tensorOf(type, shape, result);
    }
    std::vector<T> result(x.size());
    for (size_t i = 0; i < x.size(); ++i)
      if (const auto value = arithmetic(op, x[i], y[i]))
        result[i] = *value;
      else
        return std::nullopt;
    return tensorOf(type, shape, result);
  });
}

/// A number of type From as one of type To. \returns nullopt where a real number lies outside of an integer type.
template <typename To, typename From> std::optional<To> converted(From value) {
  if constexpr (std::floating_point<From> && std::integral<To>) {
    if (!(value > double(std::numeric_limits<To>::min()) - 1 && value < std::ldexp(1.0, std::numeric_limits<To>::digits)))
      return std::nullopt;
  }
  return static_cast<To>(value);
}

std::optional<Tensor> foldCast(const Tensor &from, ElementType type, const std::vector<int64_t> &shape) {
  if (from.type == type)
    return from;
  if (from.type == ElementType::Float16) { // Weights that are stored narrow.
    const std::vector<_Float16> halves = elementsAs<_Float16>(from);
    if (type != ElementType::Float32)
      return std::nullopt;
    return tensorOf(type, shape, std::vector<float>(halves.begin(), halves.end()));
  }
  return withType(from.type, [&]<typename From>(From) -> std::optional<Tensor> {
    return withType(type, [&]<typename To>(To) -> std::optional<Tensor> {
      std::vector<To> result;
      for (const From value : elementsAs<From>(from)) {
        const std::optional<To> number = type == ElementType::Bool        ? std::optional(To(value != 0))
                                         : from.type == ElementType::Bool ? std::optional(To(value != 0))
                                                                          : converted<To>(value);
        if (!number)
          return std::nullopt;
        result.push_back(*number);
      }
      return tensorOf(type, shape, result);
    });
  });
}

std::optional<Tensor> foldGather(const Tensor &data, const Tensor &positions, size_t axis, const std::vector<int64_t> &shape) {
  const auto indices = integersOf(positions);
  const int64_t size = data.shape[axis];
  const uint64_t outer = product(std::span(data.shape).first(axis));
  const uint64_t inner = product(std::span(data.shape).subspan(axis + 1)) * elementSize(data.type);
  Tensor result{.type = data.type, .shape = shape, .data = {}};
  for (uint64_t o = 0; o < outer; ++o)
    for (const int64_t index : *indices) {
      if (index < -size || index >= size)
        return std::nullopt;
      const auto from = data.data.begin() + int64_t((o * uint64_t(size) + uint64_t(index < 0 ? index + size : index)) * inner);
      result.data.insert(result.data.end(), from, from + int64_t(inner));
    }
  return result;
}

std::optional<Tensor> foldWhere(const Tensor &condition, const Tensor &a, const Tensor &b, const std::vector<int64_t> &shape) {
  const Tensor truths = broadcastTo(condition, shape), x = broadcastTo(a, shape);
  Tensor result = broadcastTo(b, shape);
  const size_t size = elementSize(a.type);
  for (size_t i = 0; i < truths.data.size(); ++i)
    if (truths.data[i] != std::byte(0))
      std::memcpy(&result.data[i * size], &x.data[i * size], size);
  return result;
}

} // namespace

Tensor broadcastTo(const Tensor &tensor, const std::vector<int64_t> &shape) {
  if (tensor.shape == shape)
    return tensor;
  const size_t size = elementSize(tensor.type), missing = shape.size() - tensor.shape.size();
  std::vector<int64_t> strides(shape.size(), 0), index(shape.size(), 0);
  for (size_t i = tensor.shape.size(), stride = 1; i-- > 0; stride *= size_t(tensor.shape[i]))
    strides[missing + i] = tensor.shape[i] == 1 ? 0 : int64_t(stride);
  Tensor result{.type = tensor.type, .shape = shape, .data = std::vector<std::byte>(product(shape) * size)};
  for (size_t out = 0; out < result.data.size(); out += size) {
    int64_t from = 0;
    for (size_t i = 0; i < shape.size(); ++i)
      from += index[i] * strides[i];
    std::memcpy(&result.data[out], &tensor.data[size_t(from) * size], size);
    for (size_t i = shape.size(); i-- > 0;) {
      if (++index[i] < shape[i])
        break;
      index[i] = 0;
    }
  }
  return result;
}

std::optional<Tensor> fold(const Node &node, std::span<const Tensor *const> inputs, ElementType type, const std::vector<int64_t> &shape) {
  const std::string &op = node.op;
  if (isOneOf(op, {"Add", "Sub", "Mul", "Div", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor"}))
    return foldBinary(op, *inputs[0], *inputs[1], type, shape);
  if (op == "Not")
    return foldBinary("Equal", *inputs[0], {.type = type, .shape = {}, .data = {std::byte(0)}}, type, shape);
  if (op == "Cast")
    return foldCast(*inputs[0], type, shape);
  if (op == "Gather")
    return foldGather(*inputs[0], *inputs[1], size_t(node.get<int64_t>("axis", 0)), shape);
  if (op == "Where")
    return foldWhere(*inputs[0], *inputs[1], *inputs[2], shape);
  if (op == "Expand")
    return broadcastTo(*inputs[0], shape);
  return std::nullopt;
}

} // namespace softdpu::onnx_import
