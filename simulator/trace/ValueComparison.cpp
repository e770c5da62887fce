//===- ValueComparison.cpp - The first beat whose values differ --------------------------===//

#include "ValueComparison.h"

#include "ShadowMemory.h"
#include "StaleOperand.h"
#include "Suspects.h"
#include "schedule/ProgramWalk.h"

#include <algorithm>
#include <fmt/format.h>

namespace softdpu::trace {
namespace {

bool differ(std::span<const Half> a, std::span<const Half> b) { return !std::ranges::equal(a, b); }

std::string locationName(const Location &location) {
  switch (location.memory) {
  case Memory::Initial:
    return fmt::format("initial[{}]", location.address);
  case Memory::AddSub:
    return fmt::format("addsub{}[{}]", location.mfu, location.address);
  case Memory::Multiply:
    return fmt::format("multiply{}[{}]", location.mfu, location.address);
  }
  return {};
}

class Comparison {
public:
  Comparison(const RunContext &context, const DecodedProgram &program, const RecordedRun &expected, const RecordedRun &found)
      : context(context), expected(expected), found(found), walk(program, context.scalars) {}

  std::optional<Divergence> run();

private:
  void compareBeat(const BeatPlace &beat, size_t i);
  bool inputsAgree(const BeatPlace &beat);
  void report(const BeatPlace &beat, size_t i, bool tapOnly);
  Divergence orderDiffers(size_t i) const;

  const RunContext &context;
  const RecordedRun &expected, &found;
  schedule::ProgramWalk walk;
  ShadowMemory memory;
  Suspects suspects;
  size_t chain = 0;
  bool columnsAgree = true; ///< Of the current mv_mul chain.
  std::optional<Divergence> first;
  bool unitKnown = false;
};

std::optional<Divergence> Comparison::run() {
  const size_t common = std::min(expected.recording.writeBacks(), found.recording.writeBacks());
  for (size_t i = 0; i < common; ++i) {
    const BeatPlace beat = walk.next();
    const Event &good = expected.recording.writeBackEvent(i), &other = found.recording.writeBackEvent(i);
    if (!beat.tail || good.pc != other.pc || good.index != other.index) {
      if (!first)
        return orderDiffers(i);
      break;
    }
    compareBeat(beat, i);
  }
  if (first && !unitKnown)
    first->unit = suspects.unit();
  if (!first && expected.recording.writeBacks() != found.recording.writeBacks())
    return orderDiffers(common);
  return first;
}

void Comparison::compareBeat(const BeatPlace &beat, size_t i) {
  const Recording::Vectors good = expected.recording.vectors(i), other = found.recording.vectors(i);
  const bool differs = good.hash != other.hash;
  const bool resultDiffers = differs && (good.result.empty() || differ(good.result, other.result));
  const bool tapDiffers = differs && differ(good.tap, other.tap);
  chain += beat.firstOfChain;
  const bool clean = inputsAgree(beat);
  if (differs && !first)
    report(beat, i, !resultDiffers);
  if (clean)
    suspects.judge({.place = beat,
                    .mfus = context.arch.mfus,
                    .chain = chain,
                    .resultDiffers = resultDiffers,
                    .tapDiffers = tapDiffers,
                    .expected = good.result,
                    .found = other.result});
  memory.write(beat, i, resultDiffers, tapDiffers);
}

/// Everything the beat depends on has the same value in both runs.
bool Comparison::inputsAgree(const BeatPlace &beat) {
  const Head &head = *beat.head;
  const auto sourceAgrees = [&](unsigned vector) {
    return head.source == Source::NetIn || !memory.at({Memory::Initial, 0, uint16_t(head.address.immediate + vector)}).tainted;
  };
  bool agree = true;
  if (beat.tail->matrixResult) {
    if (beat.firstOfChain) { // A mv_mul chain reads all its columns first.
      columnsAgree = true;
      for (unsigned column = 0; column < head.cols; ++column)
        columnsAgree = columnsAgree && sourceAgrees(column);
    }
    agree = columnsAgree;
  } else {
    agree = sourceAgrees(beat.row);
  }
  for (const Operand &operand : operandsOf(beat))
    agree = agree && !memory.at(operand.location).tainted;
  return agree;
}

void Comparison::report(const BeatPlace &beat, size_t i, bool tapOnly) {
  const Event &event = expected.recording.writeBackEvent(i), &foundEvent = found.recording.writeBackEvent(i);
  Divergence divergence;
  divergence.cycle = foundEvent.cycle;
  divergence.pc = event.pc;
  divergence.index = event.index;
  const Recording::Vectors good = expected.recording.vectors(i), other = found.recording.vectors(i);
  const std::span<const Half> goodVector = tapOnly ? good.tap : good.result, otherVector = tapOnly ? other.tap : other.result;
  size_t wrong = 0;
  for (size_t lane = 0; lane < goodVector.size() && lane < otherVector.size(); ++lane) {
    if (goodVector[lane] == otherVector[lane])
      continue;
    if (wrong++ == 0) {
      divergence.lane = uint32_t(lane);
      divergence.expected = goodVector[lane];
      divergence.found = otherVector[lane];
    }
  }
  divergence.what = divergence.lane
                        ? fmt::format("{} of {} elements of the {} differ", wrong, goodVector.size(), tapOnly ? "tap" : "result")
                        : "the results differ";
  if (const auto stale = findStaleOperand(beat, context.arch.mfus, i, memory, expected.recording, found.recording)) {
    divergence.unit = "vrf";
    divergence.what += fmt::format("; they are what an older value of {} gives", locationName(*stale));
    unitKnown = true;
  } else if (const auto other = findWrongEntry(beat, i, memory, expected.recording, found.recording)) {
    divergence.unit = "sequencer";
    divergence.what += fmt::format("; the vector is that of {}", locationName(*other));
    unitKnown = true;
  }
  first = std::move(divergence);
}

Divergence Comparison::orderDiffers(size_t i) const {
  Divergence divergence;
  divergence.unit = "sequencer";
  const bool goodEnds = i >= expected.recording.writeBacks(), otherEnds = i >= found.recording.writeBacks();
  if (!otherEnds)
    divergence.cycle = found.recording.writeBackEvent(i).cycle;
  const Event *event = !goodEnds ? &expected.recording.writeBackEvent(i) : !otherEnds ? &found.recording.writeBackEvent(i) : nullptr;
  if (event) {
    divergence.pc = event->pc;
    divergence.index = event->index;
  }
  // A run that ends within a tail was not led astray but hangs: what did not happen before tells more.
  if (otherEnds && event && event->index > 0)
    divergence.cycle = event->cycle;
  if (goodEnds || otherEnds)
    divergence.what = fmt::format("{} executes {} beats, {} executes {}", expected.engine, expected.recording.writeBacks(), found.engine,
                                  found.recording.writeBacks());
  else
    divergence.what = fmt::format("beat {} of the run is row {} of the tail at word {} in {}, row {} of the tail at word {} in {}", i,
                                  expected.recording.writeBackEvent(i).index, expected.recording.writeBackEvent(i).pc, expected.engine,
                                  found.recording.writeBackEvent(i).index, found.recording.writeBackEvent(i).pc, found.engine);
  return divergence;
}

} // namespace

std::optional<Divergence> compareValues(const RunContext &context, const DecodedProgram &program, const RecordedRun &expected,
                                        const RecordedRun &found) {
  return Comparison(context, program, expected, found).run();
}

std::optional<Divergence> compareNetOut(const RunContext &context, const RecordedRun &expected, const RecordedRun &found) {
  const HalfBuffer &good = expected.result.netOut, &other = found.result.netOut;
  const auto [goodEnd, otherEnd] = std::ranges::mismatch(good, other);
  if (goodEnd == good.end() && otherEnd == other.end())
    return std::nullopt;
  const size_t place = size_t(goodEnd - good.begin()), nativeDim = context.arch.nativeDim;
  Divergence divergence;
  divergence.unit = "net_out";
  divergence.index = uint32_t(place / nativeDim);
  if (goodEnd == good.end() || otherEnd == other.end()) {
    divergence.what =
        fmt::format("{} sends {} vectors, {} sends {}", expected.engine, good.size() / nativeDim, found.engine, other.size() / nativeDim);
  } else {
    divergence.what = fmt::format("NetOut vector {} differs, though all beats agree", place / nativeDim);
    divergence.lane = uint32_t(place % nativeDim);
    divergence.expected = *goodEnd;
    divergence.found = *otherEnd;
  }
  return divergence;
}

} // namespace softdpu::trace
