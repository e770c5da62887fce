//===- OnnxReader.cpp - ModelProto to Model ----------------------------------------------===//

#include "import/GraphReader.h"
#include "import/Sequences.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <fstream>

namespace softdpu::onnx_import {
namespace {

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

  for (const auto &property : proto.metadata_props())
    model.metadata[property.key()] = property.value();
  GraphReader reader(model, origin, limits);
  if (auto done = reader.read(*proto.mutable_graph()); !done)
    return tl::unexpected(done.error());
  if (auto done = collectSequences(model); !done)
    return fail("{}: {}", origin, done.error().message);
  if (model.opset <= 17 && proto.ir_version() <= 8)
    if (auto checked = runOnnxChecker(proto, origin); !checked)
      return tl::unexpected(checked.error());
  reader.moveInitializers();
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
