//===- ProgramSummary.h - What a program consists of and how much memory it takes --------===//

#pragma once

#include "CommandLine.h"
#include "softdpu/isa/Program.h"

#include <string>
#include <vector>

namespace softdpu::tools {

/// One sequence of instructions: the load sequence or a region.
struct SequenceSummary {
  std::string name;
  uint64_t chains = 0;         ///< Matrix loads not counted.
  uint64_t matrixProducts = 0; ///< Chains with mv_mul.
  uint64_t matrixLoads = 0;
};

/// All chains of one ONNX node.
struct NodeSummary {
  std::string node;
  std::vector<std::string> chains; ///< By the names that the compiler gave them.
  uint64_t instructions = 0;
};

struct ProgramSummary {
  std::vector<SequenceSummary> sequences;                  ///< The load sequence first.
  std::vector<NodeSummary> nodes;                          ///< In program order.
  uint64_t instructions = 0;                               ///< Words, of arch.instructionMemory.
  uint64_t mrfTiles = 0;                                   ///< Slots in each tile engine, of arch.mrfTiles.
  uint64_t initialVrf = 0, addSubVrf = 0, multiplyVrf = 0; ///< Entries up to the highest that a fixed address names.
  uint64_t weightBytes = 0;
  uint64_t hostSteps = 0, regions = 0;
};

/// \returns an error if an instruction sequence does not decode.
Expected<ProgramSummary> summarise(const Program &program);

/// The memory rows that `compile` and `info` print.
std::string memoryText(const Program &program, const ProgramSummary &summary);
Json memoryJson(const Program &program, const ProgramSummary &summary);

} // namespace softdpu::tools
