//===- ConstantTensor.h - Tensors that are known at compile time -------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <optional>

namespace softdpu::onnx_import {

Tensor integerTensor(std::vector<int64_t> shape, const std::vector<int64_t> &values);
Tensor floatTensor(std::vector<int64_t> shape, std::span<const float> values);

/// The elements of a tensor of integers.
std::optional<std::vector<int64_t>> integersOf(const Tensor &tensor);

/// The elements of a float32 tensor.
std::vector<float> floatsOf(const Tensor &tensor);

/// \param perm a permutation of the axes.
Tensor transposed(const Tensor &tensor, std::span<const int64_t> perm);

/// Copies `count` indices from `begin` with `step` along `axis`.
Tensor sliced(const Tensor &tensor, size_t axis, int64_t begin, int64_t step, int64_t count);

/// The product of `dims`, none of which is negative.
uint64_t product(std::span<const int64_t> dims);

} // namespace softdpu::onnx_import
