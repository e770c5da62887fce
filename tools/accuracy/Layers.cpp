//===- Layers.cpp - The layers of a model that the DPU takes, and how far off they are ---===//

#include "accuracy/Layers.h"

#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace softdpu::tools {
namespace {

/// The operators whose weights the DPU takes as matrices.
constexpr std::array<std::string_view, 6> matrixOperators{"GRU", "LSTM", "RNN", "MatMul", "Gemm", "Conv"};

} // namespace

std::vector<Layer> layersOnDpu(const Program &reference, const Program &onDpu) {
  std::set<std::pair<std::string, std::string>> onHost;
  for (const Step &step : onDpu.steps)
    if (const auto *host = std::get_if<HostStep>(&step))
      onHost.emplace(host->node, host->op);
  std::vector<Layer> layers;
  for (const Step &step : reference.steps) {
    const auto *host = std::get_if<HostStep>(&step);
    if (!host || !std::ranges::count(matrixOperators, host->op) || onHost.contains({host->node, host->op}))
      continue;
    const auto tensor = std::ranges::find_if(host->outputs, [](const std::string &name) { return !name.empty(); });
    if (tensor != host->outputs.end())
      layers.push_back({host->node, host->op, *tensor});
  }
  return layers;
}

double LayerError::decibels() const { return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity(); }

Expected<void> addError(LayerError &error, const Tensor &found, const Tensor &reference) {
  if (found.type != ElementType::Float32 || reference.type != ElementType::Float32 || found.shape != reference.shape)
    return fail("{} on the DPU, {} in float32", describe(found), describe(reference));
  const auto a = values<float>(found), b = values<float>(reference);
  for (size_t i = 0; i < b.size(); ++i) {
    const double difference = double(a[i]) - double(b[i]);
    error.signal += double(b[i]) * double(b[i]);
    error.noise += difference * difference;
    if (std::abs(difference) > error.worst) {
      error.worst = std::abs(difference);
      error.worstReference = double(b[i]);
    }
  }
  return {};
}

Expected<std::vector<uint64_t>> weightBytes(const Program &program, const std::vector<Layer> &layers,
                                            const std::vector<unsigned> &mantissaBits) {
  std::vector<uint64_t> bytes(layers.size());
  const auto decoded = decodeProgram(program.instructions, program.loadEntry, program.arch);
  if (!decoded)
    return tl::unexpected(decoded.error());
  for (const Entry &entry : decoded->entries) {
    const auto *load = std::get_if<MatrixLoad>(&entry);
    if (!load)
      continue;
    const auto range =
        std::ranges::find_if(program.debug, [&](const DebugRange &each) { return each.begin <= load->pc && load->pc < each.end; });
    if (range == program.debug.end())
      continue;
    const auto layer = std::ranges::find(layers, range->node, &Layer::node);
    if (layer == layers.end())
      continue;
    const auto i = size_t(layer - layers.begin());
    Arch narrow = program.arch;
    narrow.mantissaBits = mantissaBits[i];
    bytes[i] += uint64_t(load->rows) * load->cols * narrow.nativeDim * narrow.chunksPerTile() * weightBeatBytes(narrow);
  }
  return bytes;
}

} // namespace softdpu::tools
