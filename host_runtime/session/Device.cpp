//===- Device.cpp - Something that runs DPU programs -------------------------------------===//

#include "softdpu/host_runtime/Device.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <fmt/ranges.h>

namespace softdpu {
namespace {

constexpr std::array<std::string_view, 4> names{"functional", "systemc", "rtl", "cpu"};

#ifdef SOFTDPU_HAS_SYSTEMC
constexpr bool hasSystemC = true;
#else
constexpr bool hasSystemC = false;
#endif
#ifdef SOFTDPU_HAS_RTL
constexpr bool hasRtl = true;
#else
constexpr bool hasRtl = false;
#endif

} // namespace

std::string_view engineName(EngineKind kind) { return names[size_t(kind)]; }

Expected<EngineKind> parseEngineName(std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    return fail("there is no engine \"{}\"; there are {}", name, fmt::join(names, ", "));
  return EngineKind(found - names.begin());
}

std::vector<EngineKind> availableEngines() {
  std::vector<EngineKind> engines{EngineKind::Functional};
  if (hasSystemC)
    engines.push_back(EngineKind::SystemC);
  if (hasRtl)
    engines.push_back(EngineKind::Rtl);
  engines.push_back(EngineKind::Cpu);
  return engines;
}

Expected<std::unique_ptr<Engine>> createEngine(EngineKind kind, const Arch &arch) {
  const auto missing = [kind](std::string_view option) {
    return fail("this build has no {} engine; configure it with -D{}=ON", engineName(kind), option);
  };
  switch (kind) {
  case EngineKind::Functional:
    return createFunctionalEngine(arch);
  case EngineKind::SystemC:
    if constexpr (hasSystemC)
      return createSystemCEngine(arch);
    else
      return missing("SOFTDPU_SYSTEMC");
  case EngineKind::Rtl:
    if constexpr (hasRtl)
      return createRtlEngine(arch);
    else
      return missing("SOFTDPU_RTL");
  case EngineKind::Cpu:
    break;
  }
  return nullptr;
}

Expected<Device> Device::create(EngineKind kind, const Arch &arch) {
  auto engine = createEngine(kind, arch);
  if (!engine)
    return tl::unexpected(engine.error());
  return Device(kind, arch, std::move(*engine));
}

Expected<Counters> Device::load(const Program &program, const RunOptions &options) {
  if (const auto checked = checkFingerprint(program, architecture); !checked)
    return tl::unexpected(checked.error());
  if (!engine || program.instructions.empty())
    return Counters();
  if (const auto loaded = engine->loadInstructions(program.instructions); !loaded)
    return tl::unexpected(loaded.error());
  const auto result = engine->run(program.loadEntry, program.loadNetIn, program.weights, options);
  if (!result)
    return fail("loading the weights: {}", result.error().message);
  return result->counters;
}

Expected<RunResult> Device::run(uint32_t entryPoint, std::span<const Half> netIn, const RunOptions &options) {
  assert(engine && "a program for the CPU has no regions");
  return engine->run(entryPoint, netIn, {}, options);
}

} // namespace softdpu
