//===- main.cpp - softdpu-oracle: random recurrent models against ONNX Runtime -----------===//

#include "Check.h"
#include "Reference.h"
#include "Shrink.h"
#include "Summary.h"

#include "Progress.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace softdpu::oracle {
namespace {

struct Settings {
  uint64_t models = 200, seed = 1, engines = 20;
  std::string folder = SOFTDPU_ORACLE, saveTo;
  bool json = false;
};

/// The smallest model that fails like this one, and how it does.
std::pair<ModelDescription, Verdict> smallest(Checker &checker, const ModelDescription &model, const Verdict &verdict, bool allEngines) {
  const ModelDescription small =
      shrink(model, [&](const ModelDescription &candidate) { return checker.check(candidate, allEngines).failure == verdict.failure; });
  return {small, checker.check(small, allEngines)};
}

Expected<bool> run(const Settings &settings) {
  auto runtime = OnnxRuntime::start(settings.folder);
  if (!runtime)
    return tl::unexpected(runtime.error());
  Checker checker(*runtime);
  Summary summary(runtime->version(), settings.seed);
  tools::Progress progress;
  uint64_t compared = 0;
  for (uint64_t i = 0; i < settings.models; ++i) {
    progress.count("random model", i, settings.models);
    const ModelDescription drawn = randomModel(settings.seed + i), model = tamed(drawn);
    const bool allEngines = compared < settings.engines;
    const Verdict verdict = checker.check(model, allEngines);
    compared += verdict.enginesCompared;
    summary.add(model, verdict, model.layers[0].gain < drawn.layers[0].gain);
    if (!verdict.failure)
      continue;
    const auto [small, how] = smallest(checker, model, verdict, allEngines);
    summary.addFailure(model, verdict, small, how);
    if (!settings.saveTo.empty())
      if (const auto saved = save(small, settings.saveTo + "/" + std::to_string(model.seed)); !saved)
        return tl::unexpected(saved.error());
  }
  std::fputs((settings.json ? summary.json().dump(2) + "\n" : summary.text()).c_str(), stdout);
  return summary.passed();
}

} // namespace
} // namespace softdpu::oracle

int main(int argc, char **argv) {
  using namespace softdpu::oracle;
  Settings settings;
  CLI::App app("Random recurrent models: float32 on the CPU against ONNX Runtime, the DPU against the bound of its format, the DPU engines "
               "against each other. Model i has seed SEED + i. A failing model is printed as it is and in its smallest form.\n"
               "Exit code 0: all agree; 1: a difference; 2: it could not run.");
  app.add_option("--models", settings.models, "How many")->capture_default_str();
  app.add_option("--seed", settings.seed, "Of the first model")->capture_default_str();
  app.add_option("--engines", settings.engines, "Of the models with layers on the DPU, this many run on all engines")
      ->capture_default_str();
  app.add_option("--oracle", settings.folder, "The folder of serve.mjs and node_modules")->capture_default_str();
  app.add_option("--save", settings.saveTo, "Write each failing model, in its smallest form, and its inputs to DIR/<seed>");
  app.add_flag("--json", settings.json, "Print one JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto passed = run(settings);
  if (!passed) {
    std::fprintf(stderr, "softdpu-oracle: %s\n", passed.error().message.c_str());
    return 2;
  }
  return *passed ? 0 : 1;
}
