//===- GraphBuilder.h - Builds an ONNX model node by node --------------------------------===//

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <onnx/onnx_pb.h>
#include <string>
#include <variant>
#include <vector>

namespace softdpu::models {

/// SplitMix64: one state, so that a seed says everything, and fast, because models have tens of millions of weights.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  /// Uniform in -1 .. 1, 24 bits of it.
  float next();

private:
  uint64_t state;
};

/// A size, or the name of a symbolic one.
using Size = std::variant<int64_t, std::string>;
using Attributes = std::map<std::string, std::variant<int64_t, float, std::string, std::vector<int64_t>>>;

/// A model of opset 14 under construction. Names of tensors are the caller's to keep apart.
class GraphBuilder {
public:
  GraphBuilder(const std::string &name, const std::string &producer, uint64_t seed);

  void input(const std::string &name, const std::vector<Size> &shape, onnx::TensorProto::DataType type = onnx::TensorProto::FLOAT);
  void output(const std::string &name, const std::vector<Size> &shape, onnx::TensorProto::DataType type = onnx::TensorProto::FLOAT);

  /// Float32 constants, uniform in +/- `scale`. \returns `name`.
  std::string weights(const std::string &name, const std::vector<int64_t> &shape, float scale);
  /// The same number everywhere, made by ConstantOfShape.
  std::string alike(const std::string &name, const std::vector<int64_t> &shape, float value);
  /// An int64 vector. \returns `name`.
  std::string integers(const std::string &name, const std::vector<int64_t> &values);

  /// A node with one output, which has its name. \param inputs "" for one that is left out. \returns `name`.
  std::string node(const std::string &op, const std::string &name, const std::vector<std::string> &inputs,
                   const Attributes &attributes = {});
  /// A node with other outputs. "" for one that is left out.
  void node(const std::string &op, const std::string &name, const std::vector<std::string> &inputs, const std::vector<std::string> &outputs,
            const Attributes &attributes);

  /// The serialised ModelProto.
  std::vector<std::byte> serialise() const;

private:
  onnx::GraphProto &graph() { return *model.mutable_graph(); }

  onnx::ModelProto model;
  Random random;
};

} // namespace softdpu::models
