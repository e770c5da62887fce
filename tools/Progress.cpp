//===- Progress.cpp - What is going on, for someone who waits ----------------------------===//

#include "Progress.h"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace softdpu::tools {

Progress::Progress() : Progress(isatty(STDERR_FILENO) != 0) {}
Progress::~Progress() { show(""); }

void Progress::stage(const std::string &text) {
  show(text);
  last = std::chrono::steady_clock::now();
}

void Progress::count(const std::string &text, uint64_t done, uint64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last < std::chrono::milliseconds(100))
    return;
  last = now;
  show(fmt::format("{} {}/{}", text, done, total));
}

void Progress::show(const std::string &text) {
  if (!enabled)
    return;
  fmt::print(stderr, "\r\x1b[K{}", text); // Return, and erase the line.
  std::fflush(stderr);
}

} // namespace softdpu::tools
