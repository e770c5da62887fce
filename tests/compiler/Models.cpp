//===- Models.cpp - Small ONNX models for tests ------------------------------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <cmath>
#include <limits>

namespace softdpu::test {
namespace {

void setShape(onnx::ValueInfoProto &info, const std::string &name, const std::vector<int64_t> &shape, int type) {
  info.set_name(name);
  auto *tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (int64_t dim : shape) {
    auto *proto = tensor->mutable_shape()->add_dim();
    if (dim >= 0)
      proto->set_dim_value(dim);
    else
      proto->set_dim_param(dim == -1 ? "T" : dim == -2 ? "B" : "N");
  }
}

} // namespace

ModelBuilder::ModelBuilder(int64_t opset) {
  model.set_ir_version(7);
  model.add_opset_import()->set_version(opset);
  model.mutable_graph()->set_name("test");
}

ModelBuilder &ModelBuilder::input(const std::string &name, const std::vector<int64_t> &shape, int type) {
  setShape(*model.mutable_graph()->add_input(), name, shape, type);
  return *this;
}

ModelBuilder &ModelBuilder::output(const std::string &name, const std::vector<int64_t> &shape, int type) {
  setShape(*model.mutable_graph()->add_output(), name, shape, type);
  return *this;
}

ModelBuilder &ModelBuilder::weights(const std::string &name, const std::vector<int64_t> &shape, float scale) {
  auto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  int64_t count = 1;
  for (int64_t dim : shape) {
    tensor->add_dims(dim);
    count *= dim;
  }
  std::uniform_real_distribution<float> uniform(-scale, scale);
  for (int64_t i = 0; i < count; ++i)
    tensor->add_float_data(uniform(random));
  return *this;
}

ModelBuilder &ModelBuilder::integers(const std::string &name, const std::vector<int64_t> &shape, const std::vector<int64_t> &values) {
  auto *tensor = model.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::INT64);
  for (int64_t dim : shape)
    tensor->add_dims(dim);
  for (int64_t value : values)
    tensor->add_int64_data(value);
  return *this;
}

ModelBuilder &ModelBuilder::node(const std::string &op, const std::vector<std::string> &inputs, const std::vector<std::string> &outputs) {
  auto *node = model.mutable_graph()->add_node();
  node->set_op_type(op);
  node->set_name("/" + op + "_" + std::to_string(model.graph().node_size() - 1));
  for (const std::string &input : inputs)
    node->add_input(input);
  for (const std::string &output : outputs)
    node->add_output(output);
  return *this;
}

onnx::AttributeProto *ModelBuilder::attribute(const std::string &name, onnx::AttributeProto::AttributeType type) {
  auto *attribute = model.mutable_graph()->mutable_node(model.graph().node_size() - 1)->add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return attribute;
}

ModelBuilder &ModelBuilder::set(const std::string &name, int64_t value) {
  attribute(name, onnx::AttributeProto::INT)->set_i(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, float value) {
  attribute(name, onnx::AttributeProto::FLOAT)->set_f(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, const std::string &value) {
  attribute(name, onnx::AttributeProto::STRING)->set_s(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, const std::vector<std::string> &values) {
  auto *proto = attribute(name, onnx::AttributeProto::STRINGS);
  for (const std::string &value : values)
    proto->add_strings(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, const std::vector<int64_t> &values) {
  auto *proto = attribute(name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    proto->add_ints(value);
  return *this;
}
ModelBuilder &ModelBuilder::set(const std::string &name, const std::vector<float> &values) {
  auto *proto = attribute(name, onnx::AttributeProto::FLOATS);
  for (float value : values)
    proto->add_floats(value);
  return *this;
}

ModelBuilder &ModelBuilder::set(const std::string &name, const onnx::GraphProto &graph) {
  *attribute(name, onnx::AttributeProto::GRAPH)->mutable_g() = graph;
  return *this;
}

std::vector<std::byte> ModelBuilder::bytes() const {
  const std::string text = model.SerializeAsString();
  const auto *data = reinterpret_cast<const std::byte *>(text.data());
  return {data, data + text.size()};
}

Tensor randomTensor(std::vector<int64_t> shape, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Tensor tensor = *makeTensor(ElementType::Float32, std::move(shape));
  for (float &value : values<float>(tensor))
    value = uniform(random);
  return tensor;
}

Expected<Tensors> compileAndRun(const std::vector<std::byte> &model, const std::string &architecture, const Tensors &inputs,
                                const CompileOptions &given) {
  CompileOptions options = given;
  const bool cpu = architecture == "cpu";
  auto arch = loadArch(cpu ? "edge" : architecture);
  if (!arch)
    return tl::unexpected(arch.error());
  options.arch = *arch;
  if (cpu)
    options.placement["*"] = "cpu";
  auto program = compileOnnxBytes(model, "test.onnx", options);
  if (!program)
    return tl::unexpected(program.error());
  auto device = Device::create(cpu ? EngineKind::Cpu : EngineKind::Functional, *arch);
  if (!device)
    return tl::unexpected(device.error());
  auto session = Session::create(std::move(*program), std::move(*device));
  if (!session)
    return tl::unexpected(session.error());
  return session->run(inputs);
}

double maxDifference(const Tensor &a, const Tensor &b) {
  if (a.shape != b.shape || a.type != ElementType::Float32 || b.type != ElementType::Float32)
    return std::numeric_limits<double>::infinity();
  double largest = 0;
  const auto x = values<float>(a), y = values<float>(b);
  for (size_t i = 0; i < x.size(); ++i)
    largest = std::max(largest, double(std::abs(x[i] - y[i])));
  return largest;
}

} // namespace softdpu::test
