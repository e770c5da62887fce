//===- ModelTensors.cpp - The numbers and the ONNX file of a description -----------------===//

#include "ModelTensors.h"

#include "Models.h"
#include "Random.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
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

/// Writes the graph of a description.
class Writer {
public:
  Writer(const ModelDescription &model, Form form)
      : model(model), forOnnxRuntime(form == Form::ForOnnxRuntime), layoutOne(model.layout == 1), turned(layoutOne && forOnnxRuntime),
        builder(model.opset) {
    builder.proto().set_ir_version(model.irVersion);
  }

  std::vector<std::byte> write() {
    const int64_t steps = model.symbolicSteps ? -1 : model.steps, batch = model.symbolicBatch ? -2 : model.batch;
    const auto placed = [&](std::vector<int64_t> shape) {
      if (layoutOne)
        std::swap(shape[0], shape[1]);
      return shape;
    };
    builder.input("X", placed({steps, batch, model.features}));
    if (model.lengths == Lengths::Input)
      builder.input(std::string(lengthsName), {batch}, onnx::TensorProto::INT32);
    if (model.lengths == Lengths::Constant)
      initializer(std::string(lengthsName), tensorOf<int32_t>({model.batch}, lengthsOf(model)));

    std::string x = "X";
    for (size_t i = 0; i < model.layers.size(); ++i) {
      const LayerDescription &layer = model.layers[i];
      layerNode(x, i, placed({layer.directions(), batch, layer.hidden}));
      const int64_t d = layer.directions(), h = layer.hidden;
      if (layer.y)
        builder.output(nameOf("Y", i), layoutOne ? std::vector{batch, steps, d, h} : std::vector{steps, d, batch, h});
      for (const auto &[wanted, name] : {std::pair(layer.yh, "Yh"), std::pair(layer.yc, "Yc")})
        if (wanted)
          builder.output(nameOf(name, i), placed({d, batch, h}));
      if (i + 1 < model.layers.size())
        x = joined(i);
    }
    return builder.bytes();
  }

private:
  const ModelDescription &model;
  const bool forOnnxRuntime;
  const bool layoutOne; ///< Of the description.
  const bool turned;    ///< Transpositions stand in for layout 1.
  test::ModelBuilder builder;

  void initializer(const std::string &name, const Tensor &tensor) {
    auto &proto = *builder.proto().mutable_graph()->add_initializer();
    proto.set_name(name);
    proto.set_data_type(tensor.type == ElementType::Float32 ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT32);
    proto.mutable_dims()->Assign(tensor.shape.begin(), tensor.shape.end());
    proto.set_raw_data(tensor.data.data(), tensor.data.size());
  }

  std::string transposed(const std::string &from, const std::string &to, const std::vector<int64_t> &order) {
    builder.node("Transpose", {from}, {to}).set("perm", order);
    return to;
  }

  /// The recurrent node, and the transpositions around it.
  void layerNode(const std::string &x, size_t i, const std::vector<int64_t> &stateShape) {
    const LayerDescription &layer = model.layers[i];
    const LayerTensors tensors = tensorsOf(model, i);
    std::vector<std::string> inputs{
        turned ? transposed(x, x + ".turned", {1, 0, 2}) : x, nameOf("W", i), nameOf("R", i), "", "", "", "", ""};
    initializer(inputs[1], tensors.w);
    if (layer.constantWeights)
      initializer(inputs[2], tensors.r);
    else
      builder.input(inputs[2], tensors.r.shape);
    const auto constant = [&](size_t index, std::string_view what, const std::optional<Tensor> &tensor) {
      if (!tensor)
        return;
      inputs[index] = nameOf(what, i);
      initializer(inputs[index], *tensor);
    };
    const auto state = [&](size_t index, std::string_view what, const std::optional<Tensor> &tensor) {
      if (!tensor)
        return;
      const std::string name = nameOf(what, i);
      if (layer.constantStates)
        initializer(name, *tensor);
      else
        builder.input(name, stateShape);
      inputs[index] = turned ? transposed(name, name + ".turned", {1, 0, 2}) : name;
    };
    constant(3, "B", tensors.b);
    if (model.lengths != Lengths::None)
      inputs[4] = lengthsName;
    state(5, "h", tensors.initialH);
    state(6, "c", tensors.initialC);
    constant(7, "P", tensors.p);
    while (inputs.back().empty())
      inputs.pop_back();

    std::vector<std::string> outputs;
    for (const auto &[wanted, name] :
         {std::pair(layer.y || i + 1 < model.layers.size(), "Y"), std::pair(layer.yh, "Yh"), std::pair(layer.yc, "Yc")})
      outputs.push_back(wanted ? nameOf(name, i) + (turned ? ".turned" : "") : "");
    while (outputs.back().empty())
      outputs.pop_back();
    builder.node(std::string(operatorName(layer.cell)), inputs, outputs);
    builder.proto().mutable_graph()->mutable_node(builder.graph().node_size() - 1)->set_name(nameOf("layer", i));
    attributes(layer);
    if (turned)
      for (size_t k = 0; k < outputs.size(); ++k)
        if (!outputs[k].empty())
          transposed(outputs[k], outputs[k].substr(0, outputs[k].find('.')),
                     k == 0 ? std::vector<int64_t>{2, 0, 1, 3} : std::vector<int64_t>{1, 0, 2});
  }

  void attributes(const LayerDescription &layer) {
    builder.set("hidden_size", layer.hidden);
    if (layer.direction != Direction::Forward)
      builder.set("direction", std::string(directionName(layer.direction)));
    if (layoutOne && !turned)
      builder.set("layout", int64_t(1));
    if (layer.linearBeforeReset)
      builder.set("linear_before_reset", int64_t(1));
    if (layer.inputForget)
      builder.set("input_forget", int64_t(1));
    if (layer.clip)
      builder.set("clip", *layer.clip);
    if (layer.activations.empty())
      return;
    std::vector<std::string> names;
    std::vector<float> alphas, betas;
    for (const ActivationDescription &f : layer.activations) {
      names.push_back(f.name);
      const auto rule = std::ranges::find(activationRules(), f.name, &ActivationRule::name);
      if (rule->takesAlpha)
        alphas.push_back(f.alpha);
      if (rule->takesBeta)
        betas.push_back(f.beta);
    }
    builder.set("activations", names);
    // ONNX Runtime has 0 for the alpha of ThresholdedRelu, ONNX 1.
    const bool written = layer.parametersWritten || (forOnnxRuntime && std::ranges::find(names, "ThresholdedRelu") != names.end());
    if (written && !alphas.empty())
      builder.set("activation_alpha", alphas);
    if (written && !betas.empty())
      builder.set("activation_beta", betas);
  }

  /// Y of a layer as the X of the next: [T, B, D * H], or [B, T, D * H] in layout 1.
  std::string joined(size_t i) {
    std::string from = nameOf("Y", i), to = from + ".joined";
    const bool two = model.layers[i].directions() == 2;
    if (!layoutOne && !two) {
      if (model.opset < 13) {
        builder.node("Squeeze", {from}, {to}).set("axes", std::vector<int64_t>{1});
      } else {
        builder.integers(to + ".axes", {1}, {1}).node("Squeeze", {from, to + ".axes"}, {to});
      }
      return to;
    }
    if (!layoutOne)
      from = transposed(from, from + ".together", {0, 2, 1, 3});
    builder.integers(to + ".shape", {3}, {0, 0, -1}).node("Reshape", {from, to + ".shape"}, {to});
    return to;
  }
};

} // namespace

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

std::vector<std::byte> onnxOf(const ModelDescription &model, Form form) { return Writer(model, form).write(); }

} // namespace softdpu::oracle
