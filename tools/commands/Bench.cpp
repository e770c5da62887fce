//===- Bench.cpp - softdpu bench: options and choice of the suite ------------------------===//

#include "Bench.h"

namespace softdpu::tools {
namespace {

Expected<Outcome> bench(const BenchSettings &settings) {
  const auto arch = loadArch(settings.compile.arch);
  if (!arch)
    return tl::unexpected(arch.error());
  const auto kind = parseEngineName(settings.engine);
  if (!kind)
    return tl::unexpected(kind.error());
  if (!hasCycles(*kind))
    return fail("--engine {}: it has no cycles; choose systemc or rtl", settings.engine);
  if (settings.timingOnly && *kind != EngineKind::SystemC)
    return fail("--timing-only needs --engine systemc; {} always computes", settings.engine);
  if (settings.suite == "deepbench")
    return settings.scale == 1 ? benchDeepBench(settings, *arch, *kind) : fail("--scale is for zoo; deepbench has --hidden");
  return settings.hidden.empty() ? benchZoo(settings, *arch, *kind) : fail("--hidden is for deepbench; zoo has --scale");
}

} // namespace

void addBench(CommandLine &line) {
  const auto settings = std::make_shared<BenchSettings>();
  CLI::App *app = line.add("bench", "Run the layers of DeepBench, or the models of the zoo, beside published results",
                           "softdpu bench deepbench --arch s10\n"
                           "softdpu bench deepbench --arch s10 --timing-only --points gru2816,lstm256\n"
                           "softdpu bench deepbench --arch edge --engine rtl --hidden 64,128 --steps 8\n"
                           "softdpu bench zoo --arch s10\n"
                           "softdpu bench zoo --arch edge --scale 8 --points production1_lstm,tagging",
                           [settings] { return bench(*settings); });
  app->add_option("SUITE", settings->suite, "deepbench or zoo")->required()->check(CLI::IsMember({"deepbench", "zoo"}));
  app->add_option("--arch", settings->compile.arch, "Architecture: a name (softdpu arch lists them) or a .toml file")->required();
  app->add_option("--engine", settings->engine, "systemc or rtl")->capture_default_str();
  app->add_option("--format", settings->compile.format, "Block format (default: the widest of the architecture)");
  app->add_option("--points", settings->points, "Some only, by name: gru2816,lstm256 or production1_lstm,tagging")->delimiter(',');
  app->add_option("--hidden", settings->hidden, "DeepBench: other hidden sizes instead, for GRU and LSTM: runs scaled down")
      ->delimiter(',')
      ->check(CLI::Range(1u, 65535u));
  app->add_option("--steps", settings->steps,
                  "DeepBench: time steps instead of each point's own (with --hidden: default 16); zoo: no sequence is longer")
      ->check(CLI::Range(1u, 1000000u));
  app->add_option("--scale", settings->scale, "Zoo: divide widths and vocabulary, for small architectures")
      ->capture_default_str()
      ->check(CLI::Range(1u, 1000u));
  app->add_option("--repeat", settings->repeat,
                  "Zoo: runs to take the time of the CPU by, with one thread and with all; the fastest counts")
      ->capture_default_str()
      ->check(CLI::Range(1u, 1000u));
  app->add_flag("--timing-only", settings->timingOnly, "Move no data and compare nothing: the same cycles, sooner");
  app->add_option("--seed", settings->seed, "Of weights and inputs")->capture_default_str();
}

} // namespace softdpu::tools
