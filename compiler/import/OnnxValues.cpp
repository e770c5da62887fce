//===- OnnxValues.cpp - Tensors, attributes and ports of ONNX as plain data --------------===//

#include "import/OnnxValues.h"

#include <onnx/onnx_pb.h>

#include <bit>
#include <cstring>

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

Expected<std::vector<Dimension>> readShape(const onnx::TensorShapeProto &proto, const std::string &what, const std::string &name,
                                           const ReadLimits &limits) {
  if (uint64_t(proto.dim_size()) > limits.rank)
    return fail("{}: rank {} is above {}", what, proto.dim_size(), limits.rank);
  std::vector<Dimension> shape;
  for (int i = 0; i < proto.dim_size(); ++i) {
    const auto &dim = proto.dim(i);
    if (dim.has_dim_value() && (dim.dim_value() < 0 || dim.dim_value() > int64_t(limits.bytes)))
      return fail("{}: dimension {} is {}", what, i, dim.dim_value());
    if (dim.has_dim_value())
      shape.push_back({.size = dim.dim_value(), .symbol = {}});
    else
      shape.push_back({.size = -1, .symbol = dim.dim_param().empty() ? fmt::format("{}_{}", name, i) : dim.dim_param()});
  }
  return shape;
}

} // namespace

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

static Expected<Tensor> readTensor(const onnx::TensorProto &proto, const std::string &what, const ReadLimits &limits) {
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
  auto shape = readShape(tensor.shape(), what, proto.name(), limits);
  if (!shape)
    return tl::unexpected(shape.error());
  return Port{.name = proto.name(), .type = *type, .shape = std::move(*shape)};
}

Expected<BodyPort> readBodyPort(const onnx::ValueInfoProto &proto, std::string_view direction, const ReadLimits &limits) {
  const std::string what = fmt::format("{} \"{}\"", direction, proto.name());
  BodyPort port{.name = proto.name()};
  if (proto.type().value_case() == onnx::TypeProto::VALUE_NOT_SET)
    return port;
  if (proto.type().has_sequence_type()) {
    port.sequence = true;
    return port;
  }
  if (!proto.type().has_tensor_type())
    return fail("{}: not a tensor; only tensors are supported", what);
  const auto &tensor = proto.type().tensor_type();
  if (tensor.elem_type() != onnx::TensorProto::UNDEFINED) {
    const auto type = elementType(tensor.elem_type(), what);
    if (!type)
      return tl::unexpected(type.error());
    port.type = *type;
  }
  if (tensor.has_shape()) {
    auto shape = readShape(tensor.shape(), what, proto.name(), limits);
    if (!shape)
      return tl::unexpected(shape.error());
    port.shape = std::move(*shape);
  }
  return port;
}

} // namespace softdpu::onnx_import
