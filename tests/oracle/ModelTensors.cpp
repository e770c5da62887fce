//===- ModelTensors.cpp - The numbers of a description -----------------------------------===//

#include "ModelTensors.h"

#include "Random.h"

#include "softdpu/host_runtime/Tensors.h"

#include <cmath>

namespace softdpu::oracle {
namespace {

Tensor uniform(const ModelDescription &model, const std::string &name, std::vector<int64_t> shape, float scale, bool spread = false) {
  Random random(model.seed, name);
  Tensor tensor = *makeTensor(ElementType::Float32, std::move(shape));
  for (float &value : values<float>(tensor)) {
    value = random.real(-scale, scale);
    if (spread)
      value = std::ldexp(value, -int(random.below(7)));
  }
  return tensor;
}

/// A weight tensor of `layer`.
Tensor weights(const ModelDescription &model, size_t layer, std::string_view what, std::vector<int64_t> shape, float scale,
               bool spread = false) {
  const std::string name = nameOf(what, layer);
  Tensor tensor = uniform(model, name, std::move(shape), scale, spread);
  if (model.weightNoise != 0) {
    Random random(model.seed, name + ".noise");
    for (float &value : values<float>(tensor))
      value *= 1 + (random.chance(0.5) ? model.weightNoise : -model.weightNoise);
  }
  return tensor;
}

} // namespace

void addInitializer(test::ModelBuilder &builder, const std::string &name, const Tensor &tensor) {
  auto &proto = *builder.proto().mutable_graph()->add_initializer();
  proto.set_name(name);
  proto.set_data_type(tensor.type == ElementType::Float32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT32);
  proto.mutable_dims()->Assign(tensor.shape.begin(), tensor.shape.end());
  proto.set_raw_data(tensor.data.data(), tensor.data.size());
}

std::string nameOf(std::string_view what, size_t layer) { return std::string(what) + std::to_string(layer); }

LayerTensors tensorsOf(const ModelDescription &model, size_t i) {
  const LayerDescription &layer = model.layers[i];
  const int64_t d = layer.directions(), h = layer.hidden, rows = gatesOf(layer.cell) * h, inputs = model.featuresOf(i);
  const std::vector<int64_t> state = model.layout == 1 ? std::vector{model.batch, d, h} : std::vector{d, model.batch, h};
  const auto matrix = [&](const char *what, int64_t columns) {
    return weights(model, i, what, {d, rows, columns}, layer.gain / std::sqrt(float(columns)), layer.spread);
  };
  LayerTensors tensors{matrix("W", inputs), matrix("R", h), {}, {}, {}, {}};
  if (layer.bias)
    tensors.b = weights(model, i, "B", {d, 2 * rows}, layer.gain / 2);
  if (layer.initialH)
    tensors.initialH = uniform(model, nameOf("h", i), state, 1);
  if (layer.initialC)
    tensors.initialC = uniform(model, nameOf("c", i), state, 1);
  if (layer.peephole)
    tensors.p = weights(model, i, "P", {d, 3 * h}, layer.gain / 2);
  return tensors;
}

Tensor inputOf(const ModelDescription &model) {
  std::vector<int64_t> shape{model.steps, model.batch, model.features};
  if (model.layout == 1)
    std::swap(shape[0], shape[1]);
  return uniform(model, "X", std::move(shape), model.inputScale);
}

std::vector<int32_t> lengthsOf(const ModelDescription &model) {
  Random random(model.seed, lengthsName);
  std::vector<int32_t> lengths(size_t(model.batch));
  for (int32_t &length : lengths)
    length = int32_t(random.between(0, model.steps));
  lengths[random.below(lengths.size())] = int32_t(model.steps);
  return lengths;
}

Tensors inputsOf(const ModelDescription &model) {
  Tensors inputs{{"X", inputOf(model)}};
  if (model.lengths == Lengths::Input)
    inputs[std::string(lengthsName)] = tensorOf<int32_t>({model.batch}, lengthsOf(model));
  for (size_t i = 0; i < model.layers.size(); ++i) {
    if (aroundOf(model, i) == Around::If)
      inputs[nameOf(choiceName, i)] = tensorOf<int64_t>({1}, {model.layers[i].secondBranch ? 0 : 1});
    LayerTensors tensors = tensorsOf(model, i);
    if (!model.layers[i].constantWeights)
      inputs[nameOf("R", i)] = std::move(tensors.r);
    if (tensors.initialH && !model.layers[i].constantStates)
      inputs[nameOf("h", i)] = std::move(*tensors.initialH);
    if (tensors.initialC && !model.layers[i].constantStates)
      inputs[nameOf("c", i)] = std::move(*tensors.initialC);
  }
  return inputs;
}

} // namespace softdpu::oracle
