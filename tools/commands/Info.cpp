//===- Info.cpp - softdpu info -----------------------------------------------------------===//

#include "Commands.h"
#include "ProgramSummary.h"
#include "Text.h"
#include "softdpu/host_runtime/Tensors.h"

#include <fmt/ranges.h>

namespace softdpu::tools {
namespace {

Json jsonOf(std::span<const Port> ports) {
  Json json = Json::array();
  for (const Port &port : ports) {
    Json shape = Json::array();
    for (const Dimension &dimension : port.shape)
      shape.push_back(dimension.size >= 0 ? Json(dimension.size) : Json(dimension.symbol));
    json.push_back({{"name", port.name}, {"type", elementTypeName(port.type)}, {"shape", shape}});
  }
  return json;
}

Json jsonOf(const Program &program, const ProgramSummary &summary) {
  Json nodes = Json::array(), steps = Json::array();
  for (const NodeSummary &node : summary.nodes)
    nodes.push_back({{"node", node.node}, {"instructions", node.instructions}, {"chains", node.chains}});
  for (const Step &step : program.steps) {
    if (const auto *host = std::get_if<HostStep>(&step))
      steps.push_back({{"where", "cpu"}, {"op", host->op}, {"node", host->node}});
    else
      steps.push_back({{"where", "dpu"}, {"region", std::get<DpuRegion>(step).name}});
  }
  return {{"model", program.model},
          {"arch", program.arch.name},
          {"fingerprint", fmt::format("{:016x}", fingerprint(program.arch))},
          {"format", formatName(program.format)},
          {"inputs", jsonOf(program.inputs)},
          {"outputs", jsonOf(program.outputs)},
          {"steps", steps},
          {"nodes", nodes},
          {"memory", memoryJson(program, summary)},
          {"metadata", program.metadata}};
}

std::string textOf(const std::string &path, const Program &program, const ProgramSummary &summary) {
  std::string text = fmt::format("{}: graph {} for {} (fingerprint {:016x}), {}, {} of weights\n\n", path, program.model, program.arch.name,
                                 fingerprint(program.arch), formatName(program.format), byteSize(summary.weightBytes));
  Table signature({"", "name", "type", "shape"});
  for (const Port &port : program.inputs)
    signature.add({"input", port.name, std::string(elementTypeName(port.type)), shapeText(port.shape)});
  for (const Port &port : program.outputs)
    signature.add({"output", port.name, std::string(elementTypeName(port.type)), shapeText(port.shape)});
  text += signature.str() + "\n" + memoryText(program, summary) + "\n";

  Table steps({"step", "runs on", "node"});
  for (const Step &step : program.steps) {
    if (const auto *host = std::get_if<HostStep>(&step))
      steps.add({host->op, "CPU", host->node});
    else
      steps.add({std::get<DpuRegion>(step).name, "DPU", ""});
  }
  text += steps.str();
  if (!summary.nodes.empty()) {
    Table nodes({"on the DPU", ">instructions", "chains"});
    for (const NodeSummary &node : summary.nodes)
      nodes.add({node.node, grouped(node.instructions), fmt::format("{}", fmt::join(node.chains, ", "))});
    text += "\n" + nodes.str();
  }
  return text;
}

Expected<Outcome> info(const std::string &path) {
  const auto program = readProgram(path);
  if (!program)
    return tl::unexpected(program.error());
  const auto summary = summarise(*program);
  if (!summary)
    return fail("{}: {}", path, summary.error().message);
  return Outcome{.json = jsonOf(*program, *summary), .text = textOf(path, *program, *summary)};
}

} // namespace

void addInfo(CommandLine &line) {
  const auto path = std::make_shared<std::string>();
  CLI::App *app = line.add("info", "Show what a program takes, gives and consists of", "softdpu info gru.dpu\nsoftdpu info gru.dpu --json",
                           [path] { return info(*path); });
  app->add_option("PROGRAM", *path, "A .dpu file")->required();
}

} // namespace softdpu::tools
