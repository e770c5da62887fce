//===- Threads.cpp - How many threads host operators may use -----------------------------===//

#include "softdpu/host_runtime/Threads.h"

// Of libgomp, which oneDNN runs its threads on. Debian's clang comes without omp.h.
extern "C" {
int omp_get_max_threads();
void omp_set_num_threads(int count);
}

namespace softdpu {

int hostThreads() { return omp_get_max_threads(); }

void setHostThreads(int count) { omp_set_num_threads(count); }

} // namespace softdpu
