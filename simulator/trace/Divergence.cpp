//===- Divergence.cpp - The first difference of two runs ---------------------------------===//

#include "DebugMap.h"
#include "TimingComparison.h"
#include "ValueComparison.h"

#include "softdpu/simulator/Trace.h"

#include <fmt/format.h>

namespace softdpu {
namespace {

bool hasCycles(const RecordedRun &run) { return run.engine != "functional"; }

void complete(Divergence &divergence, const RunContext &context, const RecordedRun &expected, const RecordedRun &found) {
  divergence.expectedEngine = expected.engine;
  divergence.foundEngine = found.engine;
  if (!divergence.pc)
    return;
  divergence.instruction = trace::instructionText(context.words, *divergence.pc);
  if (const DebugRange *range = trace::findRange(context.debug, *divergence.pc)) {
    divergence.chain = range->chain;
    divergence.node = range->node;
  }
}

} // namespace

std::string Divergence::describe() const {
  std::string text = fmt::format("{} differs from {} in {}", foundEngine, expectedEngine, unit);
  if (cycle > 0)
    text += fmt::format(", cycle {}", cycle);
  if (pc)
    text += fmt::format(", word {}", *pc);
  if (!instruction.empty())
    text += fmt::format(" ({})", instruction);
  if (!chain.empty())
    text += fmt::format(", chain {}", chain);
  if (!node.empty())
    text += fmt::format(", node {}", node);
  text += fmt::format(", index {}", index);
  if (lane && expected && found)
    text += fmt::format(", lane {}: expected {} (0x{:04x}), found {} (0x{:04x})", *lane, halfToFloat(*expected), expected->bits,
                        halfToFloat(*found), found->bits);
  return text + ": " + what;
}

std::optional<Divergence> compareRuns(const RunContext &context, const RecordedRun &expected, const RecordedRun &found) {
  std::optional<Divergence> first;
  if (hasCycles(expected) && hasCycles(found))
    first = trace::compareEvents(context.arch, expected, found);
  if (const Expected<DecodedProgram> program = decodeProgram(context.words, context.entryPoint, context.arch)) {
    std::optional<Divergence> values = trace::compareValues(context, *program, expected, found);
    if (values && (!first || values->cycle < first->cycle))
      first = std::move(values);
  }
  if (!first)
    first = trace::compareNetOut(context, expected, found);
  if (!first && hasCycles(expected) && hasCycles(found))
    first = trace::compareCounters(expected, found);
  if (first)
    complete(*first, context, expected, found);
  return first;
}

} // namespace softdpu
