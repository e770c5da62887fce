//===- Passes.h - From the ONNX graph to instruction sequences ---------------------------===//
//
// In the order of addPasses(). The module attributes `dpu.arch` (name or canonical TOML), `dpu.format` and `dpu.node_formats` (formats of
// single nodes, by name) say what for; with `dpu.timing_only` the elements of matrices are dropped. A pass that cannot go on emits one
// error: the sentence for the user.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/numerics/BlockFloat.h"

#include "dialect/Dialects.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

#include <map>
#include <memory>
#include <string>

namespace softdpu {

/// On a module: compile for cycles alone (CompileOptions::timingOnly).
inline constexpr llvm::StringLiteral timingOnlyAttr = "dpu.timing_only";

/// On a module: dpu-allocate failed because the matrices alone do not fit, whatever the pipeline.
inline constexpr llvm::StringLiteral tooManyWeightsAttr = "dpu.too_many_weights";
/// On a module: rnn-windows made matrices of convolutions that nobody asked to be on the DPU.
inline constexpr llvm::StringLiteral freeWindowsAttr = "rnn.free_windows";
/// On a module: such convolutions stay on the CPU (rnn-windows), to leave the weight memory to the layers.
inline constexpr llvm::StringLiteral noFreeWindowsAttr = "rnn.no_free_windows";
/// On a module: so many stages of the finest pipeline become one (dpu-pipeline).
inline constexpr llvm::StringLiteral mergedStagesAttr = "dpu.merged_stages";
/// On a module: the most stages that a pipeline may have (dpu-pipeline).
inline constexpr llvm::StringLiteral maxStagesAttr = "dpu.max_stages";

/// On a module: cells that are written out become layers even where they are placed on the CPU (rnn-cells).
inline constexpr llvm::StringLiteral fuseOnCpuAttr = "rnn.fuse_on_cpu";

/// --rnn-cells: recurrent cells that are written out in arithmetic become RNN, GRU and LSTM nodes.
std::unique_ptr<mlir::Pass> createCellsPass();
/// --rnn-windows: 1D convolutions as matrices on windows of time steps.
std::unique_ptr<mlir::Pass> createWindowsPass();
/// --rnn-steps: recurrent layers that a Scan or a Loop runs step by step.
std::unique_ptr<mlir::Pass> createStepsPass();
/// --rnn-raise: recurrent cells, time-distributed matrices and pointwise operators that the DPU can take.
std::unique_ptr<mlir::Pass> createRaisePass();
/// --rnn-partition: connected raised operations become one rnn.region.
std::unique_ptr<mlir::Pass> createPartitionPass();
/// --dpu-lower: every rnn.region becomes a dpu.flow: cells as pointwise dataflow around dpu.matvec.
std::unique_ptr<mlir::Pass> createLowerPass();
/// --dpu-share: one copy of equal matrices and of equal flows.
std::unique_ptr<mlir::Pass> createSharePass();
/// --dpu-quantise: weights to block floating point.
std::unique_ptr<mlir::Pass> createQuantisePass();
/// --dpu-tile: matrices to native tiles; groups of engines and pass order.
std::unique_ptr<mlir::Pass> createTilePass();
/// --dpu-form-chains: dataflow to chains on named buffers.
std::unique_ptr<mlir::Pass> createFormChainsPass();
/// --dpu-pipeline: stages, order inside an iteration, depths of buffers.
std::unique_ptr<mlir::Pass> createPipelinePass();
/// --dpu-allocate: addresses of buffers and matrices.
std::unique_ptr<mlir::Pass> createAllocatePass();
/// --dpu-sequence: prologue, loop and epilogue of each flow, and the load sequence.
std::unique_ptr<mlir::Pass> createSequencePass();

/// Appends the passes up to partitioning, and those behind it.
void addGraphPasses(mlir::PassManager &manager);
void addDpuPasses(mlir::PassManager &manager);
/// For softdpu-opt.
void registerPasses();

/// The architecture and the format of a module; emits an error if they are missing or wrong.
mlir::FailureOr<Arch> archOf(mlir::ModuleOp module);
mlir::FailureOr<BlockFormat> formatOf(mlir::ModuleOp module, const Arch &arch);
/// The formats of nodes that have one of their own; emits an error if one is wrong.
mlir::FailureOr<std::map<std::string, BlockFormat>> nodeFormatsOf(mlir::ModuleOp module, const Arch &arch);

} // namespace softdpu
