//===- EngineComparison.cpp - The same runs on several engines ---------------------------===//

#include "EngineComparison.h"

#include <algorithm>
#include <chrono>

namespace softdpu::tools {
namespace {

/// What one engine did. The vectors stop early if a run failed.
struct Record {
  EngineTotals totals;
  std::vector<RunResult> results;
  std::vector<std::unique_ptr<Recording>> recordings; ///< Null where nothing was recorded.
  std::optional<Error> error;                         ///< Of run results.size().
};

/// Runs everything on one engine. \param record whether to record run i.
Expected<Record> runAll(const Stimulus &stimulus, EngineKind kind, const std::function<bool(size_t)> &record, Progress &progress,
                        const EngineFactory &factory) {
  const std::string name(engineName(kind));
  progress.stage(name + ": building");
  auto engine = factory(kind, stimulus.arch);
  if (!engine)
    return tl::unexpected(engine.error());
  if (const auto loaded = (*engine)->loadInstructions(stimulus.words); !loaded)
    return tl::unexpected(loaded.error());

  Record result;
  result.totals.kind = kind;
  for (size_t i = 0; i < stimulus.runs.size(); ++i) {
    const ComparedRun &run = stimulus.runs[i];
    progress.stage(fmt::format("{}: {} {}/{}", name, run.isLoad ? "loading, run" : "run", i + 1, stimulus.runs.size()));
    RunOptions options = run.options;
    result.recordings.push_back(record(i) ? std::make_unique<Recording>() : nullptr);
    options.observer = result.recordings.back().get();
    const auto start = std::chrono::steady_clock::now();
    auto done = (*engine)->run(run.entryPoint, run.netIn, run.weights, options);
    (run.isLoad ? result.totals.loadSeconds : result.totals.runSeconds) +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!done) {
      result.error = done.error();
      break;
    }
    (run.isLoad ? result.totals.load : result.totals.run) += done->counters;
    result.results.push_back(std::move(*done));
  }
  return result;
}

uint64_t countMismatches(const HalfBuffer &a, const HalfBuffer &b) {
  uint64_t count = std::max(a.size(), b.size()) - std::min(a.size(), b.size());
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    count += a[i] != b[i];
  return count;
}

/// A difference that no event shows.
Divergence withoutEvent(const Record &expected, const Record &found, std::string what) {
  Divergence divergence;
  divergence.expectedEngine = engineName(expected.totals.kind);
  divergence.foundEngine = engineName(found.totals.kind);
  divergence.what = std::move(what);
  return divergence;
}

/// Compares two engines run by run.
class PairComparison {
public:
  PairComparison(const Stimulus &stimulus, EngineComparison &comparison) : stimulus(stimulus), comparison(comparison) {}

  /// \returns the first run that differs.
  std::optional<size_t> firstDifference(const Record &expected, const Record &found) {
    const bool bothTimed = hasCycles(expected.totals.kind) && hasCycles(found.totals.kind);
    for (size_t i = 0; i < found.results.size(); ++i) {
      const RunResult &a = expected.results[i], &b = found.results[i];
      const uint64_t mismatches = countMismatches(a.netOut, b.netOut);
      comparison.valuesCompared += std::max(a.netOut.size(), b.netOut.size());
      comparison.mismatchedValues += mismatches;
      if (bothTimed)
        comparison.cycleDifference += std::max(a.counters.cycles, b.counters.cycles) - std::min(a.counters.cycles, b.counters.cycles);
      if (expected.recordings[i] && found.recordings[i])
        comparison.divergence = diverge(expected, found, i);
      if (mismatches > 0 || (bothTimed && a.counters != b.counters) || comparison.divergence)
        return i;
    }
    if (found.error)
      return found.results.size();
    return std::nullopt;
  }

  /// Where run `i` diverges: both engines have recorded it, and completed it.
  std::optional<Divergence> diverge(const Record &expected, const Record &found, size_t i) const {
    const ComparedRun &run = stimulus.runs[i];
    return compareRuns({stimulus.arch, stimulus.words, run.entryPoint, run.options.scalars, stimulus.debug},
                       {engineName(expected.totals.kind), *expected.recordings[i], expected.results[i]},
                       {engineName(found.totals.kind), *found.recordings[i], found.results[i]});
  }

private:
  const Stimulus &stimulus;
  EngineComparison &comparison;
};

} // namespace

Stimulus stimulusOf(const Program &program, std::span<const DeviceCall> calls) {
  Stimulus stimulus{.arch = program.arch, .words = program.instructions, .debug = program.debug, .runs = {}};
  if (!program.instructions.empty())
    stimulus.runs.push_back({program.loadEntry, program.loadNetIn, program.weights, {}, true});
  for (const DeviceCall &call : calls) {
    RunOptions options;
    options.scalars = call.scalars;
    stimulus.runs.push_back({call.entryPoint, call.netIn, {}, options, false});
  }
  return stimulus;
}

Stimulus stimulusOf(const Arch &arch, const RandomProgram &program) {
  Stimulus stimulus{.arch = arch, .words = program.words, .debug = {}, .runs = {}};
  for (const RandomRun &run : program.runs)
    stimulus.runs.push_back({run.entryPoint, run.netIn, run.weights, run.options(), false});
  return stimulus;
}

Expected<EngineComparison> compareEngines(const Stimulus &stimulus, std::span<const EngineKind> kinds, bool recordAll, Progress &progress,
                                          const EngineFactory &factory) {
  EngineComparison comparison;
  PairComparison pair(stimulus, comparison);
  Record previous;
  for (const EngineKind kind : kinds) {
    auto current = runAll(stimulus, kind, [recordAll](size_t) { return recordAll; }, progress, factory);
    if (!current)
      return tl::unexpected(current.error());
    comparison.engines.push_back(current->totals);
    if (comparison.engines.size() == 1) {
      if (current->error)
        return fail("{}: {}", engineName(kind), current->error->message);
    } else if (const auto difference = pair.firstDifference(previous, *current)) {
      if (*difference == current->results.size()) {
        comparison.divergence = withoutEvent(previous, *current, current->error->message);
      } else if (!comparison.divergence) { // Once more, this time with all events.
        const auto record = [&](size_t i) { return i == *difference; };
        const auto expected = runAll(stimulus, previous.totals.kind, record, progress, factory),
                   found = runAll(stimulus, kind, record, progress, factory);
        if (expected && found && expected->results.size() > *difference && found->results.size() > *difference)
          comparison.divergence = pair.diverge(*expected, *found, *difference);
        if (!comparison.divergence)
          comparison.divergence =
              withoutEvent(previous, *current, fmt::format("run {} differs, but not when it is repeated with all events", *difference));
      }
      return comparison;
    }
    previous = std::move(*current);
  }
  return comparison;
}

} // namespace softdpu::tools
