//===- WrittenLayer.h - A recurrent layer in arithmetic ------------------------------------===//

#pragma once

#include "Models.h"
#include "RandomModel.h"

namespace softdpu::oracle {

/// Writes layer `i`, one cell for each step, as its description says: inputs of the model for its states, and Y, Yh and Yc as outputs of
/// the operator would be. Names of nodes begin with nameOf("layer", i) and a dot.
/// \param x the sequence, in the layout of the model.
void writeOut(const ModelDescription &model, size_t i, const std::string &x, test::ModelBuilder &builder);

} // namespace softdpu::oracle
