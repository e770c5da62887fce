//===- Extremes.h - The larger and the smaller of two numbers ----------------------------===//

#pragma once

#include <cmath>
#include <concepts>

namespace softdpu::cpu {

/// Whether `value` is NaN; false for integers.
template <typename T> bool isNan(T value) {
  if constexpr (std::floating_point<T>)
    return std::isnan(value);
  else
    return false;
}

/// NaN if either is NaN, as numpy and ONNX have it.
template <typename T> T larger(T a, T b) { return isNan(a) || a > b ? a : b; }
template <typename T> T smaller(T a, T b) { return isNan(a) || a < b ? a : b; }

} // namespace softdpu::cpu
