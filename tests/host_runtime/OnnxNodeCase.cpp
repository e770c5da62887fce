//===- OnnxNodeCase.cpp - A node test of ONNX's own test data ----------------------------===//

#include "OnnxNodeCase.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
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
  if (!bytes || !model.ParseFromArray(bytes->data(), int(bytes->size())))
    return fail("{} does not hold a model", directory);
  return model;
}

std::optional<std::string> beyondTensors(const onnx::TypeProto &type) {
  if (!type.has_tensor_type())
    return "a value that is no tensor";
  switch (const int element = type.tensor_type().elem_type()) {
  case onnx::TensorProto::FLOAT:
  case onnx::TensorProto::FLOAT16:
  case onnx::TensorProto::INT64:
  case onnx::TensorProto::INT32:
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::UINT8:
  case onnx::TensorProto::BOOL:
    return std::nullopt;
  default:
    return "element type " + onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(element));
  }
}

} // namespace

std::string onnxNodeDirectory() { return "/usr/share/libonnx-testdata/data/node"; }

std::vector<std::string> allOnnxNodeCases() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(onnxNodeDirectory()))
    names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> operatorsOfNodeCase(const std::string &name) {
  std::vector<std::string> operators;
  if (const auto model = readModel(name))
    for (const onnx::NodeProto &node : model->graph().node())
      operators.push_back(node.op_type());
  return operators;
}

std::optional<std::string> beyondTensors(const std::string &name) {
  const auto model = readModel(name);
  if (!model)
    return model.error().message;
  for (const auto *ports : {&model->graph().input(), &model->graph().output()})
    for (const onnx::ValueInfoProto &port : *ports)
      if (auto reason = beyondTensors(port.type()))
        return reason;
  return std::nullopt;
}

const std::map<std::string, std::string> &refusedNodeCases() {
  static const std::map<std::string, std::string> cases = {
      {"test_batchnorm_epsilon_training_mode", "training_mode"},
      {"test_batchnorm_example_training_mode", "training_mode"},
      {"test_max_float16", "float16"},
      {"test_min_float16", "float16"},
      {"test_mod_mixed_sign_float16", "float16"},
      {"test_scan_sum", "Scan of opset 8 has a batch of its own"},
      {"test_training_dropout", "training_mode"},
      {"test_training_dropout_default", "training_mode"},
      {"test_training_dropout_default_mask", "training_mode"},
      {"test_training_dropout_mask", "training_mode"},
      {"test_training_dropout_zero_ratio", "training_mode"},
      {"test_training_dropout_zero_ratio_mask", "training_mode"},
  };
  return cases;
}

Expected<OnnxNodeTensors> loadOnnxNodeTensors(const std::string &name) {
  const auto model = readModel(name);
  if (!model)
    return tl::unexpected(model.error());
  const std::string set = onnxNodeDirectory() + "/" + name + "/test_data_set_0/";
  auto inputs = loadTensors(set + "input_", model->graph().input()), expected = loadTensors(set + "output_", model->graph().output());
  if (!inputs || !expected)
    return tl::unexpected((inputs ? expected : inputs).error());
  return OnnxNodeTensors{std::move(*inputs), std::move(*expected)};
}

Expected<OnnxNodeCase> loadOnnxNodeCase(const std::string &name) {
  const auto read = readModel(name);
  if (!read)
    return tl::unexpected(read.error());
  if (read->graph().node_size() != 1)
    return fail("{} has {} nodes", name, read->graph().node_size());
  const onnx::NodeProto &node = read->graph().node(0);

  OnnxNodeCase result;
  result.step = {node.op_type(), name, {node.input().begin(), node.input().end()}, {node.output().begin(), node.output().end()}, {}};
  for (const auto &proto : node.attribute()) {
    auto attribute = convertAttribute(proto);
    if (!attribute)
      return tl::unexpected(attribute.error());
    result.step.attributes[proto.name()] = std::move(*attribute);
  }
  auto tensors = loadOnnxNodeTensors(name);
  if (!tensors)
    return tl::unexpected(tensors.error());
  result.inputs = std::move(tensors->inputs);
  result.expected = std::move(tensors->expected);
  return result;
}

namespace {

bool close(float found, float expected, float relative) {
  if (std::isnan(expected) || std::isinf(expected))
    return std::isnan(expected) ? std::isnan(found) : found == expected;
  return std::abs(found - expected) <= 1e-6f + relative * std::abs(expected);
}

} // namespace

std::string difference(const Tensor &found, const Tensor &expected, float relative) {
  if (found.type != expected.type || found.shape != expected.shape)
    return fmt::format("found {}, expected {}", describe(found), describe(expected));
  if (found.type != ElementType::Float32)
    return found.data == expected.data ? "" : "the data differs";
  const auto a = values<float>(found), b = values<float>(expected);
  for (size_t i = 0; i < a.size(); ++i)
    if (!close(a[i], b[i], relative))
      return fmt::format("[{}] is {}, expected {}", i, a[i], b[i]);
  return "";
}

} // namespace softdpu::test
