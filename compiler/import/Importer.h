//===- Importer.h - A checked ONNX graph as a module of the dialect rnn ------------------===//

#pragma once

#include "import/Infer.h"

#include "dialect/Dialects.h"

#include <map>
#include <string>

namespace softdpu::onnx_import {

/// The element type of MLIR for one of ONNX, and back.
mlir::Type elementType(mlir::Builder &builder, ElementType type);
ElementType elementTypeOf(mlir::Type type);

/// One function @model of rnn.node operations; arguments and results carry the attribute `rnn.name`.
/// \param model gives the data of its constants away: what is used of them is in the module, the rest is gone.
/// \param placement becomes the module attribute `rnn.placement`.
mlir::OwningOpRef<mlir::ModuleOp> importGraph(mlir::MLIRContext &context, Model &model, const TensorInfos &infos,
                                              const std::map<std::string, std::string> &placement);

} // namespace softdpu::onnx_import
