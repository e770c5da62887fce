//===- Models.h - Small ONNX models for tests --------------------------------------------===//

#pragma once

#include "softdpu/compiler/Compiler.h"
#include "softdpu/host_runtime/Session.h"

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace softdpu::test {

/// Builds a ModelProto node by node. Weights are uniform in +/-0.5, from a seed.
class ModelBuilder {
public:
  explicit ModelBuilder(int64_t opset = 14);

  /// A dimension of -1 is the symbol "T", -2 the symbol "B", -3 the symbol "N".
  ModelBuilder &input(const std::string &name, const std::vector<int64_t> &shape, int type = onnx::TensorProto::FLOAT);
  ModelBuilder &output(const std::string &name, const std::vector<int64_t> &shape, int type = onnx::TensorProto::FLOAT);
  ModelBuilder &weights(const std::string &name, const std::vector<int64_t> &shape, float scale = 0.5f);
  ModelBuilder &integers(const std::string &name, const std::vector<int64_t> &shape, const std::vector<int64_t> &values);
  /// The last node() can be given attributes with set().
  ModelBuilder &node(const std::string &op, const std::vector<std::string> &inputs, const std::vector<std::string> &outputs);
  ModelBuilder &set(const std::string &attribute, int64_t value);
  ModelBuilder &set(const std::string &attribute, float value);
  ModelBuilder &set(const std::string &attribute, const std::string &value);
  ModelBuilder &set(const std::string &attribute, const std::vector<std::string> &values);
  ModelBuilder &set(const std::string &attribute, const std::vector<int64_t> &values);
  ModelBuilder &set(const std::string &attribute, const std::vector<float> &values);
  ModelBuilder &set(const std::string &attribute, const onnx::GraphProto &graph);

  onnx::ModelProto &proto() { return model; }
  const onnx::GraphProto &graph() const { return model.graph(); }
  std::vector<std::byte> bytes() const;

private:
  onnx::ModelProto model;
  std::mt19937 random{1};

  onnx::AttributeProto *attribute(const std::string &name, onnx::AttributeProto::AttributeType type);
};

/// Random values in +/-1.
Tensor randomTensor(std::vector<int64_t> shape, unsigned seed);

/// Compiles `model` and runs it with the functional engine, or with everything on the CPU if `architecture` is "cpu".
Expected<Tensors> compileAndRun(const std::vector<std::byte> &model, const std::string &architecture, const Tensors &inputs,
                                const CompileOptions &options = {});

/// The largest difference of two float32 tensors of equal shape; infinity if their shapes differ.
double maxDifference(const Tensor &a, const Tensor &b);

} // namespace softdpu::test
