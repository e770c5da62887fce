//===- Run.cpp - softdpu run -------------------------------------------------------------===//

#include "Commands.h"
#include "Inputs.h"
#include "Progress.h"
#include "Text.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

namespace softdpu::tools {
namespace {

struct Settings {
  std::string program, engine = "functional", arch, output;
  bool zeros = false;
  InputSettings inputs;
};

/// Output names become file names; a name may hold '/' and the like.
std::string fileName(std::string name) {
  for (char &c : name)
    if (c == '/' || c == '\\' || c == '\0')
      c = '_';
  return (name.empty() || name[0] == '.' ? "_" + name : name) + ".npy";
}

Expected<Outcome> run(Settings settings) {
  auto program = readProgram(settings.program);
  if (!program)
    return tl::unexpected(program.error());
  const auto kind = parseEngineName(settings.engine);
  if (!kind)
    return tl::unexpected(kind.error());
  const auto arch = settings.arch.empty() ? Expected<Arch>(program->arch) : loadArch(settings.arch);
  if (!arch)
    return tl::unexpected(arch.error());
  if (const auto matches = checkFingerprint(*program, *arch); !matches)
    return fail("{}: {}", settings.program, matches.error().message);
  settings.inputs.missing = settings.zeros ? Missing::Zero : Missing::Leave;
  const auto inputs = makeInputs(*program, settings.inputs);
  if (!inputs)
    return tl::unexpected(inputs.error());

  Progress progress;
  progress.stage(fmt::format("{}: loading weights", settings.engine));
  auto device = Device::create(*kind, *arch);
  if (!device)
    return tl::unexpected(device.error());
  auto session = Session::create(std::move(*program), std::move(*device));
  if (!session)
    return fail("{}: {}", settings.program, session.error().message);
  progress.stage(fmt::format("{}: running", settings.engine));
  const auto outputs = session->run(*inputs);
  if (!outputs)
    return tl::unexpected(outputs.error());

  const RunStatistics &statistics = session->statistics();
  Outcome outcome;
  outcome.json = {{"engine", settings.engine}, {"outputs", Json::array()}};
  Table table({"output", "type and shape", "file"});
  if (!settings.output.empty()) {
    std::error_code error;
    std::filesystem::create_directories(settings.output, error);
    if (error)
      return fail("{}: cannot be created: {}", settings.output, error.message());
  }
  for (const auto &[name, tensor] : *outputs) {
    const std::string path = settings.output.empty() ? "" : (std::filesystem::path(settings.output) / fileName(name)).string();
    if (!path.empty())
      if (const auto written = writeNpy(tensor, path); !written)
        return tl::unexpected(written.error());
    table.add({name, describe(tensor), path});
    outcome.json["outputs"].push_back(
        {{"name", name}, {"type", elementTypeName(tensor.type)}, {"shape", tensor.shape}, {"file", path.empty() ? Json() : Json(path)}});
  }
  outcome.json["seconds"] = statistics.seconds;
  outcome.json["saturated_inputs"] = statistics.saturated();
  if (hasCycles(*kind))
    outcome.json["cycles"] = statistics.counters().cycles;
  outcome.text = table.str("") + fmt::format("\n{}: {}, {} of it on the host\n", settings.engine, duration(statistics.seconds),
                                             duration(statistics.seconds - statistics.engineSeconds()));
  if (hasCycles(*kind))
    outcome.text += fmt::format("{} cycles: {} at {} MHz\n", grouped(statistics.counters().cycles),
                                duration(double(statistics.counters().cycles) / (arch->clockMhz * 1e6)), arch->clockMhz);
  if (statistics.saturated() > 0)
    outcome.text += fmt::format("{} beyond float16's range went to the DPU as +/-65504\n", counted(statistics.saturated(), "value"));
  return outcome;
}

} // namespace

void addRun(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("run", "Run a program on tensors",
                           "softdpu run gru.dpu --engine functional --input tokens=tokens.npy h0=h0.npy --output out\n"
                           "softdpu run gru.dpu --engine rtl --input inputs.npz --steps 16 --output out",
                           [settings] { return run(*settings); });
  app->add_option("PROGRAM", settings->program, "A .dpu file")->required();
  app->add_option("--engine", settings->engine, "functional, systemc, rtl, or cpu for a program without DPU regions")
      ->capture_default_str();
  app->add_option("--arch", settings->arch, "The device's architecture (default: the program's)");
  app->add_option("--input", settings->inputs.files, "[NAME=]FILE: .npy, .npz or ONNX .pb");
  app->add_flag("--zeros", settings->zeros, "Inputs that no file gives are zeros");
  app->add_option("--steps", settings->inputs.steps, "Use only the first time steps of the inputs")->check(CLI::NonNegativeNumber);
  app->add_option("--output", settings->output, "Directory for <output name>.npy");
}

} // namespace softdpu::tools
