//===- LayerModel.cpp - The ONNX model of one DeepBench layer ----------------------------===//

#include "deepbench/LayerModel.h"

#include "builder/GraphBuilder.h"

#include <cmath>
#include <optional>

namespace softdpu::deepbench {
namespace {

/// \param seed without one, all weights of W and R are alike.
std::vector<std::byte> build(const Layer &layer, std::optional<uint64_t> seed) {
  const std::string name = layerName(layer);
  models::GraphBuilder model(name, "softdpu-deepbench-model", seed.value_or(0));
  const int64_t hidden = layer.hidden, rows = int64_t(gates(layer.cell)) * hidden;
  const float scale = 2.0f / std::sqrt(float(layer.hidden));
  for (const char *matrix : {"W", "R"})
    seed ? model.weights(matrix, {1, rows, hidden}, scale) : model.alike(matrix, {1, rows, hidden}, scale);
  model.weights("B", {1, 2 * rows}, scale);
  models::Attributes attributes{{"hidden_size", hidden}};
  if (layer.cell == Cell::Gru)
    attributes["linear_before_reset"] = int64_t(1);
  model.node(std::string(cellName(layer.cell)), name, {"X", "W", "R", "B"}, {"Y"}, attributes);
  model.input("X", {"T", int64_t(1), hidden});
  model.output("Y", {"T", int64_t(1), int64_t(1), hidden});
  return model.serialise();
}

} // namespace

std::vector<std::byte> layerModel(const Layer &layer, uint64_t seed) { return build(layer, seed); }

std::vector<std::byte> uniformLayerModel(const Layer &layer) { return build(layer, std::nullopt); }

} // namespace softdpu::deepbench
