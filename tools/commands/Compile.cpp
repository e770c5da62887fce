//===- Compile.cpp - softdpu compile -----------------------------------------------------===//

#include "Commands.h"
#include "Models.h"
#include "ProgramSummary.h"
#include "Progress.h"
#include "Text.h"
#include "softdpu/host_runtime/TensorFile.h"

#include <chrono>

namespace softdpu::tools {
namespace {

struct Settings {
  std::string model, output, emit;
  bool report = false;
  CompileSettings compile;
};

Expected<Outcome> emitForm(const Settings &settings, Intermediate form) {
  auto text = compileToText(settings.model, settings.compile, form);
  if (!text)
    return tl::unexpected(text.error());
  if (settings.output.empty())
    return Outcome{.json = {{settings.emit, *text}}, .text = std::move(*text)};
  if (const auto written = writeFile(settings.output, std::as_bytes(std::span(*text))); !written)
    return tl::unexpected(written.error());
  return Outcome{.json = {{"output", settings.output}}, .text = fmt::format("{}: {}\n", settings.output, byteSize(text->size()))};
}

/// Adds where each node runs, and why it is on the CPU.
Expected<void> addReport(const Settings &settings, Outcome &outcome) {
  const auto nodes = placeNodes(settings.model, settings.compile);
  if (!nodes)
    return tl::unexpected(nodes.error());
  Json list = Json::array();
  Table table({"node", "operator", "runs on", ""});
  for (const PlacedNode &node : *nodes) {
    list.push_back({{"node", node.node}, {"op", node.op}, {"place", node.place}, {"detail", node.detail}});
    const std::string detail = node.place == "cpu"    ? "because " + node.detail
                               : node.place == "none" ? "no step of its own: constant, a view, or not needed"
                                                      : node.detail;
    table.add({node.node, node.op, node.place == "dpu" ? "DPU" : node.place == "cpu" ? "CPU" : "-", detail});
  }
  outcome.json["nodes"] = std::move(list);
  outcome.text += (outcome.text.empty() ? "" : "\n") + table.str();
  return {};
}

Outcome summaryOf(const Settings &settings, const Program &program, const ProgramSummary &summary, double seconds) {
  Outcome outcome;
  Json sequences = Json::array();
  Table table({"sequence", ">chains", ">of them with mv_mul", ">matrix loads"});
  for (const SequenceSummary &sequence : summary.sequences) {
    table.add({sequence.name, grouped(sequence.chains), grouped(sequence.matrixProducts), grouped(sequence.matrixLoads)});
    sequences.push_back({{"name", sequence.name},
                         {"chains", sequence.chains},
                         {"matrix_products", sequence.matrixProducts},
                         {"matrix_loads", sequence.matrixLoads}});
  }
  outcome.json = {{"output", settings.output},  {"model", program.model},
                  {"arch", program.arch.name},  {"format", formatName(program.format)},
                  {"regions", summary.regions}, {"host_steps", summary.hostSteps},
                  {"sequences", sequences},     {"memory", memoryJson(program, summary)},
                  {"compile_seconds", seconds}};
  outcome.text = fmt::format("{} -> {}: {}, {}, compiled in {}\n", settings.model, settings.output, program.arch.name,
                             formatName(program.format), duration(seconds));
  outcome.text += fmt::format("  {} on the DPU, {} on the CPU, {} of weights\n\n", counted(summary.regions, "region"),
                              counted(summary.hostSteps, "step"), byteSize(summary.weightBytes));
  outcome.text += table.str() + "\n" + memoryText(program, summary);
  return outcome;
}

Expected<Outcome> compile(const Settings &settings) {
  if (settings.emit == "rnn")
    return emitForm(settings, Intermediate::Rnn);
  if (settings.emit == "dpu")
    return emitForm(settings, Intermediate::Dpu);
  if (settings.emit == "asm")
    return emitForm(settings, Intermediate::Asm);
  Outcome outcome;
  if (settings.output.empty()) {
    if (!settings.report)
      return fail("say where to write the program: -o OUT.dpu");
    if (const auto added = addReport(settings, outcome); !added)
      return tl::unexpected(added.error());
    return outcome;
  }

  Progress progress;
  progress.stage("compiling");
  const auto start = std::chrono::steady_clock::now();
  const auto program = compileModel(settings.model, settings.compile);
  if (!program)
    return tl::unexpected(program.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto summary = summarise(*program);
  if (!summary)
    return tl::unexpected(summary.error());
  if (const auto written = writeProgram(*program, settings.output); !written)
    return tl::unexpected(written.error());
  outcome = summaryOf(settings, *program, *summary, seconds);
  if (settings.report)
    if (const auto added = addReport(settings, outcome); !added)
      return tl::unexpected(added.error());
  return outcome;
}

} // namespace

void addCompile(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("compile", "Compile an ONNX model to a DPU program",
                           "softdpu compile gru.onnx -o gru.dpu --arch edge\n"
                           "softdpu compile gru.onnx -o gru.dpu --arch s10 --format msfp13 --place output=cpu\n"
                           "softdpu compile gru.onnx --arch edge --report\n"
                           "softdpu compile gru.onnx --arch edge --emit asm",
                           [settings] { return compile(*settings); });
  app->add_option("MODEL", settings->model, "An .onnx file")->required();
  app->add_option("-o,--output", settings->output, "The .dpu file to write; with --emit the text file (default: stdout)");
  app->add_option("--arch", settings->compile.arch, "Architecture: a name (softdpu arch lists them) or a .toml file")
      ->capture_default_str();
  addFormatOption(*app, settings->compile);
  app->add_option("--emit", settings->emit, "Print an intermediate form")->check(CLI::IsMember({"rnn", "dpu", "asm"}));
  app->add_option("--place", settings->compile.placement, "NODE=cpu or NODE=dpu; '*' is every node");
  app->add_flag("--report", settings->report, "Print where each node runs, and why; needs no -o");
  app->add_option("--bind", settings->compile.bindings, "INPUT=FILE: make an input a constant");
}

} // namespace softdpu::tools
