//===- Terms.h - Arithmetic in a normal form -----------------------------------------------===//
//
// MatMul, Gemm, Add, Sub, Sum, Neg and Mul in whatever order become one sum:
//
//   constants + matrices * views + numbers * products of views
//
// so that (1 - z) * n + z * h and n + z * (h - n) are the same three products. Matrices are named, not computed: parts of the constants of
// the model. Two sums that are equal here are equal in real numbers.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "passes/cells/View.h"

#include "llvm/ADT/SetVector.h"

#include <optional>
#include <vector>

namespace softdpu::cells {

/// `scale` times a part of a constant matrix, as [outputs, inputs].
struct MatrixPart {
  mlir::DenseElementsAttr matrix; ///< Two dimensions, float32.
  bool stored = false;            ///< As [outputs, inputs]; else [inputs, outputs].
  int64_t row = 0, rows = 0, column = 0, columns = 0;
  float scale = 1;

  bool operator==(const MatrixPart &) const = default;
  /// Adds it to `to`, whose rows have `stride` elements.
  void addTo(float *to, int64_t stride) const;
};

/// `scale` times elements of a constant vector, or a number that stands for all of them.
struct VectorPart {
  mlir::DenseElementsAttr vector;
  int64_t begin = 0, size = 0;
  float scale = 1;

  bool operator==(const VectorPart &) const = default;
  void addTo(float *to) const;
};

struct MatrixTerm {
  MatrixPart matrix;
  View of;
};

struct ProductTerm {
  float scale = 1;
  llvm::SmallVector<View, 3> factors; ///< One or more.
};

/// A value as a sum, and the operators that it is made of.
struct Terms {
  std::vector<VectorPart> constants;
  std::vector<MatrixTerm> matrices;
  std::vector<ProductTerm> products;

  /// A sum of matrices and constants alone.
  bool isAffine() const { return products.empty() && !matrices.empty(); }
  /// Exactly one product of two factors, times 1.
  bool isPair() const;
};

/// An activation of the DPU: Relu, Sigmoid or Tanh, and what of.
struct Activation {
  llvm::StringRef kind;
  View of;
};

/// Reads expressions, and keeps what it has read.
class Reader {
public:
  /// \param outOfLoops elements of sequences that a body takes are steps of them.
  explicit Reader(bool outOfLoops) : outOfLoops(outOfLoops) {}

  /// The sum that `view` is. \param distribute products of sums become sums of products.
  Terms terms(const View &view, bool distribute);
  /// If it is an activation.
  std::optional<Activation> activation(const View &view);
  View resolved(const View &view);

  /// Operators that were read through. Arithmetic and activations, without those that move elements.
  llvm::SetVector<mlir::Operation *> arithmetic;

private:
  bool outOfLoops;
  unsigned budget = 0; ///< Steps left in terms(): a sum that is shared may be in itself very often.

  void expand(const View &view, float scale, bool distribute, bool root, Terms &terms);
  bool expandSum(rnn::NodeOp node, const View &view, float scale, bool distribute, Terms &terms);
  bool expandProduct(rnn::NodeOp node, const View &view, float scale, bool distribute, Terms &terms);
  bool expandMatrix(rnn::NodeOp node, const View &view, float scale, Terms &terms);
  bool addConstant(mlir::Value value, const View &view, float scale, Terms &terms);
  void addMatrix(const View &of, MatrixPart part, Terms &terms);
};

} // namespace softdpu::cells
