//===- Generator.h - Random programs from a seed -----------------------------------------===//

#pragma once

#include "ProgramTree.h"

namespace softdpu::random {

/// A valid program that fits the instruction memory: with fewer items than `limits` allows if need be.
/// \returns an error if not even a program without items fits.
Expected<ProgramTree> generateFittingTree(const Arch &arch, uint64_t seed, const RandomLimits &limits);

} // namespace softdpu::random
