//===- Placements.h - Where each node of a model went --------------------------------------===//

#pragma once

#include "dialect/Dialects.h"
#include "import/OnnxModel.h"
#include "softdpu/compiler/Compiler.h"

namespace softdpu {

/// \param module after partitioning.
std::vector<NodePlacement> placementsIn(mlir::ModuleOp module, const onnx_import::Model &model);

} // namespace softdpu
