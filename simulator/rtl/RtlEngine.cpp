//===- RtlEngine.cpp - The Verilated RTL as an engine ------------------------------------===//

#include "BenchEngine.h"
#include "RtlArchs.h"

#include <fmt/ranges.h>
#include <ranges>

namespace softdpu {

Expected<std::unique_ptr<Engine>> createRtlEngine(const Arch &arch) {
  const auto archs = rtlArchs();
  const auto found = std::ranges::find(archs, fingerprint(arch), &RtlArch::fingerprint);
  if (found == archs.end())
    return fail("this build holds no RTL for architecture {}, only for {}; run scripts/build-rtl {}, then use build/rtl-{}/bin/softdpu",
                arch.name, fmt::join(archs | std::views::transform(&RtlArch::name), ", "), arch.name, arch.name);
  return makeBenchEngine("rtl", arch, found->make);
}

} // namespace softdpu
