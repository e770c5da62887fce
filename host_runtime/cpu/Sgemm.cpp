//===- Sgemm.cpp - float32 matrix multiplication -----------------------------------------===//

#include "Sgemm.h"

#include "softdpu/host_runtime/Threads.h"

#include <dnnl.h>
#include <new>
#include <optional>

namespace softdpu::cpu {
namespace {

/// Multiply-accumulates below which waking other threads costs more than they save; far more if other programs keep the cores busy.
constexpr int64_t worthThreads = int64_t(1) << 21;

/// While it lives, this thread's oneDNN calls use no other thread.
class OneThread {
public:
  OneThread() { setHostThreads(1); }
  ~OneThread() { setHostThreads(before); }
  OneThread(const OneThread &) = delete;
  OneThread &operator=(const OneThread &) = delete;

private:
  int before = hostThreads();
};

} // namespace

void Sgemm::operator()(const float *a, const float *b, float *c) const {
  if (m == 0 || n == 0)
    return;
  if (k == 0) { // oneDNN wants leading dimensions of at least 1.
    for (int64_t i = 0; i < m * n; ++i)
      c[i] = beta == 0 ? 0 : beta * c[i];
    return;
  }
  std::optional<OneThread> oneThread;
  if (double(m) * double(n) * double(k) < double(worthThreads))
    oneThread.emplace();
  if (dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, alpha, a, transposeA ? m : k, b, transposeB ? k : n, beta, c,
                 n) != dnnl_success)
    throw std::bad_alloc();
}

} // namespace softdpu::cpu
