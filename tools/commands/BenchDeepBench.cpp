//===- BenchDeepBench.cpp - softdpu bench deepbench: layers beside published results -----===//

#include "Bench.h"
#include "CounterTable.h"
#include "DeepBench.h"
#include "DivergenceJson.h"
#include "Text.h"

#include <cmath>

namespace softdpu::tools {
namespace {

/// A layer to run. Published results are compared with only if neither size nor steps were changed.
struct Job {
  deepbench::Layer layer;
  uint32_t steps;
  const deepbench::Point *point = nullptr;
};

constexpr uint32_t stepsOfCustomLayers = 16;

Expected<std::vector<Job>> jobsOf(const BenchSettings &settings) {
  std::vector<Job> jobs;
  if (!settings.hidden.empty()) {
    if (!settings.points.empty())
      return fail("--points and --hidden exclude each other: --hidden runs sizes that DeepBench does not have");
    for (const deepbench::Cell cell : {deepbench::Cell::Gru, deepbench::Cell::Lstm})
      for (const unsigned hidden : settings.hidden)
        jobs.push_back({{cell, hidden}, settings.steps.value_or(stepsOfCustomLayers)});
    return jobs;
  }
  std::string names;
  std::vector<bool> known(settings.points.size(), false);
  for (const deepbench::Point &point : deepbench::points()) {
    const std::string name = layerName(point.layer);
    names += (names.empty() ? "" : ", ") + name;
    bool chosen = settings.points.empty();
    for (size_t i = 0; i < settings.points.size(); ++i)
      if (settings.points[i] == name)
        chosen = known[i] = true;
    const uint32_t steps = settings.steps.value_or(point.steps);
    if (chosen)
      jobs.push_back({point.layer, steps, steps == point.steps ? &point : nullptr});
  }
  for (size_t i = 0; i < known.size(); ++i)
    if (!known[i])
      return fail("--points {}: there is no such point; there are {}", settings.points[i], names);
  return jobs;
}

/// What follows from the cycles of one layer.
struct Figures {
  const Job &job;
  const LayerResult &result;
  const Arch &arch;

  double ms(double cycles) const { return cycles / (arch.clockMhz * 1e3); }
  double ms() const { return ms(double(result.counters.cycles)); }
  double cyclesPerStep() const { return double(result.counters.cycles) / job.steps; }
  /// DeepBench's operations over what the multipliers could do in the time, two operations a cycle each.
  double utilisation() const {
    return operationsPerStep(job.layer) * job.steps / (2.0 * double(arch.macs()) * double(result.counters.cycles));
  }
  double speedup() const { return job.point->published.brainwave / ms(); }
};

Json jsonOf(const Job &job) { return {{"cell", cellName(job.layer.cell)}, {"hidden", job.layer.hidden}, {"steps", job.steps}}; }

Json jsonOf(const Figures &figures) {
  const LayerResult &result = figures.result;
  Json json = jsonOf(figures.job);
  json.update({{"cycles", result.counters.cycles},
               {"cycles_per_step", figures.cyclesPerStep()},
               {"ms", figures.ms()},
               {"utilisation", figures.utilisation()},
               {"sdm_ms", figures.ms(result.bounds.sdm)},
               {"udm_ms", figures.ms(result.bounds.udm)}});
  if (const deepbench::Point *point = figures.job.point) {
    const auto &published = point->published;
    json.update({{"brainwave_ms", published.brainwave},
                 {"speedup", figures.speedup()},
                 {"brainwave_sdm_ms", published.sdm},
                 {"titan_xp_ms", published.titanXp},
                 {"intel_ms", published.intel ? Json(*published.intel) : Json()},
                 {"speedup_over_intel", published.intel ? Json(*published.intel / figures.ms()) : Json()},
                 {"speedup_over_fastest_published", point->fastestPublished() / figures.ms()}});
  }
  json.update({{"load_cycles", result.loadCycles},
               {"values_compared", result.valuesCompared},
               {"mismatched_values", result.mismatchedValues},
               {"first_divergence", divergenceJson(result.divergence)},
               {"compile_seconds", result.compileSeconds},
               {"engine_seconds", result.engineSeconds},
               {"counters", countersJson(result.counters)}});
  return json;
}

/// Milliseconds, with four significant digits.
std::string milliseconds(double ms) { return fmt::format("{:#.4g}", ms); }
std::string times(double ratio) { return fmt::format("{:.2f} x", ratio); }

std::vector<std::string> rowOf(const Figures &figures) {
  const LayerResult &result = figures.result;
  std::vector<std::string> row{std::string(cellName(figures.job.layer.cell)),
                               fmt::format("{}", figures.job.layer.hidden),
                               fmt::format("{}", figures.job.steps),
                               grouped(result.counters.cycles),
                               fmt::format("{:.1f}", figures.cyclesPerStep()),
                               milliseconds(figures.ms()),
                               fmt::format("{:.1f} %", 100 * figures.utilisation()),
                               milliseconds(figures.ms(result.bounds.sdm)),
                               milliseconds(figures.ms(result.bounds.udm))};
  if (const deepbench::Point *point = figures.job.point) {
    const auto &published = point->published;
    row.push_back(fmt::format("{}", published.brainwave));
    row.push_back(times(figures.speedup()));
    if (published.intel) {
      row.push_back(fmt::format("{}", *published.intel));
      row.push_back(times(*published.intel / figures.ms()));
    }
  }
  return row;
}

/// Collects what the runs gave.
class Report {
public:
  explicit Report(const Arch &arch) : arch(arch) {}

  void add(const Job &job, const LayerRun &run) {
    const std::string name = layerName(job.layer);
    if (!run.result) {
      points.push_back(jsonOf(job));
      points.back()["error"] = run.refusal;
      table.add({std::string(cellName(job.layer.cell)), fmt::format("{}", job.layer.hidden), fmt::format("{}", job.steps), "does not fit"});
      notes += fmt::format("{}: {}\n", name, run.refusal);
      return;
    }
    const Figures figures{job, *run.result, arch};
    points.push_back(jsonOf(figures));
    table.add(rowOf(figures));
    valuesCompared += run.result->valuesCompared;
    cycles += run.result->counters.cycles;
    seconds += run.result->engineSeconds;
    if (run.result->mismatchedValues > 0) {
      ++failures;
      notes += fmt::format("{}: {} of {} values differ from the functional engine; the first at {}\n", name,
                           grouped(run.result->mismatchedValues), grouped(run.result->valuesCompared), run.result->firstMismatch);
      if (run.result->divergence)
        notes += run.result->divergence->describe() + "\n";
    }
    if (job.point) {
      logSpeedups += std::log(figures.speedup());
      ++compared;
    }
  }

  Outcome finish(const BenchSettings &settings) {
    Outcome outcome;
    outcome.passed = failures == 0;
    outcome.json = {{"suite", settings.suite},
                    {"arch", arch.name},
                    {"multipliers", arch.macs()},
                    {"clock_mhz", arch.clockMhz},
                    {"engine", settings.engine},
                    {"timing_only", settings.timingOnly},
                    {"seed", settings.seed},
                    {"points", std::move(points)},
                    {"geomean_speedup", compared ? Json(geomean()) : Json()},
                    {"points_compared", compared},
                    {"values_compared", valuesCompared},
                    {"simulated_cycles_per_second", speed()}};
    outcome.text = fmt::format("DeepBench on {}: {} multipliers, {} MHz, batch 1; {} engine{}\n\n{}\n", arch.name, grouped(arch.macs()),
                               arch.clockMhz, settings.engine, settings.timingOnly ? ", timing only" : "", table.str());
    if (compared)
      outcome.text += fmt::format("geometric mean of {} speedups over Brainwave: {}\n", compared, times(geomean()));
    if (!settings.timingOnly && outcome.passed)
      outcome.text += fmt::format("{} values equal those of the functional engine\n", grouped(valuesCompared));
    outcome.text += fmt::format("{} cycles simulated, {}cycles/s\n{}", grouped(cycles), magnitude(speed()), notes);
    return outcome;
  }

private:
  double geomean() const { return std::exp(logSpeedups / compared); }
  double speed() const { return seconds > 0 ? double(cycles) / seconds : 0; }

  const Arch &arch;
  Table table{{"cell", ">hidden", ">steps", ">cycles", ">per step", ">ms", ">utilisation", ">SDM ms", ">UDM ms", ">Brainwave ms",
               ">speedup", ">Intel ms", ">speedup"}};
  Json points = Json::array();
  std::string notes; ///< A line for each point that failed or does not fit.
  unsigned failures = 0, compared = 0;
  double logSpeedups = 0, seconds = 0;
  uint64_t valuesCompared = 0, cycles = 0;
};

} // namespace

Expected<Outcome> benchDeepBench(const BenchSettings &settings, const Arch &arch, EngineKind engine) {
  const auto jobs = jobsOf(settings);
  if (!jobs)
    return tl::unexpected(jobs.error());
  const LayerSettings layerSettings{
      .compile = settings.compile, .engine = engine, .timingOnly = settings.timingOnly, .seed = settings.seed};

  Progress progress;
  Report report(arch);
  std::string refusal;
  bool any = false;
  for (const Job &job : *jobs) {
    const auto run = runLayer(job.layer, job.steps, layerSettings, progress);
    if (!run)
      return tl::unexpected(run.error());
    any |= run->result.has_value();
    if (refusal.empty())
      refusal = run->refusal;
    report.add(job, *run);
  }
  if (!any)
    return fail("no point runs on {}; {}", arch.name, refusal);
  return report.finish(settings);
}

} // namespace softdpu::tools
