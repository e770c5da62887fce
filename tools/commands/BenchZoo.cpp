//===- BenchZoo.cpp - softdpu bench zoo: production models beside published latencies ----===//

#include "Bench.h"
#include "CounterTable.h"
#include "Text.h"
#include "Zoo.h"

namespace softdpu::tools {
namespace {

Expected<std::vector<const zoo::Entry *>> entriesOf(const std::vector<std::string> &names) {
  std::vector<const zoo::Entry *> chosen;
  std::string known;
  for (const zoo::Entry &entry : zoo::entries()) {
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
    if (names.empty() || std::ranges::count(names, entry.name))
      chosen.push_back(&entry);
  }
  for (const std::string &name : names)
    if (!std::ranges::count(chosen, name, &zoo::Entry::name))
      return fail("--points {}: there is no such model; there are {}", name, known);
  return chosen;
}

/// What follows from the times of one model.
struct Figures {
  const zoo::Entry &entry;
  const ZooResult &result;
  const Arch &arch;
  const std::map<std::string, int64_t> lengths;
  const bool comparable; ///< With published latencies: nothing was scaled down.

  double ms(uint64_t cycles) const { return double(cycles) / (arch.clockMhz * 1e3); }
  double dpuMs() const { return ms(result.cycles()); }
  double hostMs() const { return result.hostSeconds * 1e3; }
  double endToEndMs() const { return dpuMs() + hostMs(); }
  double cpuMs() const { return result.cpuSeconds * 1e3; }
  std::optional<double> speedupOverPublished() const {
    return comparable && entry.published.bestMs ? std::optional(*entry.published.bestMs / endToEndMs()) : std::nullopt;
  }
};

template <typename T> Json orNull(const std::optional<T> &value) { return value ? Json(*value) : Json(); }

Json jsonOf(const zoo::Entry &entry, const std::map<std::string, int64_t> &lengths) {
  return {{"name", entry.name}, {"title", entry.title}, {"lengths", lengths}};
}

Json jsonOf(const Figures &figures) {
  const ZooResult &result = figures.result;
  Json regions = Json::array(), host = Json::array();
  for (const ZooRegion &region : result.regions) {
    const RegionStatistics &statistics = region.statistics;
    regions.push_back({{"name", statistics.name},
                       {"nodes", region.nodes},
                       {"steps", statistics.steps},
                       {"sequences", statistics.batch},
                       {"cycles", statistics.counters.cycles},
                       {"ms", figures.ms(statistics.counters.cycles)},
                       {"pack_ms", statistics.packSeconds * 1e3},
                       {"counters", countersJson(statistics.counters)}});
  }
  for (const ZooHostOperator &each : result.hostOperators)
    host.push_back({{"op", each.op}, {"count", each.count}, {"ms", each.seconds * 1e3}});
  const zoo::Published &published = figures.entry.published;
  Json json = jsonOf(figures.entry, figures.lengths);
  json.update({{"dpu_cycles", result.cycles()},
               {"dpu_ms", figures.dpuMs()},
               {"host_ms", figures.hostMs()},
               {"end_to_end_ms", figures.endToEndMs()},
               {"cpu_ms", figures.cpuMs()},
               {"speedup_over_cpu", figures.cpuMs() / figures.endToEndMs()},
               {"published_platform", published.platform.empty() ? Json() : Json(published.platform)},
               {"published_ms", orNull(published.bestMs)},
               {"speedup_over_published", orNull(figures.speedupOverPublished())},
               {"max_abs_error_vs_float32", result.maxError},
               {"values_compared", result.valuesCompared},
               {"mismatched_values", result.mismatchedValues},
               {"load_cycles", result.loadCycles},
               {"compile_seconds", result.compileSeconds},
               {"engine_seconds", result.engineSeconds},
               {"regions", std::move(regions)},
               {"host_operators", std::move(host)}});
  return json;
}

std::string milliseconds(double ms) { return fmt::format("{:#.3g}", ms); }
std::string times(double ratio) { return fmt::format("{:.2f} x", ratio); }

std::string lengthsText(const std::map<std::string, int64_t> &lengths) {
  std::string text;
  for (const auto &[symbol, size] : lengths)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", symbol, size);
  return text;
}

std::vector<std::string> rowOf(const Figures &figures) {
  const auto speedup = figures.speedupOverPublished();
  return {std::string(figures.entry.name),
          lengthsText(figures.lengths),
          grouped(figures.result.cycles()),
          milliseconds(figures.dpuMs()),
          milliseconds(figures.hostMs()),
          milliseconds(figures.endToEndMs()),
          milliseconds(figures.cpuMs()),
          times(figures.cpuMs() / figures.endToEndMs()),
          std::string(figures.entry.published.text),
          speedup ? times(*speedup) : ""};
}

/// "lstm0, lstm1 and 6 more"
std::string listed(const std::vector<std::string> &names) {
  constexpr size_t most = 4;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

/// Runs of the same chains.
struct SharedRegions {
  std::vector<std::string> nodes;
  unsigned runs = 0;
  uint64_t steps = 0, cycles = 0;
};

/// Regions with the same weights share their chains, which have the nodes of the first: a row for all.
std::vector<SharedRegions> byChains(std::span<const ZooRegion> regions) {
  std::vector<SharedRegions> rows;
  for (const ZooRegion &region : regions) {
    auto own = std::ranges::find(rows, region.nodes, &SharedRegions::nodes);
    if (own == rows.end())
      own = rows.insert(own, {.nodes = region.nodes});
    ++own->runs;
    own->steps += region.statistics.steps * region.statistics.batch;
    own->cycles += region.statistics.counters.cycles;
  }
  return rows;
}

/// Which layers ran where, and how long each part took.
std::string partsOf(const Figures &figures) {
  std::string text = fmt::format("{}: {}\n", figures.entry.name, figures.entry.title);
  Table table({"where", "what", ">steps", ">ms"});
  for (const SharedRegions &row : byChains(figures.result.regions))
    table.add({"DPU", row.runs == 1 ? listed(row.nodes) : fmt::format("{}, {} runs", listed(row.nodes), row.runs), grouped(row.steps),
               milliseconds(figures.ms(row.cycles))});
  double packing = 0;
  for (const ZooRegion &region : figures.result.regions)
    packing += region.statistics.packSeconds;
  for (const ZooHostOperator &each : figures.result.hostOperators)
    table.add({"CPU", each.count == 1 ? each.op : fmt::format("{} x {}", each.count, each.op), "", milliseconds(each.seconds * 1e3)});
  table.add({"CPU", "to and from float16", "", milliseconds(packing * 1e3)});
  return text + table.str("    ") + "\n";
}

class Report {
public:
  Report(const BenchSettings &settings, const Arch &arch) : settings(settings), arch(arch) {}

  void add(const zoo::Entry &entry, const ZooRun &run) {
    const auto lengths = zoo::lengthsOf(entry, settings.steps);
    if (!run.result) {
      models.push_back(jsonOf(entry, lengths));
      models.back()["error"] = run.refusal;
      table.add({std::string(entry.name), lengthsText(lengths), "does not fit"});
      notes += fmt::format("{}: {}\n", entry.name, run.refusal);
      return;
    }
    const Figures figures{entry, *run.result, arch, lengths, settings.scale == 1 && !settings.steps};
    models.push_back(jsonOf(figures));
    table.add(rowOf(figures));
    parts += partsOf(figures);
    valuesCompared += run.result->valuesCompared;
    if (run.result->mismatchedValues > 0) {
      passed = false;
      notes += fmt::format("{}: {} of {} values differ from the functional engine\n", entry.name, grouped(run.result->mismatchedValues),
                           grouped(run.result->valuesCompared));
    }
  }

  Outcome finish() {
    Outcome outcome;
    outcome.passed = passed;
    outcome.json = {{"suite", settings.suite},    {"arch", arch.name},
                    {"multipliers", arch.macs()}, {"clock_mhz", arch.clockMhz},
                    {"engine", settings.engine},  {"timing_only", settings.timingOnly},
                    {"seed", settings.seed},      {"scale", settings.scale},
                    {"repeat", settings.repeat},  {"values_compared", valuesCompared},
                    {"models", std::move(models)}};
    outcome.text = fmt::format("The zoo on {}: {} multipliers, {} MHz, batch 1; {} engine{}{}\n\n{}\n{}", arch.name, grouped(arch.macs()),
                               arch.clockMhz, settings.engine, settings.timingOnly ? ", timing only" : "",
                               settings.scale == 1 ? "" : fmt::format("; widths divided by {}", settings.scale), table.str(), parts);
    if (!settings.timingOnly && passed)
      outcome.text += fmt::format("{} values equal those of the functional engine\n", grouped(valuesCompared));
    outcome.text += notes;
    return outcome;
  }

private:
  const BenchSettings &settings;
  const Arch &arch;
  Table table{
      {"model", "lengths", ">DPU cycles", ">DPU ms", ">host ms", ">end to end ms", ">CPU float32 ms", ">speedup", "the talk", ">speedup"}};
  Json models = Json::array();
  std::string parts, notes; ///< A paragraph for each model; a line for each that failed or does not fit.
  uint64_t valuesCompared = 0;
  bool passed = true;
};

} // namespace

Expected<Outcome> benchZoo(const BenchSettings &settings, const Arch &arch, EngineKind engine) {
  const auto entries = entriesOf(settings.points);
  if (!entries)
    return tl::unexpected(entries.error());
  const ZooSettings zooSettings{.compile = settings.compile,
                                .engine = engine,
                                .timingOnly = settings.timingOnly,
                                .scale = settings.scale,
                                .maxSteps = settings.steps,
                                .seed = settings.seed,
                                .repeat = settings.repeat};
  Progress progress;
  Report report(settings, arch);
  std::string refusal;
  bool any = false;
  for (const zoo::Entry *entry : *entries) {
    const auto run = runZoo(*entry, zooSettings, progress);
    if (!run)
      return tl::unexpected(run.error());
    any |= run->result.has_value();
    if (refusal.empty())
      refusal = run->refusal;
    report.add(*entry, *run);
  }
  if (!any)
    return fail("no model runs on {}; {}", arch.name, refusal);
  return report.finish();
}

} // namespace softdpu::tools
