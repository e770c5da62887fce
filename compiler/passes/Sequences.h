//===- Sequences.h - Values that exist at every time step --------------------------------===//
//
// What rnn-raise and rnn-partition know about raised operations and the constants beside them.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "dialect/Dialects.h"

#include <string>

namespace softdpu {

bool isCell(mlir::Operation *op);
bool isRaised(mlir::Operation *op);
/// A result that exists at every time step (not the last state of a cell).
bool isSequenceResult(mlir::Value value);
/// The sequence whose time steps and batch `value` shares: follows raised operations back to a tensor from outside.
mlir::Value sequenceRoot(mlir::Value value);

/// The same, but a sequence and its reverse have one root: they have the same number of steps.
mlir::Value stepsRoot(mlir::Value value);
/// On a host step: its result is its first operand, last time step first.
inline constexpr llvm::StringLiteral reversedAttr = "rnn.reversed";

/// The dimensions of a raised sequence by meaning: T steps, B batch, F features, 1 one, P steps times batch.
std::string dimensionsOf(mlir::Value value);
int64_t features(mlir::Value value);

/// \returns null if `value` is not constant.
mlir::DenseElementsAttr constantOf(mlir::Value value);
mlir::DenseElementsAttr reshaped(mlir::DenseElementsAttr attr, llvm::ArrayRef<int64_t> shape);
/// Whether every element is known to be zero.
bool isZero(mlir::Value value);

/// Erases operations that nothing needs, also in the bodies of nodes.
void eraseDead(mlir::Block &block);

} // namespace softdpu
