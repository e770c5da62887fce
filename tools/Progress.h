//===- Progress.h - What is going on, for someone who waits ------------------------------===//

#pragma once

#include <chrono>
#include <string>

namespace softdpu::tools {

/// One line on stderr that is rewritten and, in the end, erased. Silent unless stderr is a terminal.
class Progress {
public:
  Progress();
  /// \param enabled false for work that is itself one step of something that shows its progress.
  explicit Progress(bool enabled) : enabled(enabled) {}
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Shows `text` at once.
  void stage(const std::string &text);
  /// Shows "text 12/400" if the last update is a while ago.
  void count(const std::string &text, uint64_t done, uint64_t total);

private:
  void show(const std::string &text);

  bool enabled;
  std::chrono::steady_clock::time_point last;
};

} // namespace softdpu::tools
