//===- ProgramTree.h - A random program that can be cut ----------------------------------===//

#pragma once

#include "softdpu/simulator/RandomProgram.h"

#include <optional>
#include <vector>

namespace softdpu::random {

/// What NetIn delivers to a chain.
enum class NetInData : uint8_t { Random, Zeros, Ones };

/// How the weights of a matrix load are drawn.
struct WeightStyle {
  uint8_t mantissaBits = 2;
  uint8_t lowExponent = 0, highExponent = 31;
};

/// A chain (its tails), a matrix load, register writes, or a loop with a body.
struct Node {
  uint32_t id = 0; ///< Seeds the data of the node.
  std::vector<Entry> entries;
  NetInData netIn = NetInData::Random;
  WeightStyle weights;

  std::optional<Loop> loop; ///< Then `entries` is empty.
  uint32_t advance = 0;
  std::vector<Node> body;
};

struct Sequence {
  std::vector<Node> nodes;
};

struct RunPlan {
  uint32_t id = 0; ///< Seeds its data, with the nodes.
  unsigned sequence = 0;
  std::array<uint32_t, scalarRegisters> scalars{};
  HostPauses pauses;
};

struct ProgramTree {
  uint64_t seed = 0;
  std::vector<Sequence> sequences;
  std::vector<RunPlan> runs;
};

/// How often a loop runs.
uint64_t tripCount(const Loop &loop, const std::array<uint32_t, scalarRegisters> &scalars);

/// Entries that the chain buffer holds for `node`.
size_t entryCount(const Node &node);

/// Instruction words of all sequences.
size_t instructionCount(const Arch &arch, const ProgramTree &tree);

/// Encodes all sequences and draws the data of all runs.
RandomProgram render(const Arch &arch, const ProgramTree &tree);

} // namespace softdpu::random
