//===- Measurement.cpp - A model in float32 and in formats, on the same data -------------===//

#include "accuracy/Measurement.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <numeric>

namespace softdpu::tools {
namespace {

Expected<Session> sessionOf(EngineKind kind, Program program, const RunOptions &options = {}) {
  auto device = Device::create(kind, program.arch);
  if (!device)
    return tl::unexpected(device.error());
  return Session::create(std::move(program), std::move(*device), options);
}

} // namespace

uint64_t Measured::totalWeightBytes() const { return std::accumulate(weightBytes.begin(), weightBytes.end(), uint64_t(0)); }

Expected<Bench> Bench::create(AccuracySettings settings, std::vector<Sample> samples, Progress &progress) {
  Bench bench(std::move(settings), std::move(samples));
  if (const auto done = bench.runReference(progress); !done)
    return tl::unexpected(done.error());
  if (const auto checked = bench.checkLabels(); !checked)
    return tl::unexpected(checked.error());
  return bench;
}

Expected<void> Bench::runReference(Progress &progress) {
  progress.stage("compiling");
  const auto onDpu = compileModel(settings.model, settings.compile);
  if (!onDpu)
    return tl::unexpected(onDpu.error());
  arch = onDpu->arch;
  auto plain = compileReference(settings.model, settings.compile);
  if (!plain)
    return tl::unexpected(plain.error());
  dpuLayers = layersOnDpu(*plain, *onDpu);
  if (dpuLayers.empty())
    return std::ranges::any_of(onDpu->steps, [](const Step &step) { return std::holds_alternative<DpuRegion>(step); })
               ? fail("{}: its layers on the DPU are written out or inside of Loop, Scan or If, so that float32 has no tensor to compare "
                      "them with; "
                      "layers that are nodes of the graph are supported",
                      settings.model)
               : fail("{}: no layer of it runs on the DPU, so no format matters", settings.model);
  for (const Layer &layer : dpuLayers)
    tensors.push_back(layer.tensor);
  auto program = compileReference(settings.model, settings.compile, tensors);
  if (!program)
    return tl::unexpected(program.error());
  auto session = sessionOf(EngineKind::Cpu, std::move(*program));
  if (!session)
    return tl::unexpected(session.error());
  for (const Sample &sample : data) {
    progress.count("float32", inputs.size(), data.size());
    auto given = inputsOf(session->program(), sample, settings.zeros);
    if (!given)
      return tl::unexpected(given.error());
    auto result = session->run(*given);
    if (!result)
      return fail("{}: {}", sample.name, result.error().message);
    if (sample.labels && !labelled) {
      auto task = taskOf(*plain, *result, *sample.labels, settings.output);
      if (!task)
        return fail("{}: {}", sample.name, task.error().message);
      labelled = std::move(*task);
    }
    inputs.push_back(std::move(*given));
    outputs.push_back(std::move(*result));
  }
  return {};
}

Expected<void> Bench::checkLabels() {
  if (!labelled) {
    if (!settings.output.empty())
      return fail("--output {}: there are no labels; put an array \"{}\" into the data, or add --labels FILE", settings.output, labelsName);
    return {};
  }
  referenceScore.emplace(*labelled);
  for (size_t i = 0; i < data.size(); ++i) {
    if (!data[i].labels)
      return fail("{}: no array \"{}\", but other samples have one", data[i].name, labelsName);
    if (const auto added = referenceScore->add(outputs[i], *data[i].labels); !added)
      return fail("{}: {}", data[i].name, added.error().message);
  }
  if (referenceScore->labels() == 0)
    return fail("{}: every label is negative, which means none", data.front().name);
  return {};
}

CompileSettings Bench::compileSettings(const Assignment &assignment) const {
  CompileSettings compile = settings.compile;
  compile.format = assignment.format;
  compile.nodeFormats.clear();
  for (size_t i = 0; i < assignment.layers.size(); ++i)
    compile.nodeFormats.push_back(dpuLayers[i].node + "=" + assignment.layers[i]);
  return compile;
}

Expected<Measured> Bench::measure(const Assignment &assignment, bool withCycles, Progress &progress) const {
  const std::string label = assignment.layers.empty() ? assignment.format : "mixed formats";
  progress.stage(label);
  auto program = compileModel(settings.model, compileSettings(assignment), tensors);
  if (!program)
    return tl::unexpected(program.error());
  Measured measured{.assignment = assignment,
                    .layers = std::vector<LayerError>(dpuLayers.size()),
                    .weightBytes = {},
                    .programBytes = program->weights.size(),
                    .loss = {},
                    .accuracy = {},
                    .cycles = {},
                    .saturated = 0};
  std::vector<unsigned> mantissaBits;
  for (size_t i = 0; i < dpuLayers.size(); ++i) {
    const auto format = parseFormat(assignment.of(i), arch.nativeDim);
    if (!format)
      return tl::unexpected(format.error());
    mantissaBits.push_back(format->mantissaBits);
  }
  auto bytes = weightBytes(*program, dpuLayers, mantissaBits);
  if (!bytes)
    return tl::unexpected(bytes.error());
  measured.weightBytes = std::move(*bytes);

  auto session = sessionOf(settings.engine, std::move(*program));
  if (!session)
    return tl::unexpected(session.error());
  std::optional<Score> score;
  if (labelled)
    score.emplace(*labelled);
  for (size_t i = 0; i < inputs.size(); ++i) {
    progress.count(label, i, inputs.size());
    const auto result = session->run(inputs[i]);
    if (!result)
      return fail("{}: {}", data[i].name, result.error().message);
    measured.saturated += session->statistics().saturated();
    for (size_t layer = 0; layer < dpuLayers.size(); ++layer)
      if (const auto added = addError(measured.layers[layer], result->at(tensors[layer]), outputs[i].at(tensors[layer])); !added)
        return fail("node \"{}\": {}", dpuLayers[layer].node, added.error().message);
    if (score)
      if (const auto added = score->add(*result, *data[i].labels); !added)
        return fail("{}: {}", data[i].name, added.error().message);
  }
  if (score) {
    measured.loss = score->loss();
    measured.accuracy = score->accuracy();
  }
  if (withCycles && std::ranges::count(availableEngines(), EngineKind::SystemC)) {
    progress.stage(label + ": cycles");
    const auto cycles = countCycles(assignment);
    if (!cycles)
      return tl::unexpected(cycles.error());
    measured.cycles = *cycles;
  }
  return measured;
}

/// Of the program that a user would run: outputs of layers stay inside.
Expected<uint64_t> Bench::countCycles(const Assignment &assignment) const {
  auto program = compileModel(settings.model, compileSettings(assignment));
  if (!program)
    return tl::unexpected(program.error());
  RunOptions options;
  options.timingOnly = true;
  auto session = sessionOf(EngineKind::SystemC, std::move(*program), options);
  if (!session)
    return tl::unexpected(session.error());
  if (const auto result = session->run(inputs.front(), options); !result)
    return tl::unexpected(result.error());
  return session->statistics().counters().cycles;
}

} // namespace softdpu::tools
