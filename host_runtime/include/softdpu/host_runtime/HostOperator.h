//===- HostOperator.h - ONNX operators on the CPU ----------------------------------------===//
//
// What a program does not run on the DPU runs here, in float32 and in integers that wrap. One table (cpu/Registry.cpp) says which operators
// exist, how many inputs they take and which attributes they understand; a step is checked against it before a session starts, and anything
// outside is an error, never ignored. Semantics are those of ONNX opset 17 (Softmax over one axis); the compiler brings other opsets to it.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace softdpu {

/// Names of all operators that a host step may use, sorted.
std::vector<std::string_view> hostOperators();

/// Checks operator name, number of inputs and outputs, attributes (names and types), and bodies with their steps. Errors name the node and
/// the operator.
Expected<void> checkHostStep(const HostStep &step);

/// Runs a body of a step once: one tensor for each of its inputs, which the runner checks against them; one for each of its outputs.
using BodyRunner = std::function<Expected<std::vector<Tensor>>(const HostBody &body, std::vector<Tensor> inputs)>;

/// Runs one operator.
///
/// \param step has passed checkHostStep().
/// \param inputs one per step.inputs; nullptr where the name is "".
/// \param runner for the bodies of the step, if it has any.
/// \returns one tensor per step.outputs; or an error that names the node, the operator and what is wrong with types, shapes or values.
Expected<std::vector<Tensor>> runHostStep(const HostStep &step, std::span<const Tensor *const> inputs, const BodyRunner &runner = {});

} // namespace softdpu
