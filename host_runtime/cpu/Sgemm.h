//===- Sgemm.h - float32 matrix multiplication -------------------------------------------===//

#pragma once

#include <cstdint>

namespace softdpu::cpu {

/// C = alpha * op(A) * op(B) + beta * C, all row-major and dense: op(A) is [m, k], op(B) [k, n], C [m, n]. By oneDNN.
/// C is not read if beta is 0. Throws std::bad_alloc if oneDNN has no memory.
struct Sgemm {
  int64_t m = 0, n = 0, k = 0;
  bool transposeA = false, transposeB = false;
  float alpha = 1, beta = 0;

  void operator()(const float *a, const float *b, float *c) const;
};

} // namespace softdpu::cpu
