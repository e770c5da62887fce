//===- View.h - Which elements of which tensor a value is ----------------------------------===//
//
// Exporters cut and join vectors on their way from one arithmetic operator to the next: Slice, Split, Concat, Gather, Reshape and the like.
// A view looks through all of them, so that two values are the same elements exactly if their views are equal.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "passes/Nodes.h"

#include <limits>

namespace softdpu::cells {

/// For View::step, seen from the body of a Scan or Loop: the step of the present iteration, from the first or from the last on.
constexpr int64_t eachStep = std::numeric_limits<int64_t>::min(), eachStepBackwards = eachStep + 1;

/// Rows of `size` elements, from element `begin` of the last dimension of `base` on; of one step along dimension `axis`, if that is not
/// negative. All other dimensions, in their order, are the rows.
struct View {
  mlir::Value base;
  int64_t begin = 0, size = 0;
  int64_t axis = -1, step = 0;
  bool turned = false; ///< `base` is a matrix whose columns are the rows.

  /// The same elements; constants are equal by value.
  bool operator==(const View &other) const;
  /// Another step in each iteration.
  bool isEachStep() const { return axis >= 0 && step <= eachStepBackwards; }
  /// All of `base`.
  bool isWhole() const;
};

/// All elements of `value`, found as far back as operators only move them. \param value a float32 tensor of known last dimension.
/// \param seen takes the operators that were looked through.
View viewOf(mlir::Value value, llvm::SmallVectorImpl<mlir::Operation *> &seen);
/// The same for the part `part` of `value`: its base is `value`. \param outOfLoops the element of a sequence that a body takes is a step of
/// it.
View resolve(View part, llvm::SmallVectorImpl<mlir::Operation *> &seen, bool outOfLoops = true);

/// Whether ONNX's broadcasting leaves the rows of `operand` as they are in a result of the shape of `result`.
bool sameRows(mlir::Value operand, mlir::Value result);

/// Whether `op` only moves elements.
bool movesElements(mlir::Operation *op);

} // namespace softdpu::cells
