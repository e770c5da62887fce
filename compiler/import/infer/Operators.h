//===- Operators.h - Inference, one function for each family of operators ----------------===//
//
// The table in OpTable.cpp says which operator uses which. A function finds its node checked against the table, with all inputs known.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "import/OnnxModel.h"

#include <optional>

namespace softdpu::onnx_import {

class Inference;

// Recurrent.cpp
Expected<void> inferRecurrent(Inference &in, Node &node);

// Matrix.cpp
Expected<void> inferMatMul(Inference &in, Node &node);
/// The shape of a times b, as numpy multiplies.
Expected<std::vector<Dimension>> productShape(const Inference &in, const Node &node, const std::vector<Dimension> &a,
                                              const std::vector<Dimension> &b);
Expected<void> inferEinsum(Inference &in, Node &node);
Expected<void> inferGemm(Inference &in, Node &node);

// Pointwise.cpp
Expected<void> inferUnary(Inference &in, Node &node);
/// The same for integers.
Expected<void> inferNumericUnary(Inference &in, Node &node);
/// A truth value for each float32.
Expected<void> inferFloatTest(Inference &in, Node &node);
Expected<void> inferBinary(Inference &in, Node &node);
Expected<void> inferComparison(Inference &in, Node &node);
Expected<void> inferLogic(Inference &in, Node &node);
Expected<void> inferWhere(Inference &in, Node &node);
Expected<void> inferSoftmax(Inference &in, Node &node);
/// \param number of ONNX's TensorProto.DataType. \returns nullopt if Cast has no such target.
std::optional<ElementType> castType(int64_t number);
/// A Cast of `input` to `type`.
Node castNode(std::string name, std::string input, std::string output, ElementType type);
Expected<void> inferCast(Inference &in, Node &node);

// Operands.cpp
Expected<void> inferClip(Inference &in, Node &node);
Expected<void> inferExtreme(Inference &in, Node &node);
Expected<void> inferMod(Inference &in, Node &node);
Expected<void> inferPow(Inference &in, Node &node);
Expected<void> inferPRelu(Inference &in, Node &node);
Expected<void> inferSum(Inference &in, Node &node);

// Indexing.cpp
Expected<void> inferGatherElements(Inference &in, Node &node);
Expected<void> inferGatherNd(Inference &in, Node &node);
Expected<void> inferScatterElements(Inference &in, Node &node);
Expected<void> inferScatterNd(Inference &in, Node &node);

// Padding.cpp
Expected<void> inferPad(Inference &in, Node &node);
Expected<void> inferSplit(Inference &in, Node &node);
Expected<void> inferTile(Inference &in, Node &node);

// Generators.cpp
Expected<void> inferCumSum(Inference &in, Node &node);
Expected<void> inferNonZero(Inference &in, Node &node);
Expected<void> inferOneHot(Inference &in, Node &node);
Expected<void> inferRange(Inference &in, Node &node);
Expected<void> inferReverseSequence(Inference &in, Node &node);
Expected<void> inferSize(Inference &in, Node &node);
Expected<void> inferTrilu(Inference &in, Node &node);

// Reductions.cpp
Expected<void> inferArgument(Inference &in, Node &node);
Expected<void> inferReduce(Inference &in, Node &node);
Expected<void> inferTopK(Inference &in, Node &node);

// Windows.cpp
Expected<void> inferConv(Inference &in, Node &node);
Expected<void> inferConvTranspose(Inference &in, Node &node);
Expected<void> inferGlobalPool(Inference &in, Node &node);
Expected<void> inferPool(Inference &in, Node &node);

// Normalisation.cpp
Expected<void> inferChannelNormalisation(Inference &in, Node &node);
Expected<void> inferLayerNormalisation(Inference &in, Node &node);

// Quantised.cpp
Expected<void> inferDequantizeLinear(Inference &in, Node &node);
Expected<void> inferDynamicQuantizeLinear(Inference &in, Node &node);
Expected<void> inferMatMulInteger(Inference &in, Node &node);
Expected<void> inferQuantizeLinear(Inference &in, Node &node);

// Movement.cpp
Expected<void> inferGather(Inference &in, Node &node);
Expected<void> inferTranspose(Inference &in, Node &node);
Expected<void> inferConcat(Inference &in, Node &node);
Expected<void> inferSlice(Inference &in, Node &node);
Expected<void> inferExpand(Inference &in, Node &node);

// Reshaping.cpp
Expected<void> inferDropout(Inference &in, Node &node);
Expected<void> inferFlatten(Inference &in, Node &node);
Expected<void> inferSqueeze(Inference &in, Node &node);
Expected<void> inferReshape(Inference &in, Node &node);
Expected<void> inferShape(Inference &in, Node &node);
Expected<void> inferIdentity(Inference &in, Node &node);

// ControlFlow.cpp
Expected<void> inferConcatFromSequence(Inference &in, Node &node);
Expected<void> inferIf(Inference &in, Node &node);
Expected<void> inferLoop(Inference &in, Node &node);
Expected<void> inferScan(Inference &in, Node &node);

// Constants.cpp
Expected<void> inferConstant(Inference &in, Node &node);
Expected<void> inferConstantOfShape(Inference &in, Node &node);

} // namespace softdpu::onnx_import
