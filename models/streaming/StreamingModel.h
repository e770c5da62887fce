//===- StreamingModel.h - A model that takes and returns its state -------------------------===//

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace softdpu::models {

/// A keyword spotter of one frame at a time, as exporters write it: `frame` [1, 40] and the states `gru_h`, `lstm_h`, `lstm_c` [1, 64] to
/// `scores` [1, 12] and `gru_h_next`, `lstm_h_next`, `lstm_c_next`. Its cells are written out in arithmetic, the GRU as PyTorch has it
/// (Gemm, Split, n + z (h - n)), the LSTM as TensorFlow does (one MatMul on Concat(x, h), gates i, c, f, o, a forget bias of 1).
/// \returns a serialised ModelProto with weights of `seed`.
std::vector<std::byte> streamingModel(uint64_t seed = 1);

} // namespace softdpu::models
