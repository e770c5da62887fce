//===- Threads.h - How many threads host operators may use -------------------------------===//

#pragma once

namespace softdpu {

/// Threads that large matrix products may use if they are called from this thread; at first, one for each processor.
int hostThreads();
/// \param count at least 1. More threads are no faster where other programs keep the processors busy.
void setHostThreads(int count);

} // namespace softdpu
