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

/// Whether `value` in a body stands for `outside`, without `fewer` of its dimensions.
static bool standsFor(Type value, Type outside, int64_t fewer) {
  const auto inner = cast<RankedTensorType>(value), outer = cast<RankedTensorType>(outside);
  return inner.getElementType() == outer.getElementType() && inner.getRank() == outer.getRank() - fewer;
}

LogicalResult rnn::NodeOp::verify() {
  const StringRef op = getOp();
  const size_t bodies = op == "If" ? 2 : op == "Loop" || op == "Scan" ? 1 : 0;
  if (getBodies().size() != bodies)
    return emitOpError() << op << " has " << getBodies().size() << " bodies; " << bodies << " are expected";
  for (Region &region : getBodies()) {
    Block &body = region.front();
    auto give = dyn_cast<GiveOp>(body.back());
    if (!give)
      return emitOpError() << "a body does not end in rnn.give";
    const size_t own = op == "Loop" ? 2 : 0, first = op == "Loop" ? 1 : 0; // Arguments and results without a counterpart outside.
    const ValueRange taken = op == "If"     ? ValueRange()
                             : op == "Loop" ? getInputs().drop_front(std::min<size_t>(2, getInputs().size()))
                                            : getInputs();
    auto sequences = getSettings().getAs<IntegerAttr>("num_scan_inputs");
    const int64_t elements = op == "Scan" && sequences ? sequences.getInt() : 0;
    if (body.getNumArguments() != taken.size() + own || elements > int64_t(taken.size()) ||
        give.getValues().size() < getNumResults() + first)
      return emitOpError() << op << " takes " << taken.size() << " values and gives " << getNumResults() << "; its body has "
                           << body.getNumArguments() << " arguments and gives " << give.getValues().size();
    const size_t carried = taken.size() - size_t(elements);
    for (size_t i = 0; i < taken.size(); ++i)
      if (!standsFor(body.getArgument(unsigned(own + i)).getType(), taken[i].getType(), i >= carried))
        return emitOpError() << "argument " << own + i << " of a body is " << body.getArgument(unsigned(own + i)).getType() << " for "
                             << taken[i].getType();
    for (size_t i = 0; i < getNumResults(); ++i)
      if (const auto names = getNames();
          i < names.size() && !cast<StringAttr>(names[i]).empty() &&
          !standsFor(give.getValues()[first + i].getType(), getResult(unsigned(i)).getType(), op != "If" && i >= carried))
        return emitOpError() << "a body gives " << give.getValues()[first + i].getType() << " for " << getResult(unsigned(i)).getType();
  }
  return success();
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
