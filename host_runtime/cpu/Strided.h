//===- Strided.h - Axes, strides and broadcasting ----------------------------------------===//

#pragma once

#include "Call.h"

#include <array>

namespace softdpu::cpu {

/// Axis in 0 .. rank-1; negative values count from the end. \returns an error naming the axis and the range.
Expected<size_t> normaliseAxis(int64_t axis, size_t rank);

/// Elements between neighbours along each dimension of a row-major tensor.
std::vector<int64_t> rowMajorStrides(std::span<const int64_t> shape);

/// The shape that `a` and `b` broadcast to (ONNX, numpy rules), or an error naming both.
Expected<std::vector<int64_t>> broadcastShape(std::span<const int64_t> a, std::span<const int64_t> b);

/// Strides with which a row-major tensor of shape `from` is read as one of shape `to`: 0 along repeated dimensions. \param from broadcasts
/// to `to`.
std::vector<int64_t> broadcastStrides(std::span<const int64_t> from, std::span<const int64_t> to);

/// Copies the elements at `offset` + index . `strides` of `from`, for every index of `shape` in row-major order. Strides may be 0 or
/// negative; everything addressed must lie inside `from`.
Expected<Tensor> copyStrided(const Tensor &from, std::vector<int64_t> shape, std::span<const int64_t> strides, int64_t offset = 0);

/// Steps through all indices of `shape` in row-major order, keeping one offset per set of strides.
template <size_t N> class Odometer {
public:
  Odometer(std::span<const int64_t> shape, std::array<std::span<const int64_t>, N> strides)
      : shape(shape), strides(strides), index(shape.size(), 0) {}

  void advance() {
    for (size_t d = shape.size(); d-- > 0;) {
      for (size_t n = 0; n < N; ++n)
        offsets[n] += strides[n][d];
      if (++index[d] < shape[d])
        return;
      for (size_t n = 0; n < N; ++n)
        offsets[n] -= strides[n][d] * shape[d];
      index[d] = 0;
    }
  }

  std::array<int64_t, N> offsets{};

private:
  std::span<const int64_t> shape;
  std::array<std::span<const int64_t>, N> strides;
  std::vector<int64_t> index;
};

} // namespace softdpu::cpu
