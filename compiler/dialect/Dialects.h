//===- Dialects.h - The MLIR dialects rnn and dpu ----------------------------------------===//

#pragma once

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"

#include "RnnDialect.h.inc"

#include "DpuDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "DpuAttributes.h.inc"

#define GET_OP_CLASSES
#include "RnnOps.h.inc"

#define GET_OP_CLASSES
#include "DpuOps.h.inc"
