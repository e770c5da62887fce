//===- OnnxNodeCase.h - A node test of ONNX's own test data ------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <map>
#include <string>
#include <vector>

namespace softdpu::test {

/// One of the tests in Debian's libonnx-testdata: a graph of one node, its inputs, and the outputs to expect.
struct OnnxNodeCase {
  HostStep step;                          ///< The node as a host step.
  std::map<std::string, Tensor> inputs;   ///< By graph name.
  std::map<std::string, Tensor> expected; ///< By graph name.
};

/// \param name a directory of /usr/share/libonnx-testdata/data/node.
Expected<OnnxNodeCase> loadOnnxNodeCase(const std::string &name);

} // namespace softdpu::test
