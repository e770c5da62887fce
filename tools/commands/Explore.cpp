//===- Explore.cpp - softdpu explore: latency against estimated area ---------------------===//

#include "Commands.h"
#include "Inputs.h"
#include "Progress.h"
#include "Text.h"
#include "explore/Candidates.h"
#include "explore/Pareto.h"
#include "explore/Plot.h"
#include "explore/Report.h"
#include "explore/Workers.h"
#include "softdpu/host_runtime/TensorFile.h"

#include <algorithm>
#include <fstream>

namespace softdpu::tools {
namespace {

struct Settings {
  std::vector<std::string> models;
  std::optional<uint64_t> steps;
  std::string arch = "s10", format, objective = "latency", csv, plot;
  size_t jobs = 0;
  SweepSettings sweep;
};

/// `name` as the layers of DeepBench that it means; none if it is a file.
Expected<std::vector<Workload>> layersOf(const std::string &name, std::optional<uint64_t> steps) {
  std::vector<Workload> layers;
  for (const deepbench::Point &point : deepbench::points()) {
    const std::string layer = layerName(point.layer);
    if (name != "deepbench" && name != layer)
      continue;
    auto source = layerSource(point.layer);
    if (!source)
      return tl::unexpected(source.error());
    layers.push_back({.name = layer, .model = std::move(*source), .steps = steps.value_or(point.steps)});
  }
  return layers;
}

Expected<std::vector<Workload>> workloadsOf(const Settings &settings) {
  std::vector<Workload> workloads;
  for (const std::string &model : settings.models) {
    auto layers = layersOf(model, settings.steps);
    if (!layers)
      return tl::unexpected(layers.error());
    std::ranges::move(*layers, std::back_inserter(workloads));
    if (!layers->empty())
      continue;
    if (!std::ifstream(model))
      return fail("{}: cannot be read; a model is an .onnx file, deepbench, or a layer of DeepBench such as lstm256", model);
    const std::string stem = std::filesystem::path(model).stem().string();
    workloads.push_back({.name = stem, .model = {.name = model, .bytes = {}}, .steps = settings.steps.value_or(defaultSteps)});
  }
  return workloads;
}

/// So that a sweep is not for nothing. Leaves no file behind that was not there.
Expected<void> checkWritable(const std::string &path) {
  if (path.empty())
    return {};
  const bool existed = std::filesystem::exists(path);
  if (!std::ofstream(path, std::ios::app))
    return fail("{}: cannot be written", path);
  if (!existed)
    std::filesystem::remove(path);
  return {};
}

Expected<std::vector<Evaluation>> evaluateAll(const Arch &base, const Settings &settings, std::span<const Workload> workloads) {
  std::vector<Arch> archs = candidates(base, settings.sweep);
  const bool withBase = base.macs() <= settings.sweep.budgetMacs;
  if (withBase)
    archs.insert(archs.begin(), base);
  if (archs.empty())
    return fail(
        "--budget-macs {}: no architecture of the sweep is valid and that small; raise it, or choose --native-dim, --lanes (they divide "
        "it) and --tile-engines to fit",
        settings.sweep.budgetMacs);

  Progress progress;
  const std::string text = fmt::format("{} for {}", counted(archs.size(), "architecture"), counted(workloads.size(), "model"));
  progress.stage(text);
  const auto results = mapInProcesses(
      archs.size(), settings.jobs ? settings.jobs : availableProcessors(),
      [&](size_t i) { return packEvaluation(evaluate(archs[i], workloads, settings.format)); },
      [&](size_t done) { progress.count(text, done, archs.size()); });
  if (!results)
    return tl::unexpected(results.error());

  std::vector<Evaluation> evaluations;
  for (size_t i = 0; i < archs.size(); ++i) {
    const auto &result = (*results)[i];
    evaluations.push_back(result ? unpackEvaluation(archs[i], *result) : failedEvaluation(archs[i], result.error().message));
    evaluations.back().isBase = withBase && i == 0;
  }
  if (std::ranges::none_of(evaluations, [](const Evaluation &each) { return each.error.empty(); }))
    return fail("no architecture of {} runs every model; {}: {}", evaluations.size(), evaluations[0].arch.name, evaluations[0].error);
  return evaluations;
}

/// Of the architectures for which `allowed` is true, those that none of them beats in both latency and area.
template <typename Allowed> std::vector<size_t> frontOf(const std::vector<Evaluation> &evaluations, Allowed allowed) {
  std::vector<size_t> kept;
  std::vector<std::pair<double, double>> points;
  for (size_t i = 0; i < evaluations.size(); ++i)
    if (evaluations[i].error.empty() && allowed(evaluations[i])) {
      kept.push_back(i);
      points.emplace_back(evaluations[i].share(), evaluations[i].latency());
    }
  std::vector<size_t> front;
  for (size_t i : paretoFront(points))
    front.push_back(kept[i]);
  return front;
}

/// The fastest of a front; for the objective area the smallest that is no slower than the base, or without a base the smallest.
size_t bestOf(const Exploration &exploration, const std::vector<size_t> &front, bool smallest) {
  if (!smallest)
    return front.back();
  if (const Evaluation *base = exploration.base())
    for (size_t i : front)
      if (exploration.evaluations[i].latency() <= base->latency())
        return i;
  return exploration.base() ? front.back() : front.front();
}

Outcome report(const Exploration &exploration, const Arch &base, const Settings &settings) {
  const auto &evaluations = exploration.evaluations;
  const auto failed = std::ranges::find_if(evaluations, [](const Evaluation &each) { return !each.error.empty(); });
  const auto failures = std::ranges::count_if(evaluations, [](const Evaluation &each) { return !each.error.empty(); });
  const FpgaDevice &device = stratix10Gx2800();
  const std::string best = evaluations[exploration.best].arch.name;
  const std::string fitting = exploration.bestThatFits ? evaluations[*exploration.bestThatFits].arch.name : "";

  Outcome outcome;
  outcome.json = {{"base", base.name},
                  {"budget_macs", settings.sweep.budgetMacs},
                  {"objective", settings.objective},
                  {"device", device.name},
                  {"best", best},
                  {"best_that_fits", exploration.bestThatFits ? Json(fitting) : Json()},
                  {"points", pointsJson(exploration)}};
  outcome.text =
      fmt::format("{} of at most {} multipliers, {} mantissa bits, {} MHz; {} cannot run every model\n"
                  "area is an estimate (synthesis of single modules, no place and route); share of a {}: {} ALMs, {} M20K, {} DSP "
                  "blocks\n\nPareto front, latency (ms{}) against the share:\n{}\n",
                  counted(evaluations.size(), "architecture"), grouped(settings.sweep.budgetMacs), base.mantissaBits, base.clockMhz,
                  failures, device.name, grouped(uint64_t(device.alms)), grouped(device.m20k), grouped(device.dspBlocks),
                  exploration.workloads.size() > 1 ? ", geometric mean over the models" : "", frontText(exploration));
  outcome.text +=
      fmt::format("best for {}: {}; of those that fit the device: {}\n", settings.objective, best, fitting.empty() ? "none" : fitting);
  outcome.text += baseText(exploration);
  if (failed != evaluations.end())
    outcome.text += fmt::format("cannot run every model, the first of {}: {}: {}\n", failures, failed->arch.name, failed->error);
  return outcome;
}

Expected<Outcome> explore(const Settings &settings) {
  const auto base = loadArch(settings.arch);
  if (!base)
    return tl::unexpected(base.error());
  for (const std::string &path : {settings.csv, settings.plot})
    if (const auto writable = checkWritable(path); !writable)
      return tl::unexpected(writable.error());
  Exploration exploration;
  auto workloads = workloadsOf(settings);
  if (!workloads)
    return tl::unexpected(workloads.error());
  exploration.workloads = std::move(*workloads);
  auto evaluations = evaluateAll(*base, settings, exploration.workloads);
  if (!evaluations)
    return tl::unexpected(evaluations.error());
  exploration.evaluations = std::move(*evaluations);

  const bool smallest = settings.objective == "area";
  exploration.front = frontOf(exploration.evaluations, [](const Evaluation &) { return true; });
  exploration.best = bestOf(exploration, exploration.front, smallest);
  const std::vector<size_t> fitting = frontOf(exploration.evaluations, [](const Evaluation &each) { return each.fits(); });
  if (!fitting.empty())
    exploration.bestThatFits = bestOf(exploration, fitting, smallest);

  if (!settings.csv.empty()) {
    const std::string csv = pointsCsv(exploration);
    if (const auto written = writeFile(settings.csv, std::as_bytes(std::span(csv))); !written)
      return tl::unexpected(written.error());
  }
  if (!settings.plot.empty()) {
    const std::string title = fmt::format("{} of at most {} multipliers", counted(exploration.evaluations.size(), "architecture"),
                                          grouped(settings.sweep.budgetMacs));
    const std::string plot = plotSvg(exploration.evaluations, exploration.front, title);
    if (const auto written = writeFile(settings.plot, std::as_bytes(std::span(plot))); !written)
      return tl::unexpected(written.error());
  }
  return report(exploration, *base, settings);
}

} // namespace

void addExplore(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("explore", "Compare architectures: latency of models against estimated area",
                           "softdpu explore deepbench --budget-macs 96000 --csv points.csv --plot points.svg\n"
                           "softdpu explore gru.onnx lstm.onnx --arch edge --budget-macs 4096 --objective area\n"
                           "softdpu explore lstm256 --budget-macs 96000 --native-dim 128,176 --mfus 3 --json",
                           [settings] { return explore(*settings); });
  const auto sizes = [app](const char *name, std::vector<unsigned> &values, unsigned most, const char *description) {
    app->add_option(name, values, description)->delimiter(',')->check(CLI::Range(1u, most));
  };
  app->add_option("MODEL", settings->models, ".onnx files; deepbench; layers of DeepBench: gru2816, lstm256")->required();
  app->add_option("--budget-macs", settings->sweep.budgetMacs, "Most multipliers of an architecture")
      ->required()
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40));
  app->add_option("--arch", settings->arch, "The base: gives what the sweep does not vary, and is compared")->capture_default_str();
  app->add_option("--objective", settings->objective, "latency: the fastest; area: the smallest that is as fast as the base")
      ->capture_default_str()
      ->check(CLI::IsMember({"latency", "area"}));
  app->add_option("--steps", settings->steps, "Time steps of every model (default: 64; for DeepBench each layer's own)")
      ->check(CLI::Range(1u, 1000000u));
  app->add_option("--format", settings->format, "Block format (default: the widest of each architecture)");
  sizes("--native-dim", settings->sweep.nativeDims, 1024, "Native dimensions to try: 128,176");
  sizes("--lanes", settings->sweep.lanes, 1024, "Lanes to try");
  sizes("--tile-engines", settings->sweep.tileEngines, 64, "Tile engines to try");
  app->add_option("--mfus", settings->sweep.mfus, "Numbers of MFUs to try: 2,3")->delimiter(',')->check(CLI::Range(2u, 3u));
  app->add_option("--csv", settings->csv, "Write every architecture to this file");
  app->add_option("--plot", settings->plot, "Write a plot to this file, as SVG");
  app->add_option("--jobs", settings->jobs, "Processes at once (default: one for each processor)")->check(CLI::Range(1u, 1024u));
}

} // namespace softdpu::tools
