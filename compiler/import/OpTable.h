//===- OpTable.h - Which ONNX operators are supported, where and within what limits ------===//
//
// One table. The importer's checks, its messages and docs/supported_ops.md all come from it.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <span>
#include <string>
#include <string_view>

namespace softdpu::onnx_import {

class Inference;

enum class Where : uint8_t {
  Dpu,   ///< On the DPU where it is applied at every time step; else on the CPU.
  Cpu,   ///< On the CPU.
  Folded ///< Computed at compile time if its inputs are known, else on the CPU.
};

struct AttributeRule {
  std::string_view name;
  std::string_view supported; ///< "forward", "0 or 1", "any": ends the sentence "... is supported".
  bool (*accepts)(const Value &value);
};

struct OpRule {
  std::string_view op;
  Where where;
  unsigned minInputs, maxInputs, maxOutputs;
  Expected<void> (*infer)(Inference &in, Node &node); ///< Finds its outputs, and brings the node to the meaning of opset 17.
  std::span<const AttributeRule> attributes;          ///< Any other attribute is refused.
  std::string_view limits;                            ///< What else must hold, for the documentation; checked where shapes are known.
  std::span<const std::string_view> bodies = {};      ///< Attributes that are graphs; the node must have all of them.
};

/// All supported operators, sorted by name.
std::span<const OpRule> opTable();
/// \returns null if `op` is not supported.
const OpRule *findOp(std::string_view op);

/// Checks operator, number of inputs and outputs, attributes and bodies of `node` against the table; brings bodies into its order.
Expected<void> checkNode(Node &node);

} // namespace softdpu::onnx_import
