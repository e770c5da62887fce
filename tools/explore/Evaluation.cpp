//===- Evaluation.cpp - What one architecture makes of the models ------------------------===//

#include "explore/Evaluation.h"

#include "CommandLine.h"
#include "ProgramSummary.h"
#include "softdpu/host_runtime/Device.h"

#include <cmath>

namespace softdpu::tools {
namespace {

/// NetIn of a region that runs `steps` steps, in native vectors (DpuRegion says what comes when).
uint64_t netInVectors(const DpuRegion &region, uint64_t steps, unsigned nativeDim) {
  uint64_t vectors = 0;
  const auto add = [&](const std::vector<RegionPort> &ports, uint64_t times) {
    for (const RegionPort &port : ports)
      vectors += times * ((port.features + nativeDim - 1) / nativeDim);
  };
  add(region.stateInputs, 1);
  add(region.sequenceInputs, steps);
  return vectors;
}

/// Cycles of all regions. Timing depends on no value, so nothing is loaded, and every input is zero.
Expected<uint64_t> simulateRegions(const Program &program, uint64_t steps) {
  auto engine = createEngine(EngineKind::SystemC, program.arch);
  if (!engine)
    return tl::unexpected(engine.error());
  if (const auto loaded = (*engine)->loadInstructions(program.instructions); !loaded)
    return tl::unexpected(loaded.error());
  RunOptions options;
  options.timingOnly = true;
  options.scalars[0] = uint32_t(steps);
  uint64_t cycles = 0;
  for (const Step &step : program.steps) {
    const auto *region = std::get_if<DpuRegion>(&step);
    if (!region)
      continue;
    const HalfBuffer zeros(netInVectors(*region, steps, program.arch.nativeDim) * program.arch.nativeDim);
    const auto result = (*engine)->run(region->entryPoint, zeros, {}, options);
    if (!result)
      return fail("region \"{}\": {}", region->name, result.error().message);
    cycles += result->counters.cycles;
  }
  if (cycles == 0)
    return fail("nothing of it runs on the DPU");
  return cycles;
}

Expected<void> addWorkload(Evaluation &evaluation, const Arch &arch, const Workload &workload, const std::string &format) {
  const auto program = compileForTiming(workload.model, arch, format);
  if (!program)
    return tl::unexpected(program.error());
  const auto summary = summarise(*program);
  if (!summary)
    return fail("{}: {}", workload.model.name, summary.error().message);
  const auto cycles = simulateRegions(*program, workload.steps);
  if (!cycles)
    return fail("{}: {}", workload.model.name, cycles.error().message);
  evaluation.cycles.push_back(*cycles);
  evaluation.arch.mrfTiles = std::max(evaluation.arch.mrfTiles, unsigned(summary->mrfTiles));
  return {};
}

} // namespace

double Evaluation::latency() const {
  double sum = 0;
  for (size_t i = 0; i < cycles.size(); ++i)
    sum += std::log(milliseconds(i));
  return std::exp(sum / double(cycles.size()));
}

Evaluation evaluate(const Arch &arch, std::span<const Workload> workloads, const std::string &format) {
  constexpr unsigned fewestMrfTiles = 2; // What an Arch may have.
  Evaluation evaluation{.arch = arch, .isBase = false, .cycles = {}, .area = {}, .error = {}};
  evaluation.arch.mrfTiles = fewestMrfTiles;
  for (const Workload &workload : workloads)
    if (const auto added = addWorkload(evaluation, arch, workload, format); !added) {
      evaluation.error = added.error().message;
      break;
    }
  return evaluation;
}

Evaluation failedEvaluation(const Arch &arch, std::string error) {
  return {.arch = arch, .isBase = false, .cycles = {}, .area = {}, .error = std::move(error)};
}

std::string packEvaluation(const Evaluation &evaluation) {
  const Json json{{"error", evaluation.error}, {"mrf_tiles", evaluation.arch.mrfTiles}, {"cycles", evaluation.cycles}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Evaluation unpackEvaluation(const Arch &arch, const std::string &text) {
  const Json json = Json::parse(text);
  Evaluation evaluation{.arch = arch, .isBase = false, .cycles = json.at("cycles"), .area = {}, .error = json.at("error")};
  evaluation.arch.mrfTiles = json.at("mrf_tiles");
  if (evaluation.arch.packedLanes == 0)
    evaluation.arch.packedLanes = packedLanesFor(evaluation.arch, stratix10Gx2800());
  evaluation.area = estimateArea(evaluation.arch);
  return evaluation;
}

} // namespace softdpu::tools
