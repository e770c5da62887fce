//===- RandomProgram.cpp -----------------------------------------------------------------===//

#include "softdpu/simulator/RandomProgram.h"
#include "Generator.h"

namespace softdpu {

Expected<RandomProgram> generateRandomProgram(const Arch &arch, uint64_t seed, const RandomLimits &limits) {
  auto tree = random::generateFittingTree(arch, seed, limits);
  if (!tree)
    return tl::unexpected(tree.error());
  return random::render(arch, *tree);
}

std::string replayCommand(const Arch &arch, uint64_t seed) {
  return fmt::format("softdpu verify --random 1 --seed {} --arch {}", seed, arch.name);
}

} // namespace softdpu
