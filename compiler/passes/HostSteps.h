//===- HostSteps.h - Host steps that passes add --------------------------------------------===//
//
// What the DPU takes must be cut, turned or gathered on the host. Such a step is no node of the model, but part of one, and has its name.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "dialect/Dialects.h"

#include "llvm/ADT/StringRef.h"

#include <string>

namespace softdpu {

/// ONNX operator `op` on `inputs`. \param name of the result.
mlir::Value hostStep(mlir::OpBuilder &builder, rnn::NodeOp node, llvm::StringRef op, const std::string &name, mlir::Type type,
                     mlir::ValueRange inputs, llvm::ArrayRef<mlir::NamedAttribute> settings = {});
/// A vector of int64 that the model does not have.
mlir::Value hostIntegers(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, llvm::ArrayRef<int64_t> values);
/// Slice along the first dimension.
mlir::Value hostSlice(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, mlir::Type type, mlir::Value x, int64_t begin,
                      int64_t end, int64_t step);
mlir::Value hostConcat(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, mlir::Type type, mlir::ValueRange parts,
                       int64_t axis);

/// What the user says of a node: "cpu", "dpu" or nothing. \param op anything of the module.
llvm::StringRef placementOf(mlir::Operation *op, llvm::StringRef node);

/// On a node that stays on the host: why, as half a sentence.
inline constexpr llvm::StringLiteral whyAttr = "rnn.why";
/// Why `node` is not on the DPU: as half a sentence.
std::string whyOnHost(rnn::NodeOp node);
/// On an operation: the names of the nodes that became part of it, beside its own.
inline constexpr llvm::StringLiteral mergedAttr = "rnn.merged";

} // namespace softdpu
