//===- DeepBench.cpp - Runs one recurrent layer and checks its outputs -------------------===//

#include "DeepBench.h"

#include "Inputs.h"

#include <array>
#include <chrono>
#include <fmt/format.h>
#include <future>

namespace softdpu::tools {
namespace {

/// A run on one engine.
struct EngineRun {
  Counters load;
  RunStatistics statistics;
  std::vector<DeviceCall> calls;
};

Expected<EngineRun> runOn(EngineKind kind, const EngineFactory &makeEngine, Program program, const Tensors &inputs,
                          const RunOptions &options) {
  auto engine = makeEngine(kind, program.arch);
  if (!engine)
    return tl::unexpected(engine.error());
  Device device(kind, program.arch, std::move(*engine));
  auto session = Session::create(std::move(program), std::move(device), options);
  if (!session)
    return tl::unexpected(session.error());
  EngineRun run;
  run.load = session->loadCounters();
  if (const auto outputs = session->run(inputs, options, &run.calls); !outputs)
    return tl::unexpected(outputs.error());
  run.statistics = session->statistics();
  return run;
}

/// Compares NetOut of the only call of either run.
void compare(const EngineRun &expected, const EngineRun &found, uint32_t steps, LayerResult &result) {
  const HalfBuffer &a = expected.calls.at(0).result.netOut, &b = found.calls.at(0).result.netOut;
  const size_t perStep = std::max<size_t>(1, a.size() / steps);
  result.valuesCompared = std::max(a.size(), b.size());
  result.mismatchedValues = result.valuesCompared - std::min(a.size(), b.size());
  if (result.mismatchedValues > 0)
    result.firstMismatch = fmt::format("expected {} values, found {}", a.size(), b.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i] == b[i])
      continue;
    ++result.mismatchedValues;
    if (result.firstMismatch.empty())
      result.firstMismatch =
          fmt::format("step {}, element {}: expected {}, found {}", i / perStep, i % perStep, halfToFloat(a[i]), halfToFloat(b[i]));
  }
}

const DpuRegion *onlyRegion(const Program &program) {
  const DpuRegion *only = nullptr;
  for (const Step &step : program.steps)
    if (const auto *region = std::get_if<DpuRegion>(&step)) {
      if (only)
        return nullptr;
      only = region;
    }
  return only;
}

} // namespace

Expected<LayerRun> runLayer(const deepbench::Layer &layer, uint32_t steps, const LayerSettings &settings, Progress &progress) {
  const std::string name = layerName(layer);
  progress.stage(name + ": compiling");
  const auto start = std::chrono::steady_clock::now();
  auto program = compileLayer(layer, settings.seed, settings.compile);
  if (!program)
    return LayerRun{std::nullopt, program.error().message};
  LayerResult result;
  result.compileSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const DpuRegion *region = onlyRegion(*program);
  if (!region)
    return fail("{}: the layer did not become one region on the DPU", name);
  const auto bounds = dataflowBounds(*program, *region, steps);
  if (!bounds)
    return tl::unexpected(bounds.error());
  result.bounds = *bounds;
  const auto inputs =
      makeInputs(*program, {.files = {}, .dimensions = {}, .steps = steps, .seed = settings.seed, .missing = Missing::Random});
  if (!inputs)
    return tl::unexpected(inputs.error());

  progress.stage(fmt::format("{}: {}, {} steps", name, engineName(settings.engine), steps));
  std::future<Expected<EngineRun>> reference;
  if (!settings.timingOnly)
    reference = std::async(std::launch::async, [&] { return runOn(EngineKind::Functional, settings.makeEngine, *program, *inputs, {}); });
  RunOptions options;
  options.timingOnly = settings.timingOnly;
  const auto run = runOn(settings.engine, settings.makeEngine, *program, *inputs, options);
  const auto expected = reference.valid() ? std::optional(reference.get()) : std::nullopt;
  if (!run)
    return fail("{}: {}", name, run.error().message);
  result.counters = run->statistics.counters();
  result.loadCycles = run->load.cycles;
  result.engineSeconds = run->statistics.engineSeconds();
  if (expected) {
    if (!*expected)
      return fail("{}: functional: {}", name, expected->error().message);
    compare(**expected, *run, steps, result);
    if (result.mismatchedValues > 0) {
      const std::array kinds{EngineKind::Functional, settings.engine};
      const auto located = compareEngines(stimulusOf(*program, (*expected)->calls), kinds, false, progress, settings.makeEngine);
      if (!located)
        return fail("{}: {}", name, located.error().message);
      result.divergence = located->divergence;
    }
  }
  return LayerRun{std::move(result), ""};
}

} // namespace softdpu::tools
