//===- Dialects.cpp - Registration, and the syntax of #dpu.place -------------------------===//

#include "Dialects.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "RnnDialect.cpp.inc"

#include "DpuDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "DpuAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "RnnOps.cpp.inc"

#define GET_OP_CLASSES
#include "DpuOps.cpp.inc"

namespace softdpu {

void rnn::RnnDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "RnnOps.cpp.inc"
      >();
}

void dpu::DpuDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "DpuOps.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "DpuAttributes.cpp.inc"
      >();
}

// <initial[a2+4]>, <initial[4]>, <netin>
void dpu::PlaceAttr::print(AsmPrinter &printer) const {
  printer << "<" << getMemory();
  if (!getMemory().starts_with("net")) {
    printer << "[";
    if (getReg() >= 0)
      printer << "a" << getReg() << " + ";
    printer << getImmediate() << "]";
  }
  printer << ">";
}

Attribute dpu::PlaceAttr::parse(AsmParser &parser, Type) {
  std::string memory;
  int64_t immediate = 0, reg = -1;
  if (parser.parseLess() || parser.parseKeywordOrString(&memory))
    return {};
  if (succeeded(parser.parseOptionalLSquare())) {
    StringRef name;
    if (succeeded(parser.parseOptionalKeyword(&name))) {
      if (!name.consume_front("a") || name.getAsInteger(10, reg)) {
        parser.emitError(parser.getCurrentLocation(), "expected an address register a0 .. a31");
        return {};
      }
      if (parser.parsePlus())
        return {};
    }
    if (parser.parseInteger(immediate) || parser.parseRSquare())
      return {};
  }
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), memory, immediate, reg);
}

} // namespace softdpu
