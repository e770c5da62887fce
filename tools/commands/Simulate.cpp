//===- Simulate.cpp - softdpu simulate ---------------------------------------------------===//

#include "CallRecorder.h"
#include "Commands.h"
#include "CounterTable.h"
#include "ExplanationText.h"
#include "Inputs.h"
#include "Progress.h"
#include "SdmBound.h"
#include "Text.h"
#include "softdpu/simulator/ChromeTrace.h"

#include <algorithm>
#include <fstream>
#include <optional>

namespace softdpu::tools {
namespace {

struct Settings {
  std::string program, engine = "systemc", trace, waves;
  bool timingOnly = false, explain = false;
  InputSettings inputs;
};

/// Cycles and what follows from them.
struct Figures {
  std::string name;
  uint64_t steps, batch;
  Counters counters;
  double seconds, sdm;

  /// Nothing if there was no step.
  std::optional<double> cyclesPerStep() const {
    return steps * batch > 0 ? std::optional(double(counters.cycles) / double(steps * batch)) : std::nullopt;
  }
  double simulationSpeed() const { return seconds > 0 ? double(counters.cycles) / seconds : 0; }
};

std::string textOf(const Figures &figures, const Arch &arch) {
  const double hertz = arch.clockMhz * 1e6;
  Table table({figures.name, ">"});
  const std::string sequences = figures.batch == 1 ? "" : fmt::format(" of {} sequences", figures.batch);
  table.add({"cycles", fmt::format("{} ({}{})", grouped(figures.counters.cycles), counted(figures.steps, "step"), sequences)});
  if (const auto cycles = figures.cyclesPerStep())
    table.add({"cycles per step", fmt::format("{:.1f}", *cycles)});
  table.add({"lower bound (SDM)", fmt::format("{:.1f}", figures.sdm)});
  table.add({fmt::format("latency at {} MHz", arch.clockMhz), duration(double(figures.counters.cycles) / hertz)});
  if (const auto cycles = figures.cyclesPerStep())
    table.add({"latency per step", duration(*cycles / hertz)});
  table.add({"simulation speed", magnitude(figures.simulationSpeed()) + "cycles/s"});
  return table.str("") + "\n" + countersText(figures.counters);
}

Json jsonOf(const Figures &figures, const Arch &arch) {
  const double hertz = arch.clockMhz * 1e6;
  const auto cyclesPerStep = figures.cyclesPerStep();
  return {{"name", figures.name},
          {"steps", figures.steps},
          {"batch", figures.batch},
          {"cycles", figures.counters.cycles},
          {"cycles_per_step", cyclesPerStep ? Json(*cyclesPerStep) : Json()},
          {"sdm_cycles_per_step", figures.sdm},
          {"latency_seconds", double(figures.counters.cycles) / hertz},
          {"simulated_cycles_per_second", figures.simulationSpeed()},
          {"counters", countersJson(figures.counters)}};
}

/// One process of the trace for each call of the device, one after another.
Expected<void> writeTrace(const std::string &path, const Program &program, std::span<const DeviceCall> calls,
                          const CallRecorder &recorder) {
  std::vector<TracedCall> traced;
  for (size_t i = 0; i < calls.size(); ++i)
    traced.push_back({.name = fmt::format("{}. {} on {}", i + 1, calls[i].region, program.arch.name),
                      .run = scheduledRun(program, calls[i]),
                      .events = recorder.events(i),
                      .complete = recorder.complete(i),
                      .cycles = calls[i].result.counters.cycles});
  std::ofstream file(path);
  writeChromeTrace(file, {program.arch, program.instructions, program.debug}, traced);
  file.flush();
  if (!file)
    return fail("{}: cannot be written", path);
  return {};
}

/// Explains the first sequence of a region: the others take the same cycles.
Expected<Explanation> explainRegion(const Program &program, const std::string &region, std::span<const DeviceCall> calls,
                                    const CallRecorder &recorder) {
  const auto call = std::ranges::find(calls, region, &DeviceCall::region);
  if (call == calls.end())
    return fail("it did not run");
  const auto number = size_t(call - calls.begin());
  return explainRun(scheduledRun(program, *call), program.arch, program.debug, recorder.events(number), recorder.complete(number));
}

Expected<Outcome> simulate(Settings settings) {
  auto program = readProgram(settings.program);
  if (!program)
    return tl::unexpected(program.error());
  const auto kind = parseEngineName(settings.engine);
  if (!kind)
    return tl::unexpected(kind.error());
  if (!hasCycles(*kind))
    return fail("--engine {}: it has no cycles; choose systemc or rtl", settings.engine);
  if (settings.timingOnly && *kind != EngineKind::SystemC)
    return fail("--timing-only needs --engine systemc; {} always computes", settings.engine);
  if (!settings.waves.empty() && *kind != EngineKind::Rtl)
    return fail("--wave needs --engine rtl; {} has no signals", settings.engine);
  settings.inputs.missing = Missing::Random;
  const auto inputs = makeInputs(*program, settings.inputs);
  if (!inputs)
    return tl::unexpected(inputs.error());

  Progress progress;
  progress.stage(fmt::format("{}: loading weights", settings.engine));
  auto device = Device::create(*kind, program->arch);
  if (!device)
    return tl::unexpected(device.error());
  RunOptions options;
  options.timingOnly = settings.timingOnly;
  auto session = Session::create(std::move(*program), std::move(*device), options);
  if (!session)
    return fail("{}: {}", settings.program, session.error().message);
  progress.stage(fmt::format("{}: running", settings.engine));
  options.waves = settings.waves;
  std::vector<DeviceCall> calls;
  CallRecorder recorder(calls);
  if (settings.explain || !settings.trace.empty())
    options.observer = &recorder;
  const auto outputs = session->run(*inputs, options, &calls);
  if (!outputs)
    return tl::unexpected(outputs.error());
  if (!settings.trace.empty())
    if (const auto written = writeTrace(settings.trace, session->program(), calls, recorder); !written)
      return tl::unexpected(written.error());

  const Arch &arch = session->program().arch;
  Outcome outcome;
  outcome.json = {{"engine", settings.engine},
                  {"arch", arch.name},
                  {"clock_mhz", arch.clockMhz},
                  {"timing_only", settings.timingOnly},
                  {"load_cycles", session->loadCounters().cycles},
                  {"cycles", session->statistics().counters().cycles},
                  {"regions", Json::array()}};
  outcome.text = fmt::format("{} on {}, {} engine{}; loading the weights took {} cycles\n\n", settings.program, arch.name, settings.engine,
                             settings.timingOnly ? ", timing only" : "", grouped(session->loadCounters().cycles));
  const RunStatistics &statistics = session->statistics();
  size_t next = 0, explained = 0;
  std::string unexplained; ///< Why the last one was not.
  for (const Step &step : session->program().steps) {
    const auto *region = std::get_if<DpuRegion>(&step);
    if (!region)
      continue;
    const auto sdm = sdmCyclesPerStep(session->program(), *region);
    if (!sdm)
      return tl::unexpected(sdm.error());
    const RegionStatistics &result = statistics.regions[next++];
    const Figures figures{result.name, result.steps, result.batch, result.counters, result.seconds, *sdm};
    outcome.json["regions"].push_back(jsonOf(figures, arch));
    outcome.text += textOf(figures, arch) + "\n";
    if (!settings.explain)
      continue;
    const auto explanation = explainRegion(session->program(), result.name, calls, recorder);
    if (explanation) {
      ++explained;
      outcome.json["regions"].back()["explanation"] = explanationJson(*explanation);
      outcome.text += explanationText(*explanation) + "\n";
    } else {
      const std::string &reason = explanation.error().message;
      outcome.json["regions"].back()["explanation"] = {{"error", reason}};
      outcome.text += fmt::format("not explained: {}\n\n", reason);
      unexplained = fmt::format("region \"{}\" is not explained: {}", result.name, reason);
    }
  }
  if (next == 0)
    return fail("{}: nothing of it runs on the DPU", settings.program);
  if (settings.explain && explained == 0)
    return fail("{}: {}", settings.program, unexplained);
  outcome.text.pop_back();
  return outcome;
}

} // namespace

void addSimulate(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("simulate", "Count a program's cycles",
                           "softdpu simulate gru.dpu --engine systemc --steps 64\n"
                           "softdpu simulate gru.dpu --explain --steps 64\n"
                           "softdpu simulate gru.dpu --engine systemc --timing-only --steps 1000 --trace gru.json\n"
                           "softdpu simulate gru.dpu --engine rtl --steps 4 --wave gru.fst",
                           [settings] { return simulate(*settings); });
  app->add_option("PROGRAM", settings->program, "A .dpu file")->required();
  app->add_option("--engine", settings->engine, "systemc or rtl")->capture_default_str();
  app->add_option("--steps", settings->inputs.steps, "Time steps (default: 64, or what the inputs have)")->check(CLI::NonNegativeNumber);
  app->add_flag("--timing-only", settings->timingOnly, "Move no data: the same cycles, sooner");
  app->add_flag("--explain", settings->explain, "Say where the cycles of a time step go, what bounds it, and what would help");
  app->add_option("--trace", settings->trace,
                  "Write a timeline of every unit (Chrome trace, ui.perfetto.dev): one microsecond is one cycle");
  app->add_option("--wave", settings->waves, "rtl: write the signals as an FST file (GTKWave)");
  app->add_option("--input", settings->inputs.files, "[NAME=]FILE: .npy, .npz or ONNX .pb; other inputs are random");
  app->add_option("--dim", settings->inputs.dimensions, "NAME=SIZE of another symbolic dimension (default: 1)");
  app->add_option("--seed", settings->inputs.seed, "Of random inputs")->capture_default_str();
}

} // namespace softdpu::tools
