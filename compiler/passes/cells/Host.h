//===- Host.h - The host steps around a layer -----------------------------------------------===//

#pragma once

#include "passes/cells/View.h"

#include <optional>
#include <string>

namespace softdpu::cells {

/// The product of all dimensions but the last; dynamic if one of them is.
int64_t rowsOf(llvm::ArrayRef<int64_t> shape);

/// Views that are steps first, first + stride, ... of one tensor, or each step of it.
struct Steps {
  int64_t first, stride; ///< The stride is 1 or -1.
};
std::optional<Steps> stepsOf(llvm::ArrayRef<View> views);

/// Adds host steps in front of one node, in its name.
class Host {
public:
  explicit Host(rnn::NodeOp node);

  rnn::NodeOp node;
  mlir::OpBuilder builder;
  std::string base; ///< Of the names of new tensors.

  mlir::RankedTensorType type(llvm::ArrayRef<int64_t> shape) { return mlir::RankedTensorType::get(shape, builder.getF32Type()); }
  /// \param shape at most two sizes are unknown; the first of two is that of the same dimension of `x`. \param name "" for a new one.
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape, std::string name = "");
  /// \param size of the result along `axis`.
  mlir::Value slice(mlir::Value x, int64_t axis, int64_t begin, int64_t end, int64_t size, int64_t stride = 1);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> perm);
  /// Moves one dimension; the others keep their order.
  mlir::Value moveAxis(mlir::Value x, int64_t from, int64_t to);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> parts, int64_t axis);
  /// A float32 constant that the model does not have.
  mlir::Value constant(const std::string &what, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values);

  /// The elements of one step as [1, rows, size].
  mlir::Value vectors(const View &view);
  /// The elements of each step, or of steps in order of time, as [T, rows, size]. \param reversed the views are, and the result is not.
  mlir::Value sequence(llvm::SmallVector<View> views, bool reversed);

private:
  unsigned count = 0;

  std::string fresh() { return base + "." + std::to_string(count++); }
  mlir::Value features(mlir::Value x, const View &view);
};

} // namespace softdpu::cells
