//===- Cell.h - One step of a recurrent layer, written out ----------------------------------===//

#pragma once

#include "passes/cells/Terms.h"

namespace softdpu::cells {

/// What computes h, and of an LSTM c, of one step:
///
///   RNN   h' = f(a)                  LSTM   c' = f(a_f) * c + f(a_i) * g(a_c),   h' = f(a_o) * h(c')
///   GRU   h' = (1 - z) * n + z * h,  z = f(a_z),  r = f(a_r),  n = g(a_n), where r resets h, or the product of h and its matrix
///
/// where every a is a sum of constant matrices times h and times inputs, and a constant vector.
struct Cell {
  enum class Kind : uint8_t { Rnn, Gru, Lstm };

  Kind kind = Kind::Rnn;
  int64_t hidden = 0;
  llvm::SmallVector<llvm::StringRef, 3> activations; ///< As ONNX's operator lists them.
  bool linearBeforeReset = false;
  llvm::SmallVector<Terms, 4> gates;             ///< The sums, in ONNX's order. What r is applied to counts as it is without r.
  std::vector<VectorPart> recurrentBias;         ///< Of the candidate of a GRU with linearBeforeReset: reset with the product.
  std::optional<View> h;                         ///< Known of a GRU. Of the others any input of this size can be it.
  std::optional<View> c;                         ///< LSTM.
  mlir::Value nextH, nextC;                      ///< Results; nextC of an LSTM.
  llvm::SetVector<mlir::Operation *> arithmetic; ///< All operators but those that move elements.

  /// "RNN", "GRU", "LSTM": ONNX's operator.
  llvm::StringRef op() const;
  /// What the matrices multiply, h included, in order of appearance.
  llvm::SmallVector<View> operands() const;
  /// Which of them can be h.
  llvm::SmallVector<View> statesAmong() const;
};

/// The cell whose h `node` computes. An RNN with only one operand is none. \param outOfLoops as of resolve().
std::optional<Cell> cellAt(rnn::NodeOp node, bool outOfLoops);

/// Whether two cells apply the same weights, where `hOfA` and `hOfB` are their h.
bool sameWeights(const Cell &a, const View &hOfA, const Cell &b, const View &hOfB);

} // namespace softdpu::cells
