//===- Sequences.h - Sequences that a Loop fills, as tensors -----------------------------===//

#pragma once

#include "import/OnnxModel.h"

namespace softdpu::onnx_import {

/// Exporters collect what a Loop computes in a sequence: SequenceEmpty in front of it, SequenceInsert inside, ConcatFromSequence behind.
/// That is an output of the body which the Loop stacks; ConcatFromSequence stays, and takes the stacked tensor.
/// \returns an error that names the node if there is any other sequence.
Expected<void> collectSequences(Model &model);

} // namespace softdpu::onnx_import
