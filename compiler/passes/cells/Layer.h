//===- Layer.h - Steps of a recurrent layer become ONNX's operator --------------------------===//

#pragma once

#include "passes/cells/Cell.h"

namespace softdpu::cells {

/// Cells with the same weights, each of which takes its h (and c) from the one before.
struct Chain {
  llvm::SmallVector<const Cell *> cells; ///< In order of time.
  llvm::SmallVector<View> h;             ///< Of each cell.

  rnn::NodeOp last() const { return cells.back()->nextH.getDefiningOp<rnn::NodeOp>(); }
};

/// The body of a Scan or Loop that is one cell.
struct Recurrence {
  /// A result that has h of every iteration.
  struct Sequence {
    mlir::Value result;
    llvm::SmallVector<int64_t> element; ///< Its shape.
    int64_t axis = 0;                   ///< Of the iterations.
    bool backwards = false;             ///< The first iteration stands at the end.
  };

  rnn::NodeOp loop;
  Cell cell;
  View h;                              ///< Of the cell.
  unsigned initialH = 0, initialC = 0; ///< Inputs of the loop.
  mlir::Value lastH, lastC;            ///< Results of the loop.
  llvm::SmallVector<Sequence> sequences;
  std::optional<int64_t> steps; ///< Where the loop runs through a part of the sequence.
};

/// Whether the states of `cell` can be results of a layer: at most one of their dimensions is unknown.
bool fitsLayer(const Cell &cell);

/// Replaces the results of `chain` by those of one RNN, GRU or LSTM node with the name of the last cell's node: over the sequence that the
/// inputs of its steps are parts of, in reverse if they are taken from the end, or that they are joined to.
rnn::NodeOp buildLayer(const Chain &chain);
/// Replaces the results of a loop, with the name of the loop.
rnn::NodeOp buildLayer(const Recurrence &recurrence);

/// If the operands of a Concat are all steps of `layer`, in order: its sequence in the shape of the result; else null.
mlir::Value joinedSteps(rnn::NodeOp concat, rnn::NodeOp layer);
/// What is cut from the end of its sequence becomes its last state.
void useLastState(rnn::NodeOp layer);

} // namespace softdpu::cells
