//===- TestSupport.h - What several tests of isa use ---------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/isa/Chain.h"

#include <cstdlib>

namespace softdpu::test {

/// A shipped architecture; ends the test program if it does not load.
inline Arch archOf(std::string_view name) {
  auto arch = loadArch(name);
  if (!arch) {
    fmt::print(stderr, "{}\n", arch.error().message);
    std::abort();
  }
  return *arch;
}

/// Likewise for assembly.
inline std::vector<uint64_t> wordsOf(std::string_view text) {
  auto words = assemble(text, "test");
  if (!words) {
    fmt::print(stderr, "{}\n", words.error().message);
    std::abort();
  }
  return *words;
}

} // namespace softdpu::test
