//===- Emit.h - Instruction sequences to a Program ---------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include "dialect/Dialects.h"
#include "import/OnnxModel.h"

namespace softdpu {

/// \param module after all passes: host nodes and dpu.run in the function, dpu.sequence and dpu.matrix beside it.
/// \param model gives the signature, the constants of host steps, and the metadata.
/// \returns a program whose sequences have passed decodeProgram().
Expected<Program> emitProgram(mlir::ModuleOp module, const onnx_import::Model &model, const Arch &arch, const BlockFormat &format);

} // namespace softdpu
