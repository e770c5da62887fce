//===- RandomProgram.h - Valid random programs, and small failing ones -------------------===//
//
// For comparing engines. A program is a pure function of (architecture, seed, limits): the same on every machine and compiler. Operations,
// operands and their ranges come from the tables generated from isa/dpu.td. Every program is valid: the functional engine runs it
// without an error. It reuses few addresses, so that hazards occur at all distances.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/simulator/Engine.h"

#include <functional>
#include <string>
#include <vector>

namespace softdpu {

/// One call of Engine::run.
struct RandomRun {
  uint32_t entryPoint = 0;
  HalfBuffer netIn;
  std::vector<std::byte> weights;
  std::array<uint32_t, scalarRegisters> scalars{};
  HostPauses pauses;

  /// Scalars and pauses as options; observer and cycle limit are the caller's.
  RunOptions options() const {
    RunOptions result;
    result.scalars = scalars;
    result.pauses = pauses;
    return result;
  }
};

struct RandomProgram {
  uint64_t seed = 0;
  std::vector<uint64_t> words;
  std::vector<RandomRun> runs; ///< One after another on one device: the first loads matrices and vectors, others use them.
};

/// How large a program may get. The defaults take about ten thousand cycles.
struct RandomLimits {
  unsigned items = 24;   ///< Chains, loops, register writes and matrix loads in the main sequence, nested ones included.
  unsigned beats = 500;  ///< Executed, of all runs; roughly.
  unsigned tiles = 24;   ///< Native tiles loaded, of all runs; roughly.
  unsigned passes = 300; ///< Executed, of all runs; roughly.
};

/// \param arch validated. \returns an error if not even a minimal program fits the instruction memory of `arch`.
Expected<RandomProgram> generateRandomProgram(const Arch &arch, uint64_t seed, const RandomLimits &limits = {});

/// The command that generates and compares this one program: "softdpu verify --random 1 --seed 17 --arch tiny".
std::string replayCommand(const Arch &arch, uint64_t seed);

/// Makes a failing program small: drops runs, items, loops, tails, operations and writes as long as it stays valid and fails.
///
/// \param stillFails called with each valid candidate; true for the program of `seed` itself.
/// \param attempts bounds the calls of `stillFails`.
/// \returns the smallest program found; at worst that of `seed`.
Expected<RandomProgram> shrinkRandomProgram(const Arch &arch, uint64_t seed, const std::function<bool(const RandomProgram &)> &stillFails,
                                            const RandomLimits &limits = {}, unsigned attempts = 2000);

} // namespace softdpu
