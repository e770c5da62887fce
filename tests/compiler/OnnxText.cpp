//===- OnnxText.cpp - Tests on models in ONNX's text format --------------------------------===//

#include "OnnxText.h"

#include <gtest/gtest.h>
#include <onnx/defs/parser.h>

namespace softdpu::test {

std::vector<std::byte> bytesOf(const onnx::ModelProto &model) {
  const std::string bytes = model.SerializeAsString();
  const auto *data = reinterpret_cast<const std::byte *>(bytes.data());
  return {data, data + bytes.size()};
}

std::vector<std::byte> parse(const std::string &graph, int opset) {
  const std::string text = fmt::format("<ir_version: 8, opset_import: [\"\" : {}]> {}", opset, graph);
  onnx::ModelProto model;
  const auto status = onnx::OnnxParser::Parse(model, text.c_str());
  EXPECT_TRUE(status.IsOK()) << status.ErrorMessage();
  return bytesOf(model);
}

std::vector<float> floatsOf(const Expected<Tensors> &outputs, const std::string &name) {
  EXPECT_TRUE(outputs) << outputs.error().message;
  if (!outputs)
    return {};
  const auto data = values<float>(outputs->at(name));
  return {data.begin(), data.end()};
}

Expected<Tensors> run(const std::vector<std::byte> &model, const Tensors &inputs) {
  auto expected = compileAndRun(model, "cpu", inputs);
  const auto found = compileAndRun(model, "tiny", inputs);
  EXPECT_EQ(found.has_value(), expected.has_value()) << (found ? expected : found).error().message;
  if (found && expected)
    for (const auto &[name, tensor] : *expected)
      EXPECT_LT(maxDifference(found->at(name), tensor), 0.05) << name;
  return expected;
}

Program compiled(const std::vector<std::byte> &model) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  auto program = compileOnnxBytes(model, "m.onnx", options);
  EXPECT_TRUE(program) << program.error().message;
  return program ? std::move(*program) : Program{};
}

std::vector<std::string> stepsOf(const std::vector<std::byte> &model) {
  std::vector<std::string> names;
  for (const Step &step : compiled(model).steps)
    names.push_back(std::holds_alternative<DpuRegion>(step) ? "DPU" : std::get<HostStep>(step).op);
  return names;
}

std::string collecting(const std::string &behind, const std::string &inside, const std::string &shape) {
  return "g (int64 n, float[1, 2] x) => (float[" + shape +
         "] y) { s = SequenceEmpty () q = Loop (n, , s) <body = b (int64 i, bool c, p) => (bool d, r) { "
         "d = Identity (c) j = Cast <to = 1> (i) e = Add (x, j) " +
         inside + " }> " + behind + " }";
}

} // namespace softdpu::test
