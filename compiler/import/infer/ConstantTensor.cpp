//===- ConstantTensor.cpp - Tensors that are known at compile time -----------------------===//

#include "import/infer/ConstantTensor.h"

#include <cstring>

namespace softdpu::onnx_import {

Tensor integerTensor(std::vector<int64_t> shape, const std::vector<int64_t> &values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {.type = ElementType::Int64, .shape = std::move(shape), .data = {bytes.begin(), bytes.end()}};
}

Tensor floatTensor(std::vector<int64_t> shape, std::span<const float> values) {
  const auto bytes = std::as_bytes(values);
  return {.type = ElementType::Float32, .shape = std::move(shape), .data = {bytes.begin(), bytes.end()}};
}

std::optional<std::vector<int64_t>> integersOf(const Tensor &tensor) {
  std::vector<int64_t> values;
  if (tensor.type == ElementType::Int64) {
    values.resize(tensor.data.size() / sizeof(int64_t));
    std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
    return values;
  }
  const auto widen = [&]<typename T>(T) {
    std::vector<T> narrow(tensor.data.size() / sizeof(T));
    std::memcpy(narrow.data(), tensor.data.data(), tensor.data.size());
    return std::vector<int64_t>(narrow.begin(), narrow.end());
  };
  switch (tensor.type) {
  case ElementType::Int32:
    return widen(int32_t());
  case ElementType::Int8:
    return widen(int8_t());
  case ElementType::UInt8:
    return widen(uint8_t());
  default:
    return std::nullopt;
  }
}

std::vector<float> floatsOf(const Tensor &tensor) {
  std::vector<float> values(tensor.data.size() / sizeof(float));
  std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

uint64_t product(std::span<const int64_t> dims) {
  uint64_t result = 1;
  for (int64_t dim : dims)
    result *= uint64_t(dim);
  return result;
}

Tensor transposed(const Tensor &tensor, std::span<const int64_t> perm) {
  const size_t rank = tensor.shape.size(), size = elementSize(tensor.type);
  std::vector<int64_t> strides(rank, 1), index(rank, 0);
  for (size_t i = rank; i-- > 1;)
    strides[i - 1] = strides[i] * tensor.shape[i];
  Tensor result{.type = tensor.type, .shape = {}, .data = std::vector<std::byte>(tensor.data.size())};
  for (int64_t axis : perm)
    result.shape.push_back(tensor.shape[size_t(axis)]);
  for (size_t out = 0; out < tensor.data.size() / size; ++out) {
    int64_t from = 0;
    for (size_t i = 0; i < rank; ++i)
      from += index[i] * strides[size_t(perm[i])];
    std::memcpy(result.data.data() + out * size, tensor.data.data() + size_t(from) * size, size);
    for (size_t i = rank; i-- > 0;) {
      if (++index[i] < result.shape[i])
        break;
      index[i] = 0;
    }
  }
  return result;
}

Tensor sliced(const Tensor &tensor, size_t axis, int64_t begin, int64_t step, int64_t count) {
  Tensor result{.type = tensor.type, .shape = tensor.shape, .data = {}};
  result.shape[axis] = count;
  const uint64_t inner = product(std::span(tensor.shape).subspan(axis + 1)) * elementSize(tensor.type);
  const uint64_t outer = product(std::span(tensor.shape).first(axis));
  for (uint64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < count; ++i) {
      const auto from = tensor.data.begin() + int64_t((o * uint64_t(tensor.shape[axis]) + uint64_t(begin + i * step)) * inner);
      result.data.insert(result.data.end(), from, from + int64_t(inner));
    }
  return result;
}

} // namespace softdpu::onnx_import
