//===- LayerModel.cpp - The ONNX model of one DeepBench layer ----------------------------===//

#include "deepbench/LayerModel.h"

#include <cmath>
#include <onnx/onnx_pb.h>
#include <optional>

namespace softdpu::deepbench {
namespace {

/// SplitMix64: one state, so that a seed says everything, and fast, because GRU 2816 has 47 million weights.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  /// Uniform in -1 .. 1, 24 bits of it.
  float next() {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return float(int32_t(uint32_t((z ^ z >> 31) >> 40))) * 0x1p-23f - 1.0f;
  }

private:
  uint64_t state;
};

class LayerBuilder {
public:
  /// \param seed without one, all weights of W and R are alike.
  LayerBuilder(const Layer &layer, std::optional<uint64_t> seed)
      : layer(layer), isUniform(!seed), random(seed.value_or(0)), scale(2.0f / std::sqrt(float(layer.hidden))) {}

  onnx::ModelProto build() {
    model.set_ir_version(7);
    model.set_producer_name("softdpu-deepbench-model");
    model.add_opset_import()->set_version(14);
    graph().set_name(layerName(layer));
    const int64_t hidden = layer.hidden, rows = int64_t(gates(layer.cell)) * hidden;
    for (const char *name : {"W", "R"})
      isUniform ? alike(name, {1, rows, hidden}) : weights(name, {1, rows, hidden});
    weights("B", {1, 2 * rows});

    onnx::NodeProto &node = *graph().add_node();
    node.set_name(layerName(layer));
    node.set_op_type(std::string(cellName(layer.cell)));
    for (const char *input : {"X", "W", "R", "B"})
      node.add_input(input);
    node.add_output("Y");
    attribute(node, "hidden_size", hidden);
    if (layer.cell == Cell::Gru)
      attribute(node, "linear_before_reset", 1);

    value(*graph().add_input(), "X", {1, hidden});
    value(*graph().add_output(), "Y", {1, 1, hidden});
    return std::move(model);
  }

private:
  onnx::GraphProto &graph() { return *model.mutable_graph(); }

  void weights(const char *name, std::initializer_list<int64_t> shape) {
    onnx::TensorProto &tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    size_t count = 1;
    for (const int64_t size : shape) {
      tensor.add_dims(size);
      count *= size_t(size);
    }
    std::string &raw = *tensor.mutable_raw_data();
    raw.resize(count * sizeof(float));
    float *to = reinterpret_cast<float *>(raw.data());
    for (size_t i = 0; i < count; ++i)
      to[i] = scale * random.next();
  }

  void alike(const std::string &name, std::initializer_list<int64_t> shape) {
    onnx::TensorProto &sizes = *graph().add_initializer();
    sizes.set_name(name + ".shape");
    sizes.set_data_type(onnx::TensorProto::INT64);
    sizes.add_dims(int64_t(shape.size()));
    sizes.mutable_int64_data()->Assign(shape.begin(), shape.end());
    onnx::NodeProto &node = *graph().add_node();
    node.set_name(name);
    node.set_op_type("ConstantOfShape");
    node.add_input(sizes.name());
    node.add_output(name);
    onnx::AttributeProto &value = *node.add_attribute();
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
    value.mutable_t()->add_dims(1);
    value.mutable_t()->add_float_data(scale);
  }

  static void attribute(onnx::NodeProto &node, const char *name, int64_t value) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(value);
  }

  /// A float32 of shape [T, sizes...].
  static void value(onnx::ValueInfoProto &info, const char *name, std::initializer_list<int64_t> sizes) {
    info.set_name(name);
    auto &type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("T");
    for (const int64_t size : sizes)
      type.mutable_shape()->add_dim()->set_dim_value(size);
  }

  const Layer layer;
  const bool isUniform;
  Random random;
  const float scale;
  onnx::ModelProto model;
};

std::vector<std::byte> serialised(const onnx::ModelProto &model) {
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), int(bytes.size()));
  return bytes;
}

} // namespace

std::vector<std::byte> layerModel(const Layer &layer, uint64_t seed) { return serialised(LayerBuilder(layer, seed).build()); }

std::vector<std::byte> uniformLayerModel(const Layer &layer) { return serialised(LayerBuilder(layer, std::nullopt).build()); }

} // namespace softdpu::deepbench
