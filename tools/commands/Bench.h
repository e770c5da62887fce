//===- Bench.h - What the suites of softdpu bench have in common -------------------------===//

#pragma once

#include "Commands.h"
#include "Models.h"
#include "softdpu/host_runtime/Device.h"

#include <optional>

namespace softdpu::tools {

struct BenchSettings {
  std::string suite, engine = "systemc";
  CompileSettings compile;
  std::vector<std::string> points;
  std::vector<unsigned> hidden; ///< DeepBench alone.
  std::optional<uint32_t> steps;
  uint32_t scale = 1;  ///< The zoo alone.
  unsigned repeat = 5; ///< The zoo alone.
  bool timingOnly = false;
  uint64_t seed = 1;
};

/// \param engine one that counts cycles.
Expected<Outcome> benchDeepBench(const BenchSettings &settings, const Arch &arch, EngineKind engine);
Expected<Outcome> benchZoo(const BenchSettings &settings, const Arch &arch, EngineKind engine);

} // namespace softdpu::tools
