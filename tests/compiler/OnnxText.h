//===- OnnxText.h - Tests on models in ONNX's text format ----------------------------------===//

#pragma once

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

namespace softdpu::test {

std::vector<std::byte> bytesOf(const onnx::ModelProto &model);
/// A model of opset 16 in ONNX's text format. \param graph `name (inputs) => (outputs) { nodes }`
std::vector<std::byte> parse(const std::string &graph, int opset = 16);

inline Tensor floats(std::vector<int64_t> shape, std::initializer_list<float> elements) {
  return tensorOf<float>(std::move(shape), elements);
}
std::vector<float> floatsOf(const Expected<Tensors> &outputs, const std::string &name);

/// All on the CPU, as the model has it. What the compiler makes of it otherwise must give the same, but for parts on the DPU.
Expected<Tensors> run(const std::vector<std::byte> &model, const Tensors &inputs);

/// For `tiny`, which must work.
Program compiled(const std::vector<std::byte> &model);
/// The operators of its host steps; "DPU" for a region.
std::vector<std::string> stepsOf(const std::vector<std::byte> &model);

/// A Loop that fills a sequence with x + i, of shape [1, 2]. \param behind what takes the sequence q.
std::string collecting(const std::string &behind, const std::string &inside = "r = SequenceInsert (p, e)",
                       const std::string &shape = "1, 4");

} // namespace softdpu::test
