//===- LayerModel.h - The ONNX model of one DeepBench layer ------------------------------===//

#pragma once

#include "deepbench/Points.h"

#include <cstddef>
#include <vector>

namespace softdpu::deepbench {

/// A serialised ModelProto: input "X" [T, 1, hidden], one node, output "Y" [T, 1, 1, hidden] with the state of every step. The initial
/// state is zero.
///
/// Weights and biases are uniform in +/- 2 / sqrt(hidden), so that for inputs in -1 .. 1 the sums in front of the activations have a
/// standard deviation of about 0.7, whatever the size: nothing saturates and nothing vanishes. They depend on the layer and `seed` alone.
std::vector<std::byte> layerModel(const Layer &layer, uint64_t seed);

/// The same with all weights of W and R alike, made by ConstantOfShape: small, and soon compiled. For where only time matters.
std::vector<std::byte> uniformLayerModel(const Layer &layer);

} // namespace softdpu::deepbench
