//===- softdpu-opt.cpp - Runs passes of the compiler on MLIR text ------------------------===//

#include "softdpu/compiler/Compiler.h"

#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#include <cstdio>
#include <string_view>

int main(int argc, char **argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--supported-ops") {
    std::fputs(softdpu::supportedOpsMarkdown().c_str(), stdout);
    return 0;
  }
  mlir::DialectRegistry registry;
  registry.insert<mlir::func::FuncDialect, softdpu::rnn::RnnDialect, softdpu::dpu::DpuDialect>();
  softdpu::registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "softdpu-opt: passes of the softdpu compiler\n", registry));
}
