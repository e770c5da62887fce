//===- ModelTensors.h - The numbers and the ONNX file of a description -------------------===//

#pragma once

#include "RandomModel.h"

#include "Models.h"
#include "softdpu/host_runtime/Session.h"

namespace softdpu::oracle {

/// Names of a layer's tensors and node: "W0", "R0", "B0", "h0", "c0", "P0"; "Y0", "Yh0", "Yc0"; "layer0".
std::string nameOf(std::string_view what, size_t layer);
constexpr std::string_view lengthsName = "lengths";
/// The input that chooses the branch of an If at run time: "choice0".
constexpr std::string_view choiceName = "choice";

/// The tensors of one layer, in ONNX's shapes; states in the model's layout.
struct LayerTensors {
  Tensor w, r;
  std::optional<Tensor> b, initialH, initialC, p;
};
LayerTensors tensorsOf(const ModelDescription &model, size_t layer);
/// X, in the model's layout.
Tensor inputOf(const ModelDescription &model);
/// One for each sequence: 0 to steps, one of them steps.
std::vector<int32_t> lengthsOf(const ModelDescription &model);

/// Adds a constant to a model.
void addInitializer(test::ModelBuilder &builder, const std::string &name, const Tensor &tensor);

/// Everything that the model takes at run time.
Tensors inputsOf(const ModelDescription &model);

/// ONNX Runtime has no layout 1 and another default for the alpha of ThresholdedRelu; so the model for it has layers of layout 0 between
/// transpositions, and writes that alpha.
enum class Form : uint8_t { AsDescribed, ForOnnxRuntime };
/// The names of the nodes of a layer that is written out.
std::vector<std::string> nodesOf(const ModelDescription &model, size_t layer);
/// A serialised ModelProto.
std::vector<std::byte> onnxOf(const ModelDescription &model, Form form);

} // namespace softdpu::oracle
