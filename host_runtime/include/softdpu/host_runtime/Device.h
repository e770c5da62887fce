//===- Device.h - Something that runs DPU programs ---------------------------------------===//
//
// An engine by name, or the CPU alone. A device holds one loaded program: its weights stay in the engine's memories between runs.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"
#include "softdpu/simulator/Engine.h"

#include <memory>
#include <string_view>
#include <vector>

namespace softdpu {

/// `Cpu` is no engine: it runs programs whose every step was placed on the host.
enum class EngineKind : uint8_t { Functional, SystemC, Rtl, Cpu };

/// "functional", "systemc", "rtl", "cpu"
std::string_view engineName(EngineKind kind);
/// The error lists the names.
Expected<EngineKind> parseEngineName(std::string_view name);
/// What this build has, in the order of EngineKind.
std::vector<EngineKind> availableEngines();
/// Whether the engine counts cycles.
inline bool hasCycles(EngineKind kind) { return kind == EngineKind::SystemC || kind == EngineKind::Rtl; }

/// \returns a bare engine; null for Cpu; or an error if this build lacks the engine, or RTL for `arch`.
Expected<std::unique_ptr<Engine>> createEngine(EngineKind kind, const Arch &arch);

class Device {
public:
  /// Errors as createEngine().
  static Expected<Device> create(EngineKind kind, const Arch &arch);
  /// \param engine what to run on; null for Cpu.
  Device(EngineKind kind, const Arch &arch, std::unique_ptr<Engine> engine)
      : engineKind(kind), architecture(arch), engine(std::move(engine)) {}

  EngineKind kind() const { return engineKind; }
  const Arch &arch() const { return architecture; }

  /// Checks that `program` was compiled for this architecture, loads its instructions and runs its load sequence (nothing on Cpu).
  /// \param options as for run(); scalars are not used. \returns the counters of the load sequence.
  Expected<Counters> load(const Program &program, const RunOptions &options = {});

  /// Runs the loaded program from `entryPoint`. Must not be called on Cpu, or before load().
  Expected<RunResult> run(uint32_t entryPoint, std::span<const Half> netIn, const RunOptions &options);

private:
  EngineKind engineKind;
  Arch architecture;
  std::unique_ptr<Engine> engine; ///< Null on Cpu.
};

} // namespace softdpu
