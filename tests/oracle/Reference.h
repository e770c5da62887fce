//===- Reference.h - A model in real numbers, with bounds on computed outputs ------------===//

#pragma once

#include "Bounded.h"

#include <map>

namespace softdpu::oracle {

/// By the name of a model's output: its elements, row-major, in the shape of the model's layout.
using BoundedTensors = std::map<std::string, std::vector<Bounded>>;

/// How to read ONNX's text. ONNX Runtime's CPU kernels read it otherwise in two places (docs/accuracy_bound.md).
struct Reading {
  /// `clip` "is applied to the input of activations", so also to the memory of an LSTM on its way to the output activation.
  bool clipsMemory = true;
  /// The final state of a sequence without steps is its initial state, else zero.
  bool emptyKeepsState = true;
};
constexpr Reading onnxReading{}, onnxRuntimeReading{.clipsMemory = false, .emptyKeepsState = false};

struct Evaluation {
  BoundedTensors outputs;
  double largestState = 0; ///< Largest magnitude of any state of any layer, at any step; NaN if one is.
};

/// ONNX's definition of the operators, step by step in the order of docs/compiler.md ("What is computed").
///
/// \param onDpu for each layer, whether the DPU runs it; else float32 on the CPU does. \param box of the block format.
Evaluation evaluate(const ModelDescription &model, const std::vector<bool> &onDpu, unsigned box, const Reading &reading = onnxReading);
/// The same with every layer on the CPU.
Evaluation evaluate(const ModelDescription &model, const Reading &reading = onnxReading);

/// No state exceeds 32, and a relative change of each weight, up or down at random, changes no output by more than 8 times as much,
/// relative to its largest element. Other recurrences, growing or chaotic ones, amplify rounding errors alike, and no two float32
/// implementations agree on them.
bool isTame(const ModelDescription &model);
/// `model` with its gains halved until it is tame.
ModelDescription tamed(ModelDescription model);

} // namespace softdpu::oracle
