//===- Operators.h - The host operators, one function each -------------------------------===//
//
// Errors say what is wrong with the inputs; the caller adds node and operator.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Call.h"

namespace softdpu::cpu {

// Reshaping.cpp: the same data under another shape, and shapes as data.
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
Results transpose(const Call &call);

// Constants.cpp
Results cast(const Call &call);
Results constant(const Call &call);
Results constantOfShape(const Call &call);

// Pointwise.cpp
Results add(const Call &call);
Results subtract(const Call &call);
Results multiply(const Call &call);
Results divide(const Call &call);
Results relu(const Call &call);
Results sigmoid(const Call &call);
Results tanh(const Call &call);

// Softmax.cpp
Results softmax(const Call &call);
Results logSoftmax(const Call &call);

// MatrixMultiply.cpp
Results matMul(const Call &call);
Results gemm(const Call &call);

// Recurrent.cpp
Results gru(const Call &call);
Results lstm(const Call &call);
Results rnn(const Call &call);

} // namespace softdpu::cpu
