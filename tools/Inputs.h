//===- Inputs.h - Input tensors from files, or seeded random ones ------------------------===//

#pragma once

#include "softdpu/host_runtime/Session.h"

#include <optional>
#include <string>
#include <vector>

namespace softdpu::tools {

/// What to do about inputs that no file gives.
enum class Missing : uint8_t { Leave, Zero, Random };

/// How inputs are to be made, as the command line gives it.
struct InputSettings {
  std::vector<std::string> files;      ///< [NAME=]FILE
  std::vector<std::string> dimensions; ///< NAME=SIZE
  std::optional<uint64_t> steps;       ///< Time steps: a size for generated inputs, a limit for those from files.
  uint64_t seed = 1;
  Missing missing = Missing::Leave;
  Tensors given = {}; ///< Inputs that are in memory already; files add to them.
};

/// Time steps of generated inputs if nothing says how many.
constexpr uint64_t defaultSteps = 64;

/// Makes the inputs of `program`.
///
/// A file without NAME gives the inputs that it names (.npz, .pb), or else the only input that is still missing. `steps` cuts inputs from
/// files to their first time steps. Generated inputs: floats from -1 to 1; integers that look up rows of a constant table (Gather), in the
/// table's range; other integers 0. The time dimension has `steps`, other symbolic ones 1, unless files or `dimensions` say otherwise.
Expected<Tensors> makeInputs(const Program &program, const InputSettings &settings);

/// The symbol of the time dimension: the first symbolic dimension of the first input that has one; "" if all sizes are fixed.
std::string timeSymbol(const Program &program);

} // namespace softdpu::tools
