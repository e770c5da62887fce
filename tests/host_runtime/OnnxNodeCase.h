//===- OnnxNodeCase.h - A node test of ONNX's own test data ------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace softdpu::test {

/// The inputs of one of the tests in Debian's libonnx-testdata and the outputs to expect, by graph name.
struct OnnxNodeTensors {
  std::map<std::string, Tensor> inputs, expected;
};

/// A test of one node.
struct OnnxNodeCase : OnnxNodeTensors {
  HostStep step; ///< The node as a host step.
};

/// Where the node tests are.
std::string onnxNodeDirectory();
/// All their names, sorted.
std::vector<std::string> allOnnxNodeCases();

/// The operators of a test's graph; more than one where ONNX writes an operator as a function of others.
std::vector<std::string> operatorsOfNodeCase(const std::string &name);

/// What a test needs that the tensors of programs do not have: an element type, a sequence. nullopt if nothing.
std::optional<std::string> beyondTensors(const std::string &name);

/// Tests of what the toolkit refuses, though it has the operator: their names, and a part of the sentence that refuses them.
const std::map<std::string, std::string> &refusedNodeCases();

Expected<OnnxNodeTensors> loadOnnxNodeTensors(const std::string &name);
/// The test must have one node.
Expected<OnnxNodeCase> loadOnnxNodeCase(const std::string &name);

/// Says how `found` differs from `expected`; empty if it does not. float32 may differ by 1e-6 and `relative`, all else not at all.
std::string difference(const Tensor &found, const Tensor &expected, float relative = 1e-5f);

} // namespace softdpu::test
