//===- GraphBuilder.cpp - Builds an ONNX model node by node ------------------------------===//

#include "builder/GraphBuilder.h"

namespace softdpu::models {
namespace {

void describe(onnx::ValueInfoProto &info, const std::string &name, const std::vector<Size> &shape, onnx::TensorProto::DataType elements) {
  info.set_name(name);
  auto &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(elements);
  type.mutable_shape(); // A scalar has a shape, too.
  for (const Size &size : shape) {
    auto &dimension = *type.mutable_shape()->add_dim();
    if (const auto *symbol = std::get_if<std::string>(&size))
      dimension.set_dim_param(*symbol);
    else
      dimension.set_dim_value(std::get<int64_t>(size));
  }
}

void set(onnx::AttributeProto &attribute, int64_t value) {
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}
void set(onnx::AttributeProto &attribute, float value) {
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}
void set(onnx::AttributeProto &attribute, const std::string &value) {
  attribute.set_type(onnx::AttributeProto::STRING);
  attribute.set_s(value);
}
void set(onnx::AttributeProto &attribute, const std::vector<int64_t> &values) {
  attribute.set_type(onnx::AttributeProto::INTS);
  attribute.mutable_ints()->Assign(values.begin(), values.end());
}

} // namespace

float Random::next() {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return float(int32_t(uint32_t((z ^ z >> 31) >> 40))) * 0x1p-23f - 1.0f;
}

GraphBuilder::GraphBuilder(const std::string &name, const std::string &producer, uint64_t seed) : random(seed) {
  model.set_ir_version(7);
  model.set_producer_name(producer);
  model.add_opset_import()->set_version(14);
  graph().set_name(name);
}

void GraphBuilder::input(const std::string &name, const std::vector<Size> &shape, onnx::TensorProto::DataType type) {
  describe(*graph().add_input(), name, shape, type);
}

void GraphBuilder::output(const std::string &name, const std::vector<Size> &shape, onnx::TensorProto::DataType type) {
  describe(*graph().add_output(), name, shape, type);
}

std::string GraphBuilder::weights(const std::string &name, const std::vector<int64_t> &shape, float scale) {
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
  return name;
}

std::string GraphBuilder::alike(const std::string &name, const std::vector<int64_t> &shape, float number) {
  onnx::TensorProto value;
  value.set_data_type(onnx::TensorProto::FLOAT);
  value.add_dims(1);
  value.add_float_data(number);
  node("ConstantOfShape", name, {integers(name + ".shape", shape)});
  onnx::AttributeProto &attribute = *graph().mutable_node(graph().node_size() - 1)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  *attribute.mutable_t() = value;
  return name;
}

std::string GraphBuilder::integers(const std::string &name, const std::vector<int64_t> &values) {
  onnx::TensorProto &tensor = *graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(int64_t(values.size()));
  tensor.mutable_int64_data()->Assign(values.begin(), values.end());
  return name;
}

std::string GraphBuilder::node(const std::string &op, const std::string &name, const std::vector<std::string> &inputs,
                               const Attributes &attributes) {
  node(op, name, inputs, {name}, attributes);
  return name;
}

void GraphBuilder::node(const std::string &op, const std::string &name, const std::vector<std::string> &inputs,
                        const std::vector<std::string> &outputs, const Attributes &attributes) {
  onnx::NodeProto &node = *graph().add_node();
  node.set_name(name);
  node.set_op_type(op);
  for (const std::string &input : inputs)
    node.add_input(input);
  for (const std::string &output : outputs)
    node.add_output(output);
  for (const auto &[key, value] : attributes) {
    onnx::AttributeProto &attribute = *node.add_attribute();
    attribute.set_name(key);
    std::visit([&](const auto &held) { set(attribute, held); }, value);
  }
}

std::vector<std::byte> GraphBuilder::serialise() const {
  std::vector<std::byte> bytes(model.ByteSizeLong());
  model.SerializeToArray(bytes.data(), int(bytes.size()));
  return bytes;
}

} // namespace softdpu::models
