//===- OnnxNodeCase.h - A node test of ONNX's own test data ------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace softdpu::test {

/// One of the tests in Debian's libonnx-testdata: a graph of one node, its inputs, and the outputs to expect.
struct OnnxNodeCase {
  HostStep step;                          ///< The node as a host step.
  std::map<std::string, Tensor> inputs;   ///< By graph name.
  std::map<std::string, Tensor> expected; ///< By graph name.
};

/// Where the node tests are.
std::string onnxNodeDirectory();

/// The operator of a test; nullopt if its graph has not exactly one node.
std::optional<std::string> operatorOfNodeCase(const std::string &name);

/// \param name a directory of onnxNodeDirectory(). \returns an error that says so if the test needs an element type that programs do not
/// have.
Expected<OnnxNodeCase> loadOnnxNodeCase(const std::string &name);

} // namespace softdpu::test
