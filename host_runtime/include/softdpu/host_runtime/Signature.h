//===- Signature.h - Tensors against the shapes that a program declares ------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <map>
#include <string>

namespace softdpu {

/// Sizes of symbolic dimensions by name.
using Symbols = std::map<std::string, int64_t>;

/// Checks names, types, shapes and that all floats are finite; binds each symbol to the size it meets first.
/// \returns the symbols; or an error that names the input, what was found and what was expected.
Expected<Symbols> bindInputs(std::span<const Port> ports, const std::map<std::string, Tensor> &inputs);

/// Gives a tensor that a region produced (the right elements in the right order) the shape of output `port`.
/// Symbols that no input has bound are solved for if there is at most one.
Expected<void> shapeOutput(const Port &port, const Symbols &symbols, Tensor &tensor);

} // namespace softdpu
