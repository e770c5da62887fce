//===- Scan.h - What the parts of rnn-steps share --------------------------------------------===//

#pragma once

#include "passes/Nodes.h"

#include <string>

namespace softdpu::steps {

/// A Scan by its parts.
struct Scan {
  explicit Scan(rnn::NodeOp node);

  rnn::NodeOp node;
  mlir::Block &body;
  mlir::Operation *give;
  size_t sequences, states;                                ///< Inputs: states, then sequences.
  llvm::SmallVector<int64_t> inputAxes, inputDirections;   ///< Of each sequence.
  llvm::SmallVector<int64_t> outputAxes, outputDirections; ///< Of each result behind the states.

  mlir::Value sequence(size_t i) const { return mlir::ValueRange(rnn::NodeOp(node).getInputs())[states + i]; }
  mlir::BlockArgument element(size_t i) const { return body.getArgument(unsigned(states + i)); }
  /// Dynamic if no sequence says it.
  int64_t steps() const;
};

bool isLayer(rnn::NodeOp node);
/// Null if it is absent.
mlir::Value resultOf(rnn::NodeOp node, unsigned index);
/// In the model, or one that says which result it is.
std::string nameOf(rnn::NodeOp node, unsigned result);
/// `shape` behind a dimension of `steps`, of the element type of `like`.
mlir::RankedTensorType sequenceOf(int64_t steps, llvm::ArrayRef<int64_t> shape, mlir::Value like);

/// Whether host steps can bring a tensor from one shape to the other without moving elements.
bool canView(llvm::ArrayRef<int64_t> from, llvm::ArrayRef<int64_t> to);
/// `x` in shape `type`, which canView() allows. \param node that the steps belong to.
mlir::Value viewAs(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, mlir::Value x, mlir::RankedTensorType type);
/// `x` with dimension `from` at position `to`.
mlir::Value moveAxis(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, mlir::Value x, int64_t from, int64_t to);
/// `x`, last index of the first dimension first.
mlir::Value turned(mlir::OpBuilder &builder, rnn::NodeOp node, const std::string &name, mlir::Value x);

/// A Scan in place of a Loop that runs through all elements of its sequences; null, and `loop` unchanged, if it does something else.
rnn::NodeOp scanOf(rnn::NodeOp loop);
/// Takes a layer out of a Scan that carries its states, or leaves everything as it is.
/// \returns Scans of what the body computes in front of the layer (without states) and behind it (with the other states).
mlir::FailureOr<llvm::SmallVector<rnn::NodeOp>> takeLayerOut(rnn::NodeOp scan);
/// Replaces a Scan without states by its operators, applied to all steps at once, if they can be; else leaves it as it is.
void spread(rnn::NodeOp scan);

} // namespace softdpu::steps
