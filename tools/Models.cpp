//===- Models.cpp - From a file name to a program ----------------------------------------===//

#include "Models.h"

#ifdef SOFTDPU_HAS_COMPILER
#include "deepbench/LayerModel.h"
#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "zoo/ZooModel.h"
#endif

namespace softdpu::tools {

void addFormatOption(CLI::App &app, CompileSettings &settings) {
  const auto take = [&settings](const std::vector<std::string> &formats) {
    for (const std::string &text : formats)
      if (text.find('=') == text.npos)
        settings.format = text;
      else
        settings.nodeFormats.push_back(text);
  };
  app.add_option_function<std::vector<std::string>>("--format", take,
                                                    "FORMAT or NODE=FORMAT: block format, such as msfp13, of all nodes or of one; may be "
                                                    "given several times (default: the architecture's widest)")
      ->allow_extra_args(false); // What follows may be the model.
}

bool isModel(const std::filesystem::path &path) { return path.extension() == ".onnx"; }

#ifdef SOFTDPU_HAS_COMPILER
namespace {

/// "NAME=VALUE"; names may hold '=', values not.
Expected<std::pair<std::string, std::string>> splitAssignment(const std::string &text, std::string_view option, std::string_view form) {
  const size_t at = text.rfind('=');
  if (at == text.npos || at == 0 || at + 1 == text.size())
    return fail("{} {}: expected {}", option, text, form);
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

Expected<CompileOptions> compileOptions(const CompileSettings &settings) {
  CompileOptions options;
  auto arch = loadArch(settings.arch);
  if (!arch)
    return tl::unexpected(arch.error());
  options.arch = std::move(*arch);
  options.format = settings.format;
  for (const std::string &text : settings.nodeFormats) {
    const auto split = splitAssignment(text, "--format", "NODE=FORMAT");
    if (!split)
      return tl::unexpected(split.error());
    options.nodeFormats[split->first] = split->second;
  }
  for (const std::string &text : settings.placement) {
    const auto split = splitAssignment(text, "--place", "NODE=cpu or NODE=dpu");
    if (!split)
      return tl::unexpected(split.error());
    if (split->second != "cpu" && split->second != "dpu")
      return fail("--place {}: a node runs on cpu or dpu", text);
    options.placement[split->first] = split->second;
  }
  for (const std::string &text : settings.bindings) {
    const auto split = splitAssignment(text, "--bind", "INPUT=FILE");
    if (!split)
      return tl::unexpected(split.error());
    auto tensors = readTensors(split->second);
    if (!tensors)
      return tl::unexpected(tensors.error());
    if (tensors->size() != 1)
      return fail("{}: {} tensors, expected one to bind to input \"{}\"", split->second, tensors->size(), split->first);
    options.bindings[split->first] = std::move(tensors->begin()->second);
  }
  return options;
}

} // namespace

Expected<Program> compileModel(const std::filesystem::path &path, const CompileSettings &settings,
                               const std::vector<std::string> &extraOutputs) {
  auto options = compileOptions(settings);
  if (!options)
    return tl::unexpected(options.error());
  options->extraOutputs = extraOutputs;
  return compileOnnx(path, *options);
}

Expected<Program> compileLayer(const deepbench::Layer &layer, uint64_t seed, const CompileSettings &settings) {
  const auto options = compileOptions(settings);
  if (!options)
    return tl::unexpected(options.error());
  return compileOnnxBytes(deepbench::layerModel(layer, seed), deepbench::layerName(layer), *options);
}

Expected<Program> compileZoo(const zoo::Entry &entry, uint64_t seed, uint32_t scale, std::optional<uint32_t> maxSteps,
                             const CompileSettings &settings) {
  const auto options = compileOptions(settings);
  if (!options)
    return tl::unexpected(options.error());
  return compileOnnxBytes(zoo::zooModel(entry, {.seed = seed, .scale = scale, .maxSteps = maxSteps}), entry.name, *options);
}

Expected<ModelSource> layerSource(const deepbench::Layer &layer) {
  return ModelSource{.name = deepbench::layerName(layer), .bytes = deepbench::uniformLayerModel(layer)};
}

Expected<Program> compileForTiming(const ModelSource &source, const Arch &arch, const std::string &format) {
  const CompileOptions options{.arch = arch, .format = format, .placement = {}, .bindings = {}, .timingOnly = true};
  return source.bytes.empty() ? compileOnnx(source.name, options) : compileOnnxBytes(source.bytes, source.name, options);
}

Expected<std::vector<PlacedNode>> placeNodes(const std::filesystem::path &path, const CompileSettings &settings) {
  const auto options = compileOptions(settings);
  if (!options)
    return tl::unexpected(options.error());
  const auto placements = softdpu::placeNodes(path, *options);
  if (!placements)
    return tl::unexpected(placements.error());
  std::vector<PlacedNode> nodes;
  for (const NodePlacement &each : *placements)
    nodes.push_back({.node = each.node,
                     .op = each.op,
                     .place = each.place == NodePlacement::Place::Dpu   ? "dpu"
                              : each.place == NodePlacement::Place::Cpu ? "cpu"
                                                                        : "none",
                     .detail = each.detail});
  return nodes;
}

Expected<std::string> compileToText(const std::filesystem::path &path, const CompileSettings &settings, Intermediate form) {
  const auto options = compileOptions(settings);
  if (!options)
    return tl::unexpected(options.error());
  return emitText(path, *options, form == Intermediate::Rnn ? Stage::Rnn : form == Intermediate::Dpu ? Stage::Dpu : Stage::Asm);
}
#else
namespace {

auto noCompiler() { return fail("this build has no compiler; configure it with -DSOFTDPU_COMPILER=ON"); }

} // namespace

Expected<Program> compileModel(const std::filesystem::path &, const CompileSettings &, const std::vector<std::string> &) {
  return noCompiler();
}
Expected<Program> compileLayer(const deepbench::Layer &, uint64_t, const CompileSettings &) { return noCompiler(); }
Expected<Program> compileZoo(const zoo::Entry &, uint64_t, uint32_t, std::optional<uint32_t>, const CompileSettings &) {
  return noCompiler();
}
Expected<ModelSource> layerSource(const deepbench::Layer &) { return noCompiler(); }
Expected<Program> compileForTiming(const ModelSource &, const Arch &, const std::string &) { return noCompiler(); }
Expected<std::vector<PlacedNode>> placeNodes(const std::filesystem::path &, const CompileSettings &) { return noCompiler(); }
Expected<std::string> compileToText(const std::filesystem::path &, const CompileSettings &, Intermediate) { return noCompiler(); }
#endif

Expected<Program> compileReference(const std::filesystem::path &path, CompileSettings settings,
                                   const std::vector<std::string> &extraOutputs) {
  settings.placement = {"*=cpu"};
  settings.nodeFormats.clear();
  return compileModel(path, settings, extraOutputs);
}

Expected<Program> compileOrRead(const std::filesystem::path &path, const CompileSettings &settings) {
  return isModel(path) ? compileModel(path, settings) : readProgram(path);
}

} // namespace softdpu::tools
