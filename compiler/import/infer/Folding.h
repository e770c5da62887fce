//===- Folding.h - Nodes whose inputs are all known --------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <optional>
#include <span>

namespace softdpu::onnx_import {

/// Repeats elements along the dimensions that are 1. \param shape that `tensor` can be broadcast to, of known size.
Tensor broadcastTo(const Tensor &tensor, const std::vector<int64_t> &shape);

/// The result of an operator that moves, converts, compares or adds up elements, the same bits that the host would compute.
///
/// \param node has passed its inference: types and shapes fit. \param inputs one for each of its own, none null. \param type and \param
/// shape of the result.
/// \returns nullopt for other operators, and where the host would have something to say (a division by 0, an index outside).
std::optional<Tensor> fold(const Node &node, std::span<const Tensor *const> inputs, ElementType type, const std::vector<int64_t> &shape);

} // namespace softdpu::onnx_import
