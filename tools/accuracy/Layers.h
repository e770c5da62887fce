//===- Layers.h - The layers of a model that the DPU takes, and how far off they are -----===//

#pragma once

#include "softdpu/host_runtime/Session.h"

#include <string>
#include <vector>

namespace softdpu::tools {

/// A recurrent layer or a matrix product that runs on the DPU.
struct Layer {
  std::string node, op;
  std::string tensor; ///< The first output that the node has.
};

/// \param reference a program with every node on the CPU. \param onDpu the same model for the DPU. \returns in order of execution.
std::vector<Layer> layersOnDpu(const Program &reference, const Program &onDpu);

/// What a layer's tensor is worth beside float32, over all runs.
struct LayerError {
  double signal = 0, noise = 0; ///< Sums of squares: of float32's values, and of the differences from them.
  double worst = 0;             ///< Largest absolute difference.
  double worstReference = 0;    ///< Float32's value there.

  /// Signal-to-noise ratio in dB; infinity without a difference.
  double decibels() const;
};

/// Adds the difference of two float32 tensors. \returns an error if their shapes differ.
Expected<void> addError(LayerError &error, const Tensor &found, const Tensor &reference);

/// Mantissas and exponents of the matrices of each layer, in native tiles, packed for a device whose words are as wide as the layer's
/// format.
/// \param mantissaBits of each layer.
/// \returns bytes for each layer; equal matrices of several layers count for the first of them. Or an error if the program does not decode.
Expected<std::vector<uint64_t>> weightBytes(const Program &program, const std::vector<Layer> &layers,
                                            const std::vector<unsigned> &mantissaBits);

} // namespace softdpu::tools
