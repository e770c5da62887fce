//===- Engine.h - One interface for all ways to run a DPU program ------------------------===//
//
// functional, systemc and rtl implement Engine. The contract: identical NetOut vectors from all three, identical cycles and counters
// from systemc and rtl.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"
#include "softdpu/numerics/Half.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

/// One native vector or several in a row: a multiple of nativeDim values.
using HalfBuffer = std::vector<Half>;

/// Equal in systemc and rtl; see docs/microarchitecture.md, "Counters". The functional engine
/// counts what does not depend on time: loaderBusy, mvmBusy, beatBusy and sequencerEntries.
struct Counters {
  uint64_t cycles = 0;
  uint64_t loaderBusy = 0, loaderStallBuffer = 0, loaderStallNetIn = 0, loaderStallRaw = 0;
  uint64_t mvmBusy = 0, mvmStallColumns = 0, mvmStallAccumulator = 0;
  uint64_t beatBusy = 0, beatStallMvm = 0, beatStallBypass = 0, beatStallRaw = 0, beatStallNetOut = 0;
  uint64_t sequencerEntries = 0, sequencerStallDecode = 0, sequencerStallQueue = 0, sequencerStallIdle = 0;
  bool operator==(const Counters &) const = default;
};

/// Every counter, in the order of the device's registers.
inline constexpr std::array counterFields = {
    &Counters::cycles,
    &Counters::loaderBusy,
    &Counters::loaderStallBuffer,
    &Counters::loaderStallNetIn,
    &Counters::loaderStallRaw,
    &Counters::mvmBusy,
    &Counters::mvmStallColumns,
    &Counters::mvmStallAccumulator,
    &Counters::beatBusy,
    &Counters::beatStallMvm,
    &Counters::beatStallBypass,
    &Counters::beatStallRaw,
    &Counters::beatStallNetOut,
    &Counters::sequencerEntries,
    &Counters::sequencerStallDecode,
    &Counters::sequencerStallQueue,
    &Counters::sequencerStallIdle,
};
static_assert(sizeof(Counters) == counterFields.size() * sizeof(uint64_t));

/// What happened, for traces and for finding the first divergence. All engines emit the same Beat events in the same order; systemc and
/// rtl emit all events with the same cycles.
struct Event {
  enum class Kind : uint8_t { Load, Pass, Beat, WriteBack } kind;
  uint64_t cycle; ///< 0 in the functional engine.
  uint32_t pc;    ///< Word index of the tail (Beat, WriteBack) or of the chain's v_rd (Load, Pass).
  uint32_t index; ///< Load: vector; Pass: pass number; Beat, WriteBack: row of the tail.
  bool operator==(const Event &) const = default;
};

/// Receives events while a program runs. Values are only delivered with WriteBack: `result` always, `tap` equal to the vector at the input
/// of the last MFU (empty span if the tail has no tap).
class Observer {
public:
  virtual ~Observer() = default;
  virtual void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) = 0;
};

/// Deterministic pauses of the host side, to exercise back-pressure: in cycle c the host pauses if hash(seed, c) % 256 < rate.
struct HostPauses {
  uint32_t seed = 0;
  uint8_t netInRate = 0, netOutRate = 0, weightRate = 0;
  /// \param rate pauses per 256 cycles. \param stream 0: NetIn, 1: NetOut, 2: weights.
  static bool pauses(uint32_t seed, uint64_t cycle, uint8_t rate, unsigned stream) {
    uint64_t hash = cycle * 0x9E3779B97F4A7C15u ^ (uint64_t(seed) << 32 | uint64_t(stream) * 0x632BE5ABu);
    hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
    hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
    return (hash ^ hash >> 31) % 256 < rate;
  }
};

struct RunOptions {
  std::array<uint32_t, scalarRegisters> scalars{};
  HostPauses pauses;
  Observer *observer = nullptr;
  bool timingOnly = false; ///< systemc: counters and events without values; data is not moved, NetOut stays empty, MRF and VRFs unchanged.
  std::string waves;       ///< rtl: the FST file that records the signals; runs one after another with the same file share it. Empty: none.
  uint64_t cycleLimit = 1'000'000'000; ///< A run that exceeds it, or can no longer progress, is an error with the state of each unit.
};

struct RunResult {
  HalfBuffer netOut;
  Counters counters;
};

/// A device with state: MRF and VRFs keep their contents between runs.
class Engine {
public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0; ///< "functional", "systemc" or "rtl"
  virtual const Arch &arch() const = 0;

  /// Replaces the instruction memory. Does not touch MRF or VRFs.
  virtual Expected<void> loadInstructions(std::span<const uint64_t> words) = 0;

  /// Runs from `entryPoint` to `halt`: takes NetIn vectors from `netIn` and weight-stream beats from `weights`.
  /// Errors: invalid program; NetIn or weights left over or too short; functional: read of what was never written, address out of range;
  /// cycle limit.
  /// \param netIn a multiple of nativeDim values. \param weights packed beats, see WeightStream.h.
  virtual Expected<RunResult> run(uint32_t entryPoint, std::span<const Half> netIn, std::span<const std::byte> weights,
                                  const RunOptions &options) = 0;
};

/// \returns the golden engine.
std::unique_ptr<Engine> createFunctionalEngine(const Arch &arch);
/// \returns the cycle-accurate SystemC model.
std::unique_ptr<Engine> createSystemCEngine(const Arch &arch);
/// \returns the Verilated RTL, or an error listing the architectures that this build holds RTL for.
Expected<std::unique_ptr<Engine>> createRtlEngine(const Arch &arch);

} // namespace softdpu
