//===- OnnxNodeCase.cpp - A node test of ONNX's own test data ----------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <fmt/ranges.h>
#include <onnx/onnx_pb.h>

namespace softdpu::test {
namespace {

Expected<Attribute> convertAttribute(const onnx::AttributeProto &proto) {
  switch (proto.type()) {
  case onnx::AttributeProto::INT:
    return proto.i();
  case onnx::AttributeProto::FLOAT:
    return proto.f();
  case onnx::AttributeProto::STRING:
    return proto.s();
  case onnx::AttributeProto::INTS:
    return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
  case onnx::AttributeProto::FLOATS:
    return std::vector<float>(proto.floats().begin(), proto.floats().end());
  case onnx::AttributeProto::STRINGS:
    return fmt::format("{}", fmt::join(proto.strings(), ","));
  case onnx::AttributeProto::TENSOR: { // The `value` of a ConstantOfShape: one number.
    const std::string bytes = proto.t().SerializeAsString();
    const auto tensor = parseTensorProto(std::as_bytes(std::span(bytes)), proto.name());
    if (!tensor)
      return tl::unexpected(tensor.error());
    if (tensor->type == ElementType::Float32)
      return values<float>(*tensor)[0];
    const auto integers = integersOf(*tensor);
    return integers ? Expected<Attribute>((*integers)[0]) : tl::unexpected(integers.error());
  }
  default:
    return fail("attribute {} has a type that host steps do not have", proto.name());
  }
}

using Ports = google::protobuf::RepeatedPtrField<onnx::ValueInfoProto>;

Expected<std::map<std::string, Tensor>> loadTensors(const std::string &prefix, const Ports &ports) {
  std::map<std::string, Tensor> tensors;
  for (int i = 0; i < ports.size(); ++i) {
    auto read = readTensors(prefix + std::to_string(i) + ".pb");
    if (!read)
      return read;
    tensors[ports[i].name()] = std::move(read->begin()->second);
  }
  return tensors;
}

Expected<onnx::ModelProto> readModel(const std::string &name) {
  const std::string directory = onnxNodeDirectory() + "/" + name;
  const auto bytes = readFile(directory + "/model.onnx");
  onnx::ModelProto model;
  if (!bytes || !model.ParseFromArray(bytes->data(), int(bytes->size())) || model.graph().node_size() != 1)
    return fail("{} does not hold a model of one node", directory);
  return model;
}

} // namespace

std::string onnxNodeDirectory() { return "/usr/share/libonnx-testdata/data/node"; }

std::optional<std::string> operatorOfNodeCase(const std::string &name) {
  const auto model = readModel(name);
  return model ? std::optional(model->graph().node(0).op_type()) : std::nullopt;
}

Expected<OnnxNodeCase> loadOnnxNodeCase(const std::string &name) {
  const auto read = readModel(name);
  if (!read)
    return tl::unexpected(read.error());
  const onnx::ModelProto &model = *read;
  const std::string directory = onnxNodeDirectory() + "/" + name;
  const onnx::NodeProto &node = model.graph().node(0);

  OnnxNodeCase result;
  result.step = {node.op_type(), name, {node.input().begin(), node.input().end()}, {node.output().begin(), node.output().end()}, {}};
  for (const auto &proto : node.attribute()) {
    auto attribute = convertAttribute(proto);
    if (!attribute)
      return tl::unexpected(attribute.error());
    result.step.attributes[proto.name()] = std::move(*attribute);
  }
  auto inputs = loadTensors(directory + "/test_data_set_0/input_", model.graph().input());
  auto expected = loadTensors(directory + "/test_data_set_0/output_", model.graph().output());
  if (!inputs || !expected)
    return tl::unexpected((inputs ? expected : inputs).error());
  result.inputs = std::move(*inputs);
  result.expected = std::move(*expected);
  return result;
}

} // namespace softdpu::test
