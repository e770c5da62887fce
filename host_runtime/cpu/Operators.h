//===- Operators.h - The host operators, one function each -------------------------------===//
//
// Errors say what is wrong with the inputs; the caller adds node and operator.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Call.h"

namespace softdpu::cpu {

// Reshaping.cpp: the same data under another shape, and shapes as data.
Results dropout(const Call &call);
Results flatten(const Call &call);
Results identity(const Call &call);
Results reshape(const Call &call);
Results squeeze(const Call &call);
Results unsqueeze(const Call &call);
Results shape(const Call &call);

// Movement.cpp: data in another order.
Results concat(const Call &call);
Results expand(const Call &call);
Results gather(const Call &call);
Results slice(const Call &call);
Results split(const Call &call);
Results transpose(const Call &call);

// Padding.cpp
Results pad(const Call &call);
Results tile(const Call &call);

// Indexing.cpp
Results gatherElements(const Call &call);
Results gatherNd(const Call &call);
Results scatterElements(const Call &call);
Results scatterNd(const Call &call);

// Generators.cpp
Results nonZero(const Call &call);
Results oneHot(const Call &call);
Results range(const Call &call);
Results size(const Call &call);
Results triangle(const Call &call);

// Sequences.cpp
Results cumulativeSum(const Call &call);
Results reverseSequence(const Call &call);

// Constants.cpp
Results cast(const Call &call);
Results constant(const Call &call);
Results constantOfShape(const Call &call);

// ControlFlow.cpp
Results ifElse(const Call &call);
Results loop(const Call &call);
Results scan(const Call &call);

// Arithmetic.cpp
Results add(const Call &call);
Results subtract(const Call &call);
Results multiply(const Call &call);
Results divide(const Call &call);
Results parametricRelu(const Call &call);

// Power.cpp
Results modulo(const Call &call);
Results power(const Call &call);

// Variadic.cpp
Results clip(const Call &call);
Results maximum(const Call &call);
Results mean(const Call &call);
Results minimum(const Call &call);
Results sum(const Call &call);

// Unary.cpp
Results absolute(const Call &call);
Results arcCosine(const Call &call);
Results arcSine(const Call &call);
Results arcTangent(const Call &call);
Results areaCosine(const Call &call);
Results areaSine(const Call &call);
Results areaTangent(const Call &call);
Results ceiling(const Call &call);
Results celu(const Call &call);
Results cosine(const Call &call);
Results elu(const Call &call);
Results errorFunction(const Call &call);
Results exponential(const Call &call);
Results floorOf(const Call &call);
Results gelu(const Call &call);
Results hardSigmoid(const Call &call);
Results hardSwish(const Call &call);
Results hyperbolicCosine(const Call &call);
Results hyperbolicSine(const Call &call);
Results isInfinite(const Call &call);
Results isNotANumber(const Call &call);
Results leakyRelu(const Call &call);
Results logarithm(const Call &call);
Results mish(const Call &call);
Results negate(const Call &call);
Results reciprocal(const Call &call);
Results relu(const Call &call);
Results roundToEven(const Call &call);
Results selu(const Call &call);
Results shrink(const Call &call);
Results sigmoid(const Call &call);
Results sign(const Call &call);
Results sine(const Call &call);
Results softplus(const Call &call);
Results softsign(const Call &call);
Results squareRoot(const Call &call);
Results tangent(const Call &call);
Results tanh(const Call &call);
Results thresholdedRelu(const Call &call);

// Comparison.cpp
Results equal(const Call &call);
Results greater(const Call &call);
Results greaterOrEqual(const Call &call);
Results less(const Call &call);
Results lessOrEqual(const Call &call);
Results logicalAnd(const Call &call);
Results logicalNot(const Call &call);
Results logicalOr(const Call &call);
Results logicalXor(const Call &call);
Results where(const Call &call);

// Reductions.cpp
Results reduceL1(const Call &call);
Results reduceL2(const Call &call);
Results reduceLogSum(const Call &call);
Results reduceLogSumExp(const Call &call);
Results reduceMax(const Call &call);
Results reduceMean(const Call &call);
Results reduceMin(const Call &call);
Results reduceProduct(const Call &call);
Results reduceSum(const Call &call);
Results reduceSumSquare(const Call &call);

// Selection.cpp
Results argMax(const Call &call);
Results argMin(const Call &call);
Results hardmax(const Call &call);
Results topK(const Call &call);

// Softmax.cpp
Results softmax(const Call &call);
Results logSoftmax(const Call &call);

// MatrixMultiply.cpp
Results matMul(const Call &call);
Results gemm(const Call &call);

// Convolution.cpp
Results convolution(const Call &call);
Results transposedConvolution(const Call &call);

// Pooling.cpp
Results averagePool(const Call &call);
Results globalAveragePool(const Call &call);
Results globalMaxPool(const Call &call);
Results maxPool(const Call &call);

// Normalisation.cpp
Results batchNormalisation(const Call &call);
Results instanceNormalisation(const Call &call);
Results layerNormalisation(const Call &call);

// Quantised.cpp
Results dequantizeLinear(const Call &call);
Results dynamicQuantizeLinear(const Call &call);
Results matMulInteger(const Call &call);
Results qLinearMatMul(const Call &call);
Results quantizeLinear(const Call &call);

// Einsum.cpp
Results einsum(const Call &call);

// Recurrent.cpp
Results gru(const Call &call);
Results lstm(const Call &call);
Results rnn(const Call &call);

} // namespace softdpu::cpu
