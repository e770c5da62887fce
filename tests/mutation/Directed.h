//===- Directed.h - Programs that exercise one unit after another ------------------------===//

#pragma once

#include "softdpu/simulator/RandomProgram.h"

#include <string>
#include <vector>

namespace softdpu::mutation {

/// What all engines run.
struct Work {
  std::string name; ///< Says how to run it again.
  std::vector<uint64_t> words;
  std::vector<RandomRun> runs;
};

/// From simple to complex: copying, one operation at a time, one mapping of a matrix at a time, reads at every distance behind a write.
/// What an earlier program covers a later one may use, so that the first failure accuses few units.
Expected<std::vector<Work>> directedPrograms(const Arch &arch);

} // namespace softdpu::mutation
