//===- Infer.h - Shapes, types and constants of a graph ----------------------------------===//
//
// Brings every node to the meaning of opset 17, checks it against the table of operators, infers the type of every tensor, and folds
// what does not depend on the inputs: constants and shape arithmetic with symbolic dimensions.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <optional>

namespace softdpu::onnx_import {

struct TensorInfo {
  ElementType type = ElementType::Float32;
  std::vector<Dimension> shape;
  std::optional<std::vector<Dimension>> dims; ///< Integer vectors of shape arithmetic: their elements.
  bool zeros = false;                         ///< All elements are zero, whatever the shape.
};

/// Tensors by name; those that became known are in `model.constants`, and their nodes are gone.
using TensorInfos = std::map<std::string, TensorInfo>;

/// \returns an error naming the node, what was found and what is supported.
Expected<TensorInfos> inferGraph(Model &model);

} // namespace softdpu::onnx_import
