//===- Sgemm.cpp - float32 matrix multiplication -----------------------------------------===//

#include "Sgemm.h"

#include <dnnl.h>
#include <new>

namespace softdpu::cpu {

void Sgemm::operator()(const float *a, const float *b, float *c) const {
  if (m == 0 || n == 0)
    return;
  if (k == 0) { // oneDNN wants leading dimensions of at least 1.
    for (int64_t i = 0; i < m * n; ++i)
      c[i] = beta == 0 ? 0 : beta * c[i];
    return;
  }
  if (dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, alpha, a, transposeA ? m : k, b, transposeB ? k : n, beta, c,
                 n) != dnnl_success)
    throw std::bad_alloc();
}

} // namespace softdpu::cpu
