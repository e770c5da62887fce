//===- Tensors.h - Making and looking at tensors -----------------------------------------===//
//
// Typed access to the plain Tensor of Program.h. Shapes come from files and from host steps, so sizes are checked here, once.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <concepts>
#include <span>
#include <string>

namespace softdpu {

/// No tensor may be larger, whatever a file or a Shape/Expand computation asks for.
constexpr uint64_t maxTensorBytes = uint64_t(1) << 32;

/// Product of `shape`; 1 for a scalar.
/// \returns an error for a negative dimension or more than maxTensorBytes elements.
Expected<uint64_t> elementCount(std::span<const int64_t> shape);

/// A tensor of zeros. Errors as elementCount(), or if the data would be larger than maxTensorBytes.
Expected<Tensor> makeTensor(ElementType type, std::vector<int64_t> shape);

/// Elements of a well-formed tensor.
inline uint64_t elements(const Tensor &tensor) { return tensor.data.size() / elementSize(tensor.type); }

/// "[2, 3]"; "[]" is a scalar.
std::string shapeText(std::span<const int64_t> shape);
/// "[T, 1, 64]"
std::string shapeText(std::span<const Dimension> shape);

/// "float32 [2, 3]"
std::string describe(const Tensor &tensor);

/// The element type whose elements are `T`. Read the elements of a Bool tensor as uint8_t: a file may hold any byte, and all but 0 are
/// true.
template <typename T> constexpr ElementType elementTypeOf() {
  if constexpr (std::same_as<T, float>)
    return ElementType::Float32;
  else if constexpr (std::same_as<T, Half>)
    return ElementType::Float16;
  else if constexpr (std::same_as<T, int64_t>)
    return ElementType::Int64;
  else if constexpr (std::same_as<T, int32_t>)
    return ElementType::Int32;
  else if constexpr (std::same_as<T, int8_t>)
    return ElementType::Int8;
  else if constexpr (std::same_as<T, uint8_t>)
    return ElementType::UInt8;
  else {
    static_assert(std::same_as<T, bool>, "no element type stores T");
    return ElementType::Bool;
  }
}

/// The elements, row-major. \param tensor has type elementTypeOf<T>(), or Bool if T is uint8_t.
template <typename T> std::span<const T> values(const Tensor &tensor) {
  return {reinterpret_cast<const T *>(tensor.data.data()), tensor.data.size() / sizeof(T)};
}
template <typename T> std::span<T> values(Tensor &tensor) {
  return {reinterpret_cast<T *>(tensor.data.data()), tensor.data.size() / sizeof(T)};
}

/// A tensor that holds `data`. \param shape has data.size() elements.
template <typename T> Tensor tensorOf(std::vector<int64_t> shape, std::span<const T> data) {
  const auto bytes = std::as_bytes(data);
  return {elementTypeOf<T>(), std::move(shape), {bytes.begin(), bytes.end()}};
}
template <typename T> Tensor tensorOf(std::vector<int64_t> shape, std::initializer_list<T> data) {
  return tensorOf<T>(std::move(shape), std::span<const T>(data.begin(), data.size()));
}

/// The elements of an Int64 or Int32 tensor, widened; shapes, axes and indices come in either type.
Expected<std::vector<int64_t>> integersOf(const Tensor &tensor);

} // namespace softdpu
