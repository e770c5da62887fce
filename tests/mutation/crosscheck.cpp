//===- crosscheck.cpp - All engines on the same programs, up to the first difference -----===//
//
// Prints one JSON object. Exit code 0: no difference; 1: the object says where, and which engine and unit are to blame; 2: bad usage.
//
//===-------------------------------------------------------------------------------------===//

#include "Directed.h"

#include "softdpu/simulator/Trace.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

using namespace softdpu;
using namespace softdpu::mutation;

namespace {

/// Far above what any of the programs takes, and soon reached by one that hangs.
constexpr uint64_t cycleLimit = 60'000;

struct Ran {
  std::string_view engine;
  Recording recording;
  RunResult result;
  std::string failure;

  RecordedRun recorded() const { return {engine, recording, result}; }
};

struct Verdict {
  std::string suspect; ///< The engine that two others contradict; "systemc or rtl" if only cycles differ.
  Divergence divergence;
  std::string failure; ///< What the suspect said.
};

/// Two engines that agree are right: values against all others, cycles where they are known.
std::optional<Verdict> judge(const RunContext &context, const Ran &functional, const Ran &systemc, const Ran &rtl) {
  const auto differ = [&](const Ran &a, const Ran &b) { return compareRuns(context, a.recorded(), b.recorded()); };
  const auto goldenAndSystemC = differ(functional, systemc), goldenAndRtl = differ(functional, rtl), cycles = differ(systemc, rtl);
  if (!goldenAndSystemC && !goldenAndRtl && !cycles)
    return std::nullopt;
  if (!goldenAndSystemC && !goldenAndRtl)
    return Verdict{"systemc or rtl", *cycles, {}};
  if (!goldenAndSystemC)
    return Verdict{"rtl", cycles ? *cycles : *goldenAndRtl, rtl.failure};
  if (!goldenAndRtl)
    return Verdict{"systemc", *differ(rtl, systemc), systemc.failure};
  if (!cycles)
    return Verdict{"functional", *differ(systemc, functional), functional.failure};
  return Verdict{"all", *cycles, {}};
}

nlohmann::ordered_json toJson(const Verdict &verdict, const std::string &name, size_t run) {
  const Divergence &d = verdict.divergence;
  return {{"program", name},  {"run", run},           {"suspect", verdict.suspect}, {"unit", d.unit},
          {"cycle", d.cycle}, {"what", d.describe()}, {"failure", verdict.failure}};
}

class Crosscheck {
public:
  explicit Crosscheck(const Arch &arch, std::unique_ptr<Engine> rtl) : arch(arch) {
    engines = {createFunctionalEngine(arch), createSystemCEngine(arch), std::move(rtl)};
  }

  /// \returns the first difference as JSON, or null.
  Expected<nlohmann::ordered_json> compare(const Work &work) {
    for (auto &engine : engines)
      if (auto loaded = engine->loadInstructions(work.words); !loaded)
        return fail("{}: {}: {}", work.name, engine->name(), loaded.error().message);
    for (size_t run = 0; run < work.runs.size(); ++run) {
      const RandomRun &input = work.runs[run];
      Ran ran[3];
      for (size_t i = 0; i < engines.size(); ++i) {
        RunOptions options = input.options();
        options.cycleLimit = cycleLimit;
        options.observer = &ran[i].recording;
        ran[i].engine = engines[i]->name();
        if (auto result = engines[i]->run(input.entryPoint, input.netIn, input.weights, options))
          ran[i].result = std::move(*result);
        else
          ran[i].failure = result.error().message;
      }
      const RunContext context{arch, work.words, input.entryPoint, input.scalars, {}};
      if (const auto verdict = judge(context, ran[0], ran[1], ran[2]))
        return toJson(*verdict, work.name, run);
      for (const Ran &r : ran)
        if (!r.failure.empty())
          return fail("{}: {}", work.name, r.failure);
      cycles += ran[2].result.counters.cycles;
    }
    ++programs;
    return nullptr;
  }

  uint64_t programs = 0, cycles = 0;

private:
  const Arch &arch;
  std::array<std::unique_ptr<Engine>, 3> engines;
};

/// \returns the first difference as JSON, or what was compared.
Expected<nlohmann::ordered_json> check(const Arch &arch, unsigned randomPrograms) {
  auto rtl = createRtlEngine(arch);
  if (!rtl)
    return tl::unexpected(rtl.error());
  Crosscheck crosscheck(arch, std::move(*rtl));
  const auto directed = directedPrograms(arch);
  if (!directed)
    return tl::unexpected(directed.error());
  for (const Work &work : *directed)
    if (auto difference = crosscheck.compare(work); !difference || !difference->is_null())
      return difference;
  for (uint64_t seed = 1; seed <= randomPrograms; ++seed) {
    auto program = generateRandomProgram(arch, seed);
    if (!program)
      return tl::unexpected(program.error());
    const Work work{replayCommand(arch, seed), std::move(program->words), std::move(program->runs)};
    if (auto difference = crosscheck.compare(work); !difference || !difference->is_null())
      return difference;
  }
  return nlohmann::ordered_json{{"programs", crosscheck.programs}, {"cycles", crosscheck.cycles}};
}

} // namespace

int main(int argc, char **argv) {
  CLI::App app("Runs directed and random programs on the functional, SystemC and RTL engines; stops at the first difference.");
  std::string archName = "tiny";
  unsigned randomPrograms = 20;
  app.add_option("--arch", archName, "Architecture that this build holds RTL for")->capture_default_str();
  app.add_option("--random", randomPrograms, "Random programs, of seeds 1, 2, ...")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto arch = loadArch(archName);
  const auto result = arch ? check(*arch, randomPrograms) : tl::unexpected(arch.error());
  if (!result) {
    fmt::print(stderr, "softdpu-crosscheck: {}\n", result.error().message);
    return 2;
  }
  fmt::print("{}\n", result->dump(2));
  return result->contains("unit") ? 1 : 0;
}
