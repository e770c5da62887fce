//===- ZooModel.h - The ONNX model of an entry of the zoo --------------------------------===//

#pragma once

#include "zoo/Entries.h"

#include <cstddef>
#include <vector>

namespace softdpu::zoo {

struct ModelOptions {
  uint64_t seed = 1;
  uint32_t scale = 1;               ///< Widths and vocabulary are divided by it.
  std::optional<uint32_t> maxSteps; ///< No sequence is longer.
};

/// A serialised ModelProto. Weights are uniform in +/- 1.5 / sqrt(inputs of the layer), word vectors in +/- 1, so that no activation
/// saturates and none vanishes. They depend on entry, seed and scale alone.
std::vector<std::byte> zooModel(const Entry &entry, const ModelOptions &options);

} // namespace softdpu::zoo
