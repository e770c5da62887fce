//===- TensorProto.cpp - ONNX tensors in protobuf ----------------------------------------===//

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <cstring>
#include <limits>
#include <onnx/onnx_pb.h>

namespace softdpu {
namespace {

/// ONNX keeps the data either as raw little-endian bytes or in a typed repeated field.
template <typename T, typename Field> Expected<void> copyData(Tensor &tensor, const onnx::TensorProto &proto, const Field &field) {
  const auto out = values<T>(tensor);
  if (proto.has_raw_data()) {
    if (proto.raw_data().size() != tensor.data.size())
      return fail("{} takes {} bytes of raw_data, it has {}", describe(tensor), tensor.data.size(), proto.raw_data().size());
    if (!out.empty())
      std::memcpy(tensor.data.data(), proto.raw_data().data(), tensor.data.size());
    return {};
  }
  if (size_t(field.size()) != out.size())
    return fail("{} has {} elements, its data field {}", describe(tensor), out.size(), field.size());
  for (size_t i = 0; i < out.size(); ++i)
    if constexpr (std::same_as<T, Half>)
      out[i] = Half{uint16_t(field[int(i)])}; // int32_data holds bit patterns.
    else
      out[i] = T(field[int(i)]);
  return {};
}

Expected<Tensor> convert(const onnx::TensorProto &proto) {
  if (proto.data_location() == onnx::TensorProto::EXTERNAL)
    return fail("its data lies in another file, which is not supported here");
  const auto make = [&](ElementType type) { return makeTensor(type, {proto.dims().begin(), proto.dims().end()}); };
  const auto fill = [&](ElementType type, auto element, const auto &field) -> Expected<Tensor> {
    auto tensor = make(type);
    if (!tensor)
      return tensor;
    if (const auto copied = copyData<decltype(element)>(*tensor, proto, field); !copied)
      return tl::unexpected(copied.error());
    return tensor;
  };
  switch (proto.data_type()) {
  case onnx::TensorProto::FLOAT:
    return fill(ElementType::Float32, float{}, proto.float_data());
  case onnx::TensorProto::FLOAT16:
    return fill(ElementType::Float16, Half{}, proto.int32_data());
  case onnx::TensorProto::INT64:
    return fill(ElementType::Int64, int64_t{}, proto.int64_data());
  case onnx::TensorProto::INT32:
    return fill(ElementType::Int32, int32_t{}, proto.int32_data());
  case onnx::TensorProto::BOOL:
    return fill(ElementType::Bool, uint8_t{}, proto.int32_data());
  case onnx::TensorProto::INT8:
    return fill(ElementType::Int8, int8_t{}, proto.int32_data());
  case onnx::TensorProto::UINT8:
    return fill(ElementType::UInt8, uint8_t{}, proto.int32_data());
  default:
    return fail("element type {}, supported are float32, float16, int64, int32, int8, uint8 and bool",
                onnx::TensorProto::DataType_IsValid(proto.data_type())
                    ? onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(proto.data_type()))
                    : std::to_string(proto.data_type()));
  }
}

} // namespace

Expected<Tensor> parseTensorProto(std::span<const std::byte> bytes, std::string_view origin, std::string *name) {
  onnx::TensorProto proto;
  if (bytes.size() > size_t(std::numeric_limits<int>::max()) || !proto.ParseFromArray(bytes.data(), int(bytes.size())))
    return fail("{}: not an ONNX TensorProto", origin);
  auto tensor = convert(proto);
  if (!tensor)
    return fail("{}: {}", origin, tensor.error().message);
  if (name)
    *name = proto.name();
  return tensor;
}

} // namespace softdpu
