//===- softdpu-tblgen.cpp - Everything that follows from isa/dpu.td ----------------------===//

#include "IsaModel.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/TableGen/Main.h"
#include "llvm/TableGen/TableGenBackend.h"

using namespace softdpu::tblgen;

namespace {

/// LLVM 19 hands out a RecordKeeper &, later versions a const one.
template <auto Emit, typename Records> void run(Records &records, llvm::raw_ostream &os) { Emit(readIsa(records), os); }

const llvm::TableGen::Emitter::Opt options[] = {
    {"gen-isa-enums", run<emitEnums>, "C++ enumerations"},
    {"gen-isa-tables", run<emitTables>, "C++ tables and encoders"},
    {"gen-isa-sv", run<emitSystemVerilog>, "SystemVerilog package dpu_isa_pkg"},
    {"gen-isa-docs", run<emitMarkdown>, "docs/isa.md"},
    {"gen-isa-mlir", run<emitMlir>, "operations of the MLIR dialect dpu"},
};

} // namespace

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv, "softdpu-tblgen: generates from the instruction set description\n");
  return llvm::TableGenMain(argv[0]);
}
