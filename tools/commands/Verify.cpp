//===- Verify.cpp - softdpu verify -------------------------------------------------------===//

#include "Commands.h"
#include "DivergenceJson.h"
#include "EngineComparison.h"
#include "Inputs.h"
#include "Models.h"
#include "Text.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <cmath>

namespace softdpu::tools {
namespace {

struct Settings {
  std::string model, referenceModel;
  std::vector<std::string> archs, engines;
  CompileSettings compile;
  uint64_t random = 0;
  bool shrink = false, events = false;
  InputSettings inputs;
};

/// Engines to compare: those asked for, or all that this build has.
Expected<std::vector<EngineKind>> enginesOf(const Settings &settings) {
  std::vector<EngineKind> kinds;
  for (const std::string &name : settings.engines) {
    const auto kind = parseEngineName(name);
    if (!kind)
      return tl::unexpected(kind.error());
    if (*kind == EngineKind::Cpu)
      return fail("--engines cpu: float32 on the CPU is always the reference; choose among functional, systemc and rtl");
    kinds.push_back(*kind);
  }
  if (kinds.empty())
    for (const EngineKind kind : availableEngines())
      if (kind != EngineKind::Cpu)
        kinds.push_back(kind);
  return kinds;
}

/// What `verify` sums up, over one model or many random programs.
struct Summary {
  std::vector<EngineTotals> engines;
  uint64_t valuesCompared = 0, mismatchedValues = 0, cycleDifference = 0;
  std::optional<double> maxError;
  std::optional<Divergence> divergence;

  bool passed() const { return mismatchedValues == 0 && cycleDifference == 0 && !divergence; }

  void add(const EngineComparison &comparison) {
    valuesCompared += comparison.valuesCompared;
    mismatchedValues += comparison.mismatchedValues;
    cycleDifference += comparison.cycleDifference;
    divergence = comparison.divergence;
    for (const EngineTotals &totals : comparison.engines) {
      const auto own = std::ranges::find(engines, totals.kind, &EngineTotals::kind);
      if (own == engines.end()) {
        engines.push_back(totals);
        continue;
      }
      own->load += totals.load;
      own->run += totals.run;
      own->loadSeconds += totals.loadSeconds;
      own->runSeconds += totals.runSeconds;
    }
  }

  Json json() const {
    Json names = Json::array(), cycles = Json::object(), loadCycles = Json::object(), seconds = Json::object();
    for (const EngineTotals &totals : engines) {
      const std::string name(engineName(totals.kind));
      names.push_back(name);
      seconds[name] = totals.loadSeconds + totals.runSeconds;
      if (!hasCycles(totals.kind))
        continue;
      cycles[name] = totals.run.cycles;
      loadCycles[name] = totals.load.cycles;
    }
    return {{"engines", names},
            {"values_compared", valuesCompared},
            {"mismatched_values", mismatchedValues},
            {"cycles", cycles},
            {"load_cycles", loadCycles},
            {"cycle_difference", cycleDifference},
            {"max_abs_error_vs_float32", maxError ? Json(*maxError) : Json()},
            {"first_divergence", divergenceJson(divergence)},
            {"seconds", seconds}};
  }

  std::string text() const {
    Table table({"engine", ">cycles", ">to load", ">time", ">speed"});
    for (const EngineTotals &totals : engines) {
      const double time = totals.loadSeconds + totals.runSeconds;
      const bool timed = hasCycles(totals.kind);
      table.add({std::string(engineName(totals.kind)), timed ? grouped(totals.run.cycles) : "", timed ? grouped(totals.load.cycles) : "",
                 duration(time), timed && time > 0 ? magnitude(double(totals.run.cycles + totals.load.cycles) / time) + "cycles/s" : ""});
    }
    std::string text = table.str("") + "\n";
    text += fmt::format("{} compared: {} mismatched\n", counted(valuesCompared, "value"),
                        mismatchedValues == 0 ? "none" : grouped(mismatchedValues));
    if (std::ranges::count_if(engines, [](const EngineTotals &totals) { return hasCycles(totals.kind); }) > 1)
      text += cycleDifference == 0 ? "cycles and counters: equal\n" : fmt::format("cycles: they differ by {}\n", grouped(cycleDifference));
    if (maxError)
      text += fmt::format("largest error against float32: {:.3g}\n", *maxError);
    if (divergence)
      text += "\n" + divergence->describe() + "\n";
    return text + (passed() ? "PASSED\n" : "FAILED\n");
  }
};

/// Largest |a - b| over all float32 outputs.
double largestError(const Tensors &found, const Tensors &reference) {
  double largest = 0;
  for (const auto &[name, tensor] : reference) {
    const auto other = found.find(name);
    if (tensor.type != ElementType::Float32 || other == found.end())
      continue;
    const auto a = values<float>(tensor), b = values<float>(other->second);
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      largest = std::max(largest, std::abs(double(a[i]) - double(b[i])));
  }
  return largest;
}

Expected<Tensors> runReference(const std::string &model, const CompileSettings &settings, const Tensors &inputs) {
  auto program = compileReference(model, settings);
  if (!program)
    return tl::unexpected(program.error());
  auto device = Device::create(EngineKind::Cpu, program->arch);
  if (!device)
    return tl::unexpected(device.error());
  auto session = Session::create(std::move(*program), std::move(*device));
  if (!session)
    return tl::unexpected(session.error());
  return session->run(inputs);
}

Expected<Outcome> verifyModel(Settings settings) {
  const auto kinds = enginesOf(settings);
  if (!kinds)
    return tl::unexpected(kinds.error());
  if (settings.archs.size() > 1)
    return fail("--arch: one architecture, {} are given", settings.archs.size());
  CompileSettings &compile = settings.compile;
  if (!settings.archs.empty())
    compile.arch = settings.archs[0];
  Progress progress;
  progress.stage("compiling");
  const auto program = compileOrRead(settings.model, compile);
  if (!program)
    return tl::unexpected(program.error());
  if (!isModel(settings.model)) {
    const auto arch = settings.archs.empty() ? Expected<Arch>(program->arch) : loadArch(compile.arch);
    if (!arch)
      return tl::unexpected(arch.error());
    if (const auto matches = checkFingerprint(*program, *arch); !matches)
      return fail("{}: {}", settings.model, matches.error().message);
    if (!compile.format.empty() || !compile.nodeFormats.empty())
      return fail("--format: {} is compiled already, for {}", settings.model, formatName(program->format));
    compile.arch = program->arch.name;
  }
  settings.inputs.missing = Missing::Random;
  const auto inputs = makeInputs(*program, settings.inputs);
  if (!inputs)
    return tl::unexpected(inputs.error());

  // The functional engine says what goes to the device; every engine then gets exactly that.
  progress.stage("functional: running the model");
  auto device = Device::create(EngineKind::Functional, program->arch);
  if (!device)
    return tl::unexpected(device.error());
  auto session = Session::create(*program, std::move(*device));
  if (!session)
    return fail("{}: {}", settings.model, session.error().message);
  std::vector<DeviceCall> calls;
  const auto outputs = session->run(*inputs, {}, &calls);
  if (!outputs)
    return tl::unexpected(outputs.error());
  if (calls.empty())
    return fail("{}: nothing of it runs on the DPU, so there is nothing to compare", settings.model);

  const auto comparison = compareEngines(stimulusOf(*program, calls), *kinds, settings.events, progress);
  if (!comparison)
    return tl::unexpected(comparison.error());
  Summary summary;
  summary.add(*comparison);
  const std::string referenceModel = isModel(settings.model) ? settings.model : settings.referenceModel;
  if (!referenceModel.empty()) {
    progress.stage("float32 reference");
    const auto reference = runReference(referenceModel, compile, *inputs);
    if (!reference)
      return tl::unexpected(reference.error());
    summary.maxError = largestError(*outputs, *reference);
  }

  const uint64_t steps = session->statistics().regions.front().steps;
  Outcome outcome{.json = summary.json(), .text = {}, .passed = summary.passed()};
  outcome.json["arch"] = program->arch.name;
  outcome.json["format"] = formatName(program->format);
  outcome.json["steps"] = steps;
  outcome.text = fmt::format("{} on {}, {}, {}\n\n{}", settings.model, program->arch.name, formatName(program->format),
                             counted(steps, "step"), summary.text());
  return outcome;
}

/// Random program `seed` as it fails, made small, as assembly.
Expected<std::string> shrunk(const Arch &arch, uint64_t seed, std::span<const EngineKind> kinds, Progress &progress) {
  const auto stillFails = [&](const RandomProgram &candidate) {
    const auto comparison = compareEngines(stimulusOf(arch, candidate), kinds, true, progress);
    return comparison && !comparison->agrees();
  };
  const auto program = shrinkRandomProgram(arch, seed, stillFails);
  if (!program)
    return tl::unexpected(program.error());
  return disassemble(program->words);
}

Expected<Outcome> verifyRandom(const Settings &settings) {
  const auto kinds = enginesOf(settings);
  if (!kinds)
    return tl::unexpected(kinds.error());
  std::vector<Arch> archs;
  for (const std::string &name : settings.archs.empty() ? std::vector<std::string>{"tiny", "small", "odd"} : settings.archs) {
    auto arch = loadArch(name);
    if (!arch)
      return tl::unexpected(arch.error());
    archs.push_back(std::move(*arch));
  }

  Progress progress, quiet(false);
  Summary summary;
  uint64_t done = 0;
  std::string failure, small;
  for (; done < settings.random && summary.passed(); ++done) {
    progress.count("random program", done, settings.random);
    const Arch &arch = archs[done % archs.size()];
    const uint64_t seed = settings.inputs.seed + done;
    const auto program = generateRandomProgram(arch, seed);
    if (!program)
      return fail("{} ({})", program.error().message, replayCommand(arch, seed));
    const auto comparison = compareEngines(stimulusOf(arch, *program), *kinds, true, quiet);
    if (!comparison)
      return fail("{} ({})", comparison.error().message, replayCommand(arch, seed));
    summary.add(*comparison);
    if (summary.passed())
      continue;
    failure = replayCommand(arch, seed);
    if (settings.shrink) {
      auto text = shrunk(arch, seed, *kinds, progress);
      if (!text)
        return tl::unexpected(text.error());
      small = std::move(*text);
    }
  }

  std::string names;
  Outcome outcome{.json = summary.json(), .text = {}, .passed = summary.passed()};
  outcome.json["programs"] = done;
  outcome.json["seed"] = settings.inputs.seed;
  outcome.json["archs"] = Json::array();
  for (const Arch &arch : archs) {
    outcome.json["archs"].push_back(arch.name);
    names += (names.empty() ? "" : ", ") + arch.name;
  }
  outcome.text = fmt::format("{} from seed {} on {}\n\n{}", counted(done, "random program"), settings.inputs.seed, names, summary.text());
  if (!failure.empty()) {
    outcome.json["replay"] = failure;
    outcome.text += fmt::format("replay: {}\n", failure);
  }
  if (!small.empty()) {
    outcome.json["shrunk"] = small;
    outcome.text += "\nsmallest program that still differs:\n" + small;
  }
  return outcome;
}

Expected<Outcome> verify(const Settings &settings) {
  if (settings.random > 0 && !settings.model.empty())
    return fail("give a model or --random, not both");
  if (settings.random > 0)
    return verifyRandom(settings);
  if (settings.model.empty())
    return fail("give a model (.onnx or .dpu), or --random N");
  return verifyModel(settings);
}

} // namespace

void addVerify(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("verify", "Compare the engines bit by bit and cycle by cycle, and with float32",
                           "softdpu verify gru.onnx --arch edge\n"
                           "softdpu verify gru.onnx --arch edge --input tokens=text.npy --steps 64 --json\n"
                           "softdpu verify gru.dpu --model gru.onnx --engines functional,systemc\n"
                           "softdpu verify --random 300 --seed 1",
                           [settings] { return verify(*settings); });
  app->add_option("MODEL", settings->model, "An .onnx or .dpu file");
  app->add_option("--arch", settings->archs,
                  "Architecture: a name (softdpu arch lists them) or a .toml file (default: edge, or the .dpu file's); with --random "
                  "several, separated by commas (default: tiny,small,odd)")
      ->delimiter(',');
  app->add_option("--engines", settings->engines, "Engines to compare, separated by commas (default: all of this build)")->delimiter(',');
  addFormatOption(*app, settings->compile);
  app->add_option("--place", settings->compile.placement, "NODE=cpu or NODE=dpu");
  app->add_option("--model", settings->referenceModel, "The .onnx file a .dpu file comes from, for the error against float32");
  app->add_option("--steps", settings->inputs.steps, "Time steps (default: 64, or what the inputs have)")->check(CLI::NonNegativeNumber);
  app->add_option("--input", settings->inputs.files, "[NAME=]FILE: .npy, .npz or ONNX .pb; other inputs are random");
  app->add_option("--dim", settings->inputs.dimensions, "NAME=SIZE of another symbolic dimension (default: 1)");
  app->add_option("--seed", settings->inputs.seed, "Of random inputs, or of the first random program")->capture_default_str();
  app->add_option("--random", settings->random, "Compare this many random programs")->check(CLI::PositiveNumber);
  app->add_flag("--shrink", settings->shrink, "With --random: print a small program that still differs");
  app->add_flag("--events", settings->events, "Compare every event of the run, not only outputs, cycles and counters");
}

} // namespace softdpu::tools
