//===- Zoo.cpp - Runs a model of the zoo on DPU and CPU, and takes the time --------------===//

#include "Zoo.h"

#include "Inputs.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/host_runtime/Threads.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

namespace softdpu::tools {
namespace {

/// The same run, several times.
struct Runs {
  Counters load;
  Tensors outputs;               ///< Of the first.
  std::vector<DeviceCall> calls; ///< Of the first.
  RunStatistics fastest;         ///< By the time on the host.
};

double hostSecondsOf(const RunStatistics &statistics) {
  double seconds = 0;
  for (const HostStatistics &step : statistics.hostSteps)
    seconds += step.seconds;
  for (const RegionStatistics &region : statistics.regions)
    seconds += region.packSeconds;
  return seconds;
}

Expected<Session> sessionOn(EngineKind kind, const Program &program, const RunOptions &options) {
  auto device = Device::create(kind, program.arch);
  if (!device)
    return tl::unexpected(device.error());
  return Session::create(program, std::move(*device), options);
}

Expected<Runs> runOnce(EngineKind kind, const Program &program, const Tensors &inputs, const RunOptions &options) {
  auto session = sessionOn(kind, program, options);
  if (!session)
    return tl::unexpected(session.error());
  Runs runs;
  runs.load = session->loadCounters();
  auto outputs = session->run(inputs, options, &runs.calls);
  if (!outputs)
    return tl::unexpected(outputs.error());
  runs.outputs = std::move(*outputs);
  runs.fastest = session->statistics();
  return runs;
}

/// One thread may well be faster than all: models are small. Whatever else runs on the machine only ever adds time, so the fastest run
/// counts; the first, which finds nothing in the caches, does not.
Expected<Runs> runOften(EngineKind kind, const Program &program, const Tensors &inputs, unsigned repeat) {
  auto session = sessionOn(kind, program, {});
  if (!session)
    return tl::unexpected(session.error());
  Runs runs;
  auto outputs = session->run(inputs, {}, &runs.calls);
  if (!outputs)
    return tl::unexpected(outputs.error());
  runs.outputs = std::move(*outputs);
  const int all = hostThreads();
  std::optional<double> least;
  for (const int threads : {1, all}) {
    setHostThreads(threads);
    for (unsigned i = 0; i < repeat; ++i) {
      if (const auto again = session->run(inputs); !again)
        return tl::unexpected(again.error());
      const double seconds = hostSecondsOf(session->statistics());
      if (least && *least <= seconds)
        continue;
      least = seconds;
      runs.fastest = session->statistics();
    }
  }
  setHostThreads(all);
  return runs;
}

/// The nodes whose chains stand in the sequence of `region`.
std::vector<std::string> nodesOf(const Program &program, const DpuRegion &region) {
  uint32_t end = uint32_t(program.instructions.size());
  for (const Step &step : program.steps)
    if (const auto *other = std::get_if<DpuRegion>(&step); other && other->entryPoint > region.entryPoint)
      end = std::min(end, other->entryPoint);
  std::vector<std::string> nodes;
  for (const DebugRange &range : program.debug)
    if (range.begin >= region.entryPoint && range.begin < end && !range.node.empty() && !std::ranges::count(nodes, range.node))
      nodes.push_back(range.node);
  return nodes;
}

std::vector<ZooHostOperator> byOperator(std::span<const HostStatistics> steps) {
  std::vector<ZooHostOperator> operators;
  for (const HostStatistics &step : steps) {
    auto own = std::ranges::find(operators, step.op, &ZooHostOperator::op);
    if (own == operators.end())
      own = operators.insert(own, {step.op});
    ++own->count;
    own->seconds += step.seconds;
  }
  std::ranges::sort(operators, std::greater(), &ZooHostOperator::seconds);
  return operators;
}

void compare(const Runs &expected, const Runs &found, ZooResult &result) {
  for (size_t call = 0; call < expected.calls.size(); ++call) {
    const HalfBuffer &a = expected.calls[call].result.netOut, &b = found.calls.at(call).result.netOut;
    result.valuesCompared += std::max(a.size(), b.size());
    result.mismatchedValues += std::max(a.size(), b.size()) - std::min(a.size(), b.size());
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      result.mismatchedValues += !(a[i] == b[i]);
  }
}

double largestError(const Tensors &found, const Tensors &reference) {
  double largest = 0;
  for (const auto &[name, tensor] : reference) {
    if (tensor.type != ElementType::Float32)
      continue;
    const auto a = values<float>(tensor), b = values<float>(found.at(name));
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
  }
  return largest;
}

} // namespace

uint64_t ZooResult::cycles() const {
  uint64_t sum = 0;
  for (const ZooRegion &region : regions)
    sum += region.statistics.counters.cycles;
  return sum;
}

Expected<ZooRun> runZoo(const zoo::Entry &entry, const ZooSettings &settings, Progress &progress) {
  const std::string name(entry.name);
  progress.stage(name + ": compiling");
  const auto start = std::chrono::steady_clock::now();
  const auto program = compileZoo(entry, settings.seed, settings.scale, settings.maxSteps, settings.compile);
  if (!program)
    return ZooRun{std::nullopt, program.error().message};
  ZooResult result;
  result.compileSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CompileSettings onCpu = settings.compile;
  onCpu.placement = {"*=cpu"};
  const auto reference = compileZoo(entry, settings.seed, settings.scale, settings.maxSteps, onCpu);
  if (!reference)
    return fail("{}: {}", name, reference.error().message);

  InputSettings inputSettings{.files = {}, .dimensions = {}, .steps = {}, .seed = settings.seed, .missing = Missing::Random};
  for (const auto &[symbol, size] : zoo::lengthsOf(entry, settings.maxSteps))
    inputSettings.dimensions.push_back(fmt::format("{}={}", symbol, size));
  const auto inputs = makeInputs(*program, inputSettings);
  if (!inputs)
    return tl::unexpected(inputs.error());

  progress.stage(name + ": float32 on the CPU");
  const auto cpu = runOften(EngineKind::Cpu, *reference, *inputs, settings.repeat);
  if (!cpu)
    return fail("{}: cpu: {}", name, cpu.error().message);
  progress.stage(name + ": functional engine");
  const auto functional = runOften(EngineKind::Functional, *program, *inputs, settings.repeat);
  if (!functional)
    return fail("{}: functional: {}", name, functional.error().message);
  progress.stage(fmt::format("{}: {}", name, engineName(settings.engine)));
  RunOptions options;
  options.timingOnly = settings.timingOnly;
  const auto timed = runOnce(settings.engine, *program, *inputs, options);
  if (!timed)
    return fail("{}: {}", name, timed.error().message);

  size_t index = 0;
  for (const Step &step : program->steps)
    if (const auto *region = std::get_if<DpuRegion>(&step)) {
      ZooRegion &each = result.regions.emplace_back(nodesOf(*program, *region), timed->fastest.regions.at(index));
      each.statistics.packSeconds = functional->fastest.regions.at(index).packSeconds;
      ++index;
    }
  result.hostOperators = byOperator(functional->fastest.hostSteps);
  result.loadCycles = timed->load.cycles;
  result.hostSeconds = hostSecondsOf(functional->fastest);
  result.cpuSeconds = cpu->fastest.seconds;
  result.maxError = largestError(functional->outputs, cpu->outputs);
  result.engineSeconds = timed->fastest.engineSeconds();
  if (!settings.timingOnly)
    compare(*functional, *timed, result);
  return ZooRun{std::move(result), ""};
}

} // namespace softdpu::tools
