//===- Session.h - Runs a whole program on tensors ---------------------------------------===//

#pragma once

#include "softdpu/host_runtime/Device.h"

#include <map>
#include <string>
#include <vector>

namespace softdpu {

using Tensors = std::map<std::string, Tensor>;

/// Adds up, counter by counter.
Counters &operator+=(Counters &sum, const Counters &more);

/// One region in one run: all sequences of the batch, one after another.
struct RegionStatistics {
  std::string name;
  uint64_t steps = 0;     ///< T: time steps of each sequence.
  uint64_t batch = 0;     ///< Sequences.
  uint64_t saturated = 0; ///< Values that went to the DPU as +/-65504 because float16 has nothing larger.
  Counters counters;      ///< Of all sequences.
  double seconds = 0;     ///< Wall time in the engine.
  double packSeconds = 0; ///< Wall time on the host to make NetIn of tensors and tensors of NetOut.
};

/// One host step in one run.
struct HostStatistics {
  std::string op, node;
  double seconds = 0; ///< Wall time.
};

struct RunStatistics {
  std::vector<RegionStatistics> regions; ///< In order of execution.
  std::vector<HostStatistics> hostSteps; ///< In order of execution.
  double seconds = 0;                    ///< Wall time of the whole run.

  Counters counters() const;    ///< Sum over the regions.
  uint64_t saturated() const;   ///< Sum over the regions.
  double engineSeconds() const; ///< Sum over the regions; the rest of `seconds` is host steps.
};

/// One run of the device for one sequence, complete enough to repeat it on another engine without the host steps.
struct DeviceCall {
  std::string region;
  uint32_t entryPoint = 0;
  std::array<uint32_t, scalarRegisters> scalars{};
  HalfBuffer netIn;
  RunResult result;
};

/// A program on a device, ready to run any number of times. Runs are independent of each other: state goes in and out as tensors.
class Session {
public:
  /// Checks every step (operators exist, names are defined before use, regions are well formed) and loads the program.
  /// \param loadOptions how the load sequence runs: timing only, pauses, observer.
  static Expected<Session> create(Program program, Device device, const RunOptions &loadOptions = {});

  const Program &program() const { return loaded; }
  const Device &device() const { return target; }
  /// Counters of the load sequence.
  const Counters &loadCounters() const { return ofLoading; }

  /// Runs all steps.
  ///
  /// \param inputs one tensor for each input of the signature. Symbolic dimensions ("T") take any size, the same everywhere.
  /// \param options pauses, observer, timing only, cycle limit for each region; scalars are set by the session. With timing only, outputs
  /// have their shapes and no meaning.
  /// \param calls if given, receives what went to the device and what came back, call by call.
  /// \returns one tensor for each output of the signature; or an error that names the tensor, what was found and what was expected.
  Expected<Tensors> run(const Tensors &inputs, const RunOptions &options = {}, std::vector<DeviceCall> *calls = nullptr);

  /// Of the last run() that succeeded.
  const RunStatistics &statistics() const { return ofLastRun; }

private:
  Session(Program program, Device device, const Counters &ofLoading)
      : loaded(std::move(program)), target(std::move(device)), ofLoading(ofLoading) {}

  Program loaded;
  Device target;
  Counters ofLoading;
  RunStatistics ofLastRun;
};

} // namespace softdpu
