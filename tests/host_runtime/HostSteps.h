//===- HostSteps.h - Single host operators for tests -------------------------------------===//

#pragma once

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Tensors.h"

#include <gtest/gtest.h>
#include <random>

namespace softdpu::test {

/// A step of node "n" with inputs in0, in1, ... and outputs out0, out1, ...
inline HostStep step(std::string op, size_t inputs, std::map<std::string, Attribute> attributes = {}, size_t outputs = 1) {
  HostStep result{std::move(op), "n", {}, {}, std::move(attributes)};
  for (size_t i = 0; i < inputs; ++i)
    result.inputs.push_back(fmt::format("in{}", i));
  for (size_t i = 0; i < outputs; ++i)
    result.outputs.push_back(fmt::format("out{}", i));
  return result;
}

inline Expected<std::vector<Tensor>> run(const HostStep &given, const std::vector<Tensor> &inputs) {
  if (const auto checked = checkHostStep(given); !checked)
    return tl::unexpected(checked.error());
  std::vector<const Tensor *> pointers;
  for (const Tensor &input : inputs)
    pointers.push_back(&input);
  return runHostStep(given, pointers);
}

inline std::string errorOf(const HostStep &given, const std::vector<Tensor> &inputs) {
  const auto result = run(given, inputs);
  return result ? "no error" : result.error().message;
}

inline Tensor floats(std::vector<int64_t> shape, std::initializer_list<float> data) { return tensorOf<float>(std::move(shape), data); }
inline Tensor integers(std::vector<int64_t> shape, std::initializer_list<int64_t> data) {
  return tensorOf<int64_t>(std::move(shape), data);
}

inline Tensor randomFloats(std::vector<int64_t> shape, uint32_t seed) {
  Tensor result = makeTensor(ElementType::Float32, std::move(shape)).value();
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(-1, 1);
  for (float &value : values<float>(result))
    value = distribution(generator);
  return result;
}

inline void expectNear(const Tensor &found, const Tensor &expected) {
  ASSERT_EQ(found.shape, expected.shape);
  for (uint64_t i = 0; i < elements(found); ++i)
    EXPECT_NEAR(values<float>(found)[i], values<float>(expected)[i], 1e-6) << i;
}

/// The first result of `op`, which must not fail.
inline Tensor resultOf(const HostStep &given, const std::vector<Tensor> &inputs) {
  const auto result = run(given, inputs);
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->front() : Tensor();
}

} // namespace softdpu::test
