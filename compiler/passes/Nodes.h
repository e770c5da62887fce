//===- Nodes.h - What passes read off the nodes of a model ---------------------------------===//

#pragma once

#include "dialect/Dialects.h"

#include <optional>

namespace softdpu {

llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);
/// The node of one of these operators that computes `value`; null if there is none.
rnn::NodeOp definedBy(mlir::Value value, llvm::ArrayRef<llvm::StringRef> ops);
/// Null if it is absent.
mlir::Value inputOf(rnn::NodeOp node, unsigned index);
/// What has the same elements in the same order.
mlir::Value withoutViews(mlir::Value value);

/// A dimension of a tensor.
struct Extent {
  mlir::Value tensor;
  int64_t axis;
};
/// The dimension whose size `value` is, by Shape, Gather or Slice, and changes of shape; nullopt if it is anything else.
std::optional<Extent> extentIn(mlir::Value value);

/// Whether the condition of a Loop is true from beginning to end.
bool alwaysGoesOn(rnn::NodeOp loop);

} // namespace softdpu
