//===- ProgramSummary.cpp - What a program consists of and how much memory it takes ------===//

#include "ProgramSummary.h"

#include "Text.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>

namespace softdpu::tools {
namespace {

/// Highest entry of `rows` entries from a fixed address on; addresses with a register do not count.
void raise(uint64_t &highest, const Address &address, uint64_t rows) {
  if (!address.reg)
    highest = std::max<uint64_t>(highest, address.immediate + rows);
}

class Summariser {
public:
  explicit Summariser(const Program &program) : program(program) {}

  Expected<ProgramSummary> run() {
    summary.instructions = program.instructions.size();
    summary.weightBytes = program.weights.size();
    if (!program.instructions.empty())
      if (const auto added = addSequence("load", program.loadEntry); !added)
        return tl::unexpected(added.error());
    for (const Step &step : program.steps) {
      const auto *region = std::get_if<DpuRegion>(&step);
      ++(region ? summary.regions : summary.hostSteps);
      if (!region)
        continue;
      if (const auto added = addSequence(region->name, region->entryPoint); !added)
        return tl::unexpected(added.error());
    }
    for (const DebugRange &range : program.debug)
      addRange(range);
    return std::move(summary);
  }

private:
  Expected<void> addSequence(const std::string &name, uint32_t entryPoint) {
    const auto decoded = decodeProgram(program.instructions, entryPoint, program.arch);
    if (!decoded)
      return fail("\"{}\": {}", name, decoded.error().message);
    SequenceSummary sequence;
    sequence.name = name;
    for (const Entry &entry : decoded->entries) {
      if (const auto *tail = std::get_if<Tail>(&entry)) {
        sequence.chains += tail->head.has_value();
        sequence.matrixProducts += tail->head && tail->head->mvMul;
        addMemories(*tail);
      } else if (const auto *load = std::get_if<MatrixLoad>(&entry)) {
        ++sequence.matrixLoads;
        summary.mrfTiles =
            std::max<uint64_t>(summary.mrfTiles, load->matrix + matrixSlots(program.arch, load->rows, load->cols, load->group));
      }
    }
    summary.sequences.push_back(std::move(sequence));
    return {};
  }

  void addMemories(const Tail &tail) {
    if (tail.head && tail.head->source == Source::InitialVrf)
      raise(summary.initialVrf, tail.head->address, tail.head->mvMul ? tail.head->cols : tail.head->rows);
    if (tail.initial)
      raise(summary.initialVrf, tail.initial->address, tail.rows);
    for (size_t k = 0; k < maxMfus; ++k) {
      if (tail.mfus[k].add != AddOp::None)
        raise(summary.addSubVrf, tail.mfus[k].addOperand, tail.rows);
      if (tail.mfus[k].multiply)
        raise(summary.multiplyVrf, tail.mfus[k].multiplyOperand, tail.rows);
      if (tail.addSub[k])
        raise(summary.addSubVrf, tail.addSub[k]->address, tail.rows);
      if (tail.multiply[k])
        raise(summary.multiplyVrf, tail.multiply[k]->address, tail.rows);
    }
  }

  void addRange(const DebugRange &range) {
    auto node = std::ranges::find(summary.nodes, range.node, &NodeSummary::node);
    if (node == summary.nodes.end()) {
      summary.nodes.push_back({range.node, {}, 0});
      node = summary.nodes.end() - 1;
    }
    node->instructions += range.end - range.begin;
    if (std::ranges::find(node->chains, range.chain) == node->chains.end())
      node->chains.push_back(range.chain);
  }

  const Program &program;
  ProgramSummary summary;
};

struct MemoryRow {
  std::string name, key;
  uint64_t used, available;
};

std::vector<MemoryRow> memoryRows(const Program &program, const ProgramSummary &summary) {
  const Arch &arch = program.arch;
  return {{"matrix memory (MRF), tiles per engine", "mrf_tiles", summary.mrfTiles, arch.mrfTiles},
          {"instruction memory, words", "instructions", summary.instructions, arch.instructionMemory},
          {"InitialVrf, native vectors", "initial_vrf", summary.initialVrf, arch.initialVrf},
          {"AddSubVrf, native vectors", "addsub_vrf", summary.addSubVrf, arch.addSubVrf},
          {"MultiplyVrf, native vectors", "multiply_vrf", summary.multiplyVrf, arch.multiplyVrf}};
}

} // namespace

Expected<ProgramSummary> summarise(const Program &program) { return Summariser(program).run(); }

std::string memoryText(const Program &program, const ProgramSummary &summary) {
  Table table({"memory", ">used", ">of", ">"});
  for (const MemoryRow &row : memoryRows(program, summary))
    table.add({row.name, grouped(row.used), grouped(row.available),
               fmt::format("{:.1f} %", row.available ? 100.0 * double(row.used) / double(row.available) : 0.0)});
  return table.str();
}

Json memoryJson(const Program &program, const ProgramSummary &summary) {
  Json json = Json::object();
  for (const MemoryRow &row : memoryRows(program, summary))
    json[row.key] = {{"used", row.used}, {"available", row.available}};
  json["weight_bytes"] = summary.weightBytes;
  return json;
}

} // namespace softdpu::tools
