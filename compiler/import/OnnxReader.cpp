//===- OnnxReader.cpp - ModelProto to Model ----------------------------------------------===//

#include "import/OnnxModel.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

namespace softdpu::onnx_import {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

Expected<ElementType> elementType(int type, const std::string &what) {
  switch (type) {
  case onnx::TensorProto::FLOAT:
    return ElementType::Float32;
  case onnx::TensorProto::FLOAT16:
    return ElementType::Float16;
  case onnx::TensorProto::INT64:
    return ElementType::Int64;
  case onnx::TensorProto::INT32:
    return ElementType::Int32;
  case onnx::TensorProto::BOOL:
    return ElementType::Bool;
  case onnx::TensorProto::INT8:
    return ElementType::Int8;
  case onnx::TensorProto::UINT8:
    return ElementType::UInt8;
  default:
    return fail("{}: element type {} is not supported; float32, float16, int64, int32, int8, uint8 and bool are", what,
                onnx::TensorProto::DataType_IsValid(type) ? onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(type))
                                                          : std::to_string(type));
  }
}

template <typename T, typename Values> void append(std::vector<std::byte> &data, const Values &values) {
  data.resize(size_t(values.size()) * sizeof(T));
  for (int i = 0; i < values.size(); ++i) {
    const T value = static_cast<T>(values.Get(i));
    std::memcpy(data.data() + size_t(i) * sizeof(T), &value, sizeof(T));
  }
}

/// A tensor without its data, of which there is as much as the shape says.
Expected<Tensor> readHeader(const onnx::TensorProto &proto, const std::string &what, const ReadLimits &limits) {
  const auto type = elementType(proto.data_type(), what);
  if (!type)
    return tl::unexpected(type.error());
  if (proto.data_location() == onnx::TensorProto::EXTERNAL || proto.external_data_size() > 0)
    return fail("{}: the data is in another file; only models in one file are supported", what);
  if (proto.has_segment())
    return fail("{}: tensors in segments are not supported", what);
  if (uint64_t(proto.dims_size()) > limits.rank)
    return fail("{}: rank {} is above {}", what, proto.dims_size(), limits.rank);

  Tensor tensor{.type = *type, .shape = {proto.dims().begin(), proto.dims().end()}, .data = {}};
  uint64_t count = 1;
  for (int64_t dim : tensor.shape) {
    if (dim < 0)
      return fail("{}: dimension {} is negative", what, dim);
    if (dim != 0 && count > limits.bytes / uint64_t(dim))
      return fail("{}: more than {} elements", what, limits.bytes);
    count *= uint64_t(dim);
  }

  const uint64_t size = elementSize(tensor.type);
  const uint64_t bytes = proto.has_raw_data()                  ? proto.raw_data().size()
                         : tensor.type == ElementType::Float32 ? proto.float_data_size() * size
                         : tensor.type == ElementType::Int64   ? proto.int64_data_size() * size
                                                               : proto.int32_data_size() * size;
  if (bytes != count * size)
    return fail("{}: {} bytes of data for {} elements of {}", what, bytes, count, elementTypeName(tensor.type));
  return tensor;
}

/// \param tensor the header of `proto`.
void readData(const onnx::TensorProto &proto, Tensor &tensor) {
  if (proto.has_raw_data()) {
    const auto *bytes = reinterpret_cast<const std::byte *>(proto.raw_data().data());
    tensor.data.assign(bytes, bytes + proto.raw_data().size());
  } else if (tensor.type == ElementType::Float32) {
    append<float>(tensor.data, proto.float_data());
  } else if (tensor.type == ElementType::Int64) {
    append<int64_t>(tensor.data, proto.int64_data());
  } else if (tensor.type == ElementType::Int32) {
    append<int32_t>(tensor.data, proto.int32_data());
  } else if (tensor.type == ElementType::Float16) {
    append<uint16_t>(tensor.data, proto.int32_data());
  } else { // Bool, Int8 and UInt8: the low byte.
    append<uint8_t>(tensor.data, proto.int32_data());
  }
}

Expected<Tensor> readTensor(const onnx::TensorProto &proto, const std::string &what, const ReadLimits &limits) {
  auto tensor = readHeader(proto, what, limits);
  if (tensor)
    readData(proto, *tensor);
  return tensor;
}

Expected<Value> readAttribute(const onnx::AttributeProto &proto, const std::string &what, const ReadLimits &limits) {
  if (!proto.ref_attr_name().empty())
    return fail("{}: refers to an attribute of a function, and functions are not supported", what);
  switch (proto.type()) {
  case onnx::AttributeProto::INT:
    return int64_t(proto.i());
  case onnx::AttributeProto::FLOAT:
    return proto.f();
  case onnx::AttributeProto::STRING:
    return proto.s();
  case onnx::AttributeProto::INTS:
    return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
  case onnx::AttributeProto::FLOATS:
    return std::vector<float>(proto.floats().begin(), proto.floats().end());
  case onnx::AttributeProto::STRINGS:
    return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
  case onnx::AttributeProto::TENSOR: {
    auto tensor = readTensor(proto.t(), what, limits);
    if (!tensor)
      return tl::unexpected(tensor.error());
    return std::move(*tensor);
  }
  default:
    return fail("{}: attributes of type {} are not supported", what,
                onnx::AttributeProto::AttributeType_IsValid(proto.type()) ? onnx::AttributeProto::AttributeType_Name(proto.type())
                                                                          : std::to_string(proto.type()));
  }
}

Expected<Port> readPort(const onnx::ValueInfoProto &proto, std::string_view direction, const ReadLimits &limits) {
  const std::string what = fmt::format("{} \"{}\"", direction, proto.name());
  if (!proto.type().has_tensor_type())
    return fail("{}: not a tensor; only tensors are supported", what);
  const auto &tensor = proto.type().tensor_type();
  const auto type = elementType(tensor.elem_type(), what);
  if (!type)
    return tl::unexpected(type.error());
  if (!tensor.has_shape())
    return fail("{}: has no shape; give it one, with names for dimensions that vary", what);
  if (uint64_t(tensor.shape().dim_size()) > limits.rank)
    return fail("{}: rank {} is above {}", what, tensor.shape().dim_size(), limits.rank);
  Port port{.name = proto.name(), .type = *type, .shape = {}};
  for (int i = 0; i < tensor.shape().dim_size(); ++i) {
    const auto &dim = tensor.shape().dim(i);
    if (dim.has_dim_value() && (dim.dim_value() < 0 || dim.dim_value() > int64_t(limits.bytes)))
      return fail("{}: dimension {} is {}", what, i, dim.dim_value());
    if (dim.has_dim_value())
      port.shape.push_back({.size = dim.dim_value(), .symbol = {}});
    else
      port.shape.push_back({.size = -1, .symbol = dim.dim_param().empty() ? fmt::format("{}_{}", proto.name(), i) : dim.dim_param()});
  }
  return port;
}

/// ONNX's own checker knows opsets up to 17; newer models pass to the checks of the importer alone.
Expected<void> runOnnxChecker(const onnx::ModelProto &proto, std::string_view origin) {
  try {
    onnx::checker::check_model(proto);
  } catch (const std::exception &error) {
    std::string text = error.what();
    text = text.substr(0, text.find_first_of('\n'));
    return fail("{}: not a valid ONNX model: {}", origin, text.substr(0, 300));
  }
  return {};
}

/// Sorts nodes so that every name is defined before it is used, and checks that each is defined once.
Expected<void> sortNodes(Model &model, std::string_view origin) {
  std::set<std::string> defined;
  for (const Port &port : model.inputs)
    defined.insert(port.name);
  for (const auto &[name, tensor] : model.constants)
    defined.insert(name);

  std::map<std::string, size_t> producer;
  for (size_t i = 0; i < model.nodes.size(); ++i)
    for (const std::string &output : model.nodes[i].outputs)
      if (!output.empty() && (defined.contains(output) || !producer.emplace(output, i).second))
        return fail("{}: {}: output \"{}\" is defined twice", origin, model.nodes[i].text(), output);

  std::vector<std::vector<size_t>> users(model.nodes.size());
  std::vector<size_t> missing(model.nodes.size(), 0), ready;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    for (const std::string &input : model.nodes[i].inputs) {
      if (input.empty() || defined.contains(input))
        continue;
      const auto found = producer.find(input);
      if (found == producer.end())
        return fail("{}: {}: input \"{}\" is not defined anywhere", origin, model.nodes[i].text(), input);
      users[found->second].push_back(i);
      ++missing[i];
    }
    if (missing[i] == 0)
      ready.push_back(i);
  }
  std::vector<Node> sorted;
  for (size_t next = 0; next < ready.size(); ++next) {
    for (size_t user : users[ready[next]])
      if (--missing[user] == 0)
        ready.push_back(user);
    sorted.push_back(model.nodes[ready[next]]);
  }
  if (sorted.size() != model.nodes.size())
    return fail("{}: the graph has a cycle", origin);
  model.nodes = std::move(sorted);
  for (const Port &port : model.outputs)
    if (!defined.contains(port.name) && !producer.contains(port.name))
      return fail("{}: output \"{}\" is not defined anywhere", origin, port.name);
  return {};
}

/// The data of weights is moved, tensor by tensor, so that no two copies of all exist.
void moveInitializers(onnx::GraphProto &graph, Model &model) {
  for (auto &initializer : *graph.mutable_initializer()) {
    readData(initializer, model.constants.at(initializer.name()));
    onnx::TensorProto().Swap(&initializer); // Clear() would keep the memory.
  }
}

Expected<Model> readStream(google::protobuf::io::ZeroCopyInputStream &input, std::string_view origin, const ReadLimits &limits) {
  onnx::ModelProto proto;
  google::protobuf::io::CodedInputStream stream(&input);
  stream.SetTotalBytesLimit(int(std::min<uint64_t>(limits.bytes, INT32_MAX)));
  if (!proto.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
    return fail("{}: not an ONNX model (the protobuf message is malformed or cut short)", origin);
  if (!proto.has_graph())
    return fail("{}: not an ONNX model: it has no graph", origin);
  if (proto.functions_size() > 0)
    return fail("{}: local functions are not supported; inline them first", origin);

  Model model;
  model.graph = proto.graph().name();
  for (const auto &import : proto.opset_import()) {
    if (import.domain().empty() || import.domain() == "ai.onnx")
      model.opset = import.version();
  }
  if (model.opset < 7 || model.opset > 22)
    return fail("{}: opset {} is not supported; 7 to 22 are", origin, model.opset);

  if (proto.ir_version() > 10)
    return fail("{}: ONNX format (IR) version {} is not supported; versions up to 10 are: save the model with opset 22 or older", origin,
                proto.ir_version());

  const onnx::GraphProto &graph = proto.graph();
  if (uint64_t(graph.node_size()) > limits.nodes)
    return fail("{}: {} nodes; at most {} are supported", origin, graph.node_size(), limits.nodes);
  if (graph.sparse_initializer_size() > 0)
    return fail("{}: sparse initializers are not supported", origin);

  for (const auto &initializer : graph.initializer()) {
    auto tensor = readHeader(initializer, fmt::format("{}: initializer \"{}\"", origin, initializer.name()), limits);
    if (!tensor)
      return tl::unexpected(tensor.error());
    if (initializer.name().empty() || !model.constants.emplace(initializer.name(), std::move(*tensor)).second)
      return fail("{}: initializer \"{}\" is defined twice or has no name", origin, initializer.name());
  }
  std::set<std::string> names;
  for (const auto &input : graph.input()) {
    if (model.constants.contains(input.name()))
      continue;
    auto port = readPort(input, "input", limits);
    if (!port)
      return fail("{}: {}", origin, port.error().message);
    if (port->name.empty() || !names.insert(port->name).second)
      return fail("{}: input \"{}\" is defined twice or has no name", origin, port->name);
    model.inputs.push_back(std::move(*port));
  }
  names.clear();
  for (const auto &output : graph.output()) {
    auto port = readPort(output, "output", limits);
    if (!port)
      return fail("{}: {}", origin, port.error().message);
    if (port->name.empty() || !names.insert(port->name).second)
      return fail("{}: output \"{}\" is defined twice or has no name", origin, port->name);
    model.outputs.push_back(std::move(*port));
  }
  for (int i = 0; i < graph.node_size(); ++i) {
    const auto &source = graph.node(i);
    Node node{.op = source.op_type(),
              .name = source.name().empty() ? fmt::format("{}_{}", source.op_type(), i) : source.name(),
              .inputs = {source.input().begin(), source.input().end()},
              .outputs = {source.output().begin(), source.output().end()},
              .attributes = {}};
    if (!source.domain().empty() && source.domain() != "ai.onnx")
      return fail("{}: {}: domain \"{}\" is not supported; only ONNX's own operators are", origin, node.text(), source.domain());
    for (const auto &attribute : source.attribute()) {
      auto value = readAttribute(attribute, fmt::format("{}: {}: attribute \"{}\"", origin, node.text(), attribute.name()), limits);
      if (!value)
        return tl::unexpected(value.error());
      node.attributes[attribute.name()] = std::move(*value);
    }
    model.nodes.push_back(std::move(node));
  }
  for (const auto &property : proto.metadata_props())
    model.metadata[property.key()] = property.value();

  if (auto sorted = sortNodes(model, origin); !sorted)
    return tl::unexpected(sorted.error());
  if (model.opset <= 17 && proto.ir_version() <= 8)
    if (auto checked = runOnnxChecker(proto, origin); !checked)
      return tl::unexpected(checked.error());
  moveInitializers(*proto.mutable_graph(), model);
  return model;
}

} // namespace

Expected<Model> readModel(std::span<const std::byte> bytes, std::string_view origin, const ReadLimits &limits) {
  if (bytes.size() > limits.bytes)
    return fail("{}: {} bytes; at most {} are supported", origin, bytes.size(), limits.bytes);
  google::protobuf::io::ArrayInputStream input(bytes.data(), int(bytes.size()));
  return readStream(input, origin, limits);
}

Expected<Model> readModelFile(const std::filesystem::path &path, const ReadLimits &limits) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return fail("{}: {}", path.string(), std::filesystem::exists(path, error) ? "not a file" : "no such file");
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > limits.bytes)
    return fail("{}: {} bytes; at most {} are supported", path.string(), size, limits.bytes);
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail("{}: cannot be read", path.string());
  google::protobuf::io::IstreamInputStream input(&file);
  auto model = readStream(input, path.string(), limits);
  if (file.bad())
    return fail("{}: cannot be read", path.string());
  return model;
}

} // namespace softdpu::onnx_import
