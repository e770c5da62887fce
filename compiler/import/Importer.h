//===- Importer.h - A checked ONNX graph as a module of the dialect rnn ------------------===//

#pragma once

#include "import/Infer.h"

#include "dialect/Dialects.h"

#include <map>
#include <string>

namespace softdpu::onnx_import {

/// One function @model of rnn.node operations; arguments and results carry the attribute `rnn.name`.
/// \param placement becomes the module attribute `rnn.placement`.
mlir::OwningOpRef<mlir::ModuleOp> importGraph(mlir::MLIRContext &context, const Model &model, const TensorInfos &infos,
                                              const std::map<std::string, std::string> &placement);

} // namespace softdpu::onnx_import
