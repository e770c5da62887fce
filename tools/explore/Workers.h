//===- Workers.h - The same work on many items, in processes -----------------------------===//
//
// Only one engine at a time is inside SystemC in a process, so that cycle models run at once in processes of their own only.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace softdpu::tools {

/// Calls `work(0)` .. `work(items - 1)` in up to `processes` forked processes, each item in one of them, and returns the results in order
/// of items. An item whose process ends early (killed, out of memory) has the error that says so; the others go on in a new process.
///
/// Must be called before this process has started a thread or touched SystemC: the children inherit neither safely.
/// \param finished told after each item how many are done.
Expected<std::vector<Expected<std::string>>> mapInProcesses(size_t items, size_t processes, const std::function<std::string(size_t)> &work,
                                                            const std::function<void(size_t)> &finished);

/// Processors that this process may use, at least 1.
size_t availableProcessors();

} // namespace softdpu::tools
