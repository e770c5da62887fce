//===- TimingComparison.cpp - The first event in another cycle ---------------------------===//

#include "TimingComparison.h"

#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace softdpu::trace {
namespace {

struct CounterInfo {
  uint64_t Counters::*value;
  std::string_view name, unit;
};

/// Causes before effects.
constexpr CounterInfo counterInfos[] = {
    {&Counters::sequencerEntries, "sequencer entries", "sequencer"},
    {&Counters::sequencerStallDecode, "sequencer stalls for decode", "decoder"},
    {&Counters::sequencerStallQueue, "sequencer stalls for queues", "sequencer"},
    {&Counters::sequencerStallIdle, "sequencer stalls for idle", "sequencer"},
    {&Counters::loaderBusy, "loader busy cycles", "loader"},
    {&Counters::loaderStallBuffer, "loader stalls for a buffer", "loader"},
    {&Counters::loaderStallNetIn, "loader stalls for NetIn", "net_in"},
    {&Counters::loaderStallRaw, "loader stalls for pending writes", "loader"},
    {&Counters::mvmBusy, "mvm busy cycles", "mvm_issue"},
    {&Counters::mvmStallColumns, "mvm stalls for columns", "mvm_issue"},
    {&Counters::mvmStallAccumulator, "mvm stalls for accumulators", "mvm_issue"},
    {&Counters::beatBusy, "beat busy cycles", "beat_issue"},
    {&Counters::beatStallMvm, "beat stalls for mv_mul", "beat_issue"},
    {&Counters::beatStallBypass, "beat stalls for bypass vectors", "bypass_fifo"},
    {&Counters::beatStallRaw, "beat stalls for pending operands", "beat_issue"},
    {&Counters::beatStallNetOut, "beat stalls for NetOut", "net_out"},
    {&Counters::cycles, "cycles", "control"},
};

bool counterDiffers(const RecordedRun &a, const RecordedRun &b, uint64_t Counters::*counter) {
  return a.result.counters.*counter != b.result.counters.*counter;
}

/// The unit that decides when an event happens.
std::string_view issuePoint(Event::Kind kind) {
  switch (kind) {
  case Event::Kind::Load:
    return "loader";
  case Event::Kind::Pass:
    return "mvm_issue";
  case Event::Kind::Beat:
    return "beat_issue";
  case Event::Kind::WriteBack:
    return "write_back";
  }
  return "control";
}

/// That unit, or, if the counters say so, the one it waited for.
std::string_view unitOf(Event::Kind kind, const RecordedRun &a, const RecordedRun &b) {
  if (a.result.counters.cycles == 0 || b.result.counters.cycles == 0) // A run that failed has no counters.
    return issuePoint(kind);
  switch (kind) {
  case Event::Kind::Load:
    if (counterDiffers(a, b, &Counters::loaderStallRaw) || counterDiffers(a, b, &Counters::loaderStallBuffer))
      return "loader";
    if (counterDiffers(a, b, &Counters::loaderStallNetIn))
      return "net_in";
    return counterDiffers(a, b, &Counters::sequencerStallDecode) ? "decoder" : "sequencer";
  case Event::Kind::Pass:
    if (counterDiffers(a, b, &Counters::mvmStallColumns) && !counterDiffers(a, b, &Counters::mvmStallAccumulator))
      return "converter";
    return "mvm_issue";
  case Event::Kind::Beat:
    if (counterDiffers(a, b, &Counters::beatStallRaw))
      return "beat_issue";
    if (counterDiffers(a, b, &Counters::beatStallMvm))
      return "tile_engine";
    if (counterDiffers(a, b, &Counters::beatStallBypass))
      return "bypass_fifo";
    if (counterDiffers(a, b, &Counters::beatStallNetOut))
      return "net_out";
    return "beat_issue";
  case Event::Kind::WriteBack:
    return "write_back";
  }
  return "control";
}

std::string_view nameOf(Event::Kind kind) {
  switch (kind) {
  case Event::Kind::Load:
    return "load";
  case Event::Kind::Pass:
    return "pass";
  case Event::Kind::Beat:
    return "beat";
  case Event::Kind::WriteBack:
    return "write-back";
  }
  return "event";
}

std::string textOf(const Event &event) {
  return fmt::format("{} {} of word {} in cycle {}", nameOf(event.kind), event.index, event.pc, event.cycle);
}

/// Whether both engines begin a chain there, but not the same one. Chains stay in the order in which the sequencer sends them.
bool beginOtherChains(const Event &a, const Event &b) { return a.kind == b.kind && a.index == 0 && b.index == 0 && a.pc != b.pc; }

/// Whether `pass` comes before its columns can be there: by ColumnLatency or more before the same pass among `others`, what the other
/// engine does from there on.
bool outrunsItsColumns(const Event &pass, std::span<const Event> others, const Arch &arch) {
  const auto same = std::ranges::find_if(
      others, [&](const Event &event) { return event.kind == pass.kind && event.pc == pass.pc && event.index == pass.index; });
  return pass.kind == Event::Kind::Pass && same != others.end() && same->cycle >= pass.cycle + timingOf(arch).columnLatency;
}

} // namespace

std::optional<Divergence> compareEvents(const Arch &arch, const RecordedRun &expected, const RecordedRun &found) {
  const std::span<const Event> good = expected.recording.events(), other = found.recording.events();
  const auto [goodEnd, otherEnd] = std::ranges::mismatch(good, other);
  if (goodEnd == good.end() && otherEnd == other.end())
    return std::nullopt;

  // The one that comes first is what the other engine does not do then.
  const bool goodFirst = otherEnd == other.end() ||
                         (goodEnd != good.end() && std::pair(goodEnd->cycle, goodEnd->kind) <= std::pair(otherEnd->cycle, otherEnd->kind));
  const Event &earlier = goodFirst ? *goodEnd : *otherEnd;
  Divergence divergence;
  divergence.cycle = earlier.cycle;
  divergence.pc = earlier.pc;
  divergence.index = earlier.index;
  if (goodEnd != good.end() && otherEnd != other.end() && beginOtherChains(*goodEnd, *otherEnd))
    divergence.unit = "sequencer";
  else if (outrunsItsColumns(earlier, goodFirst ? std::span(otherEnd, other.end()) : std::span(goodEnd, good.end()), arch))
    divergence.unit = "mvm_issue";
  else
    divergence.unit = unitOf(earlier.kind, expected, found);
  divergence.what = fmt::format("next event: {} {}; {} {}", expected.engine, goodEnd == good.end() ? "none" : textOf(*goodEnd),
                                found.engine, otherEnd == other.end() ? "none" : textOf(*otherEnd));
  return divergence;
}

std::optional<Divergence> compareCounters(const RecordedRun &expected, const RecordedRun &found) {
  for (const CounterInfo &info : counterInfos) {
    if (!counterDiffers(expected, found, info.value))
      continue;
    Divergence divergence;
    divergence.unit = info.unit;
    divergence.cycle = found.result.counters.cycles;
    divergence.what = fmt::format("{}: {} in {}, {} in {}, though all events agree", info.name, expected.result.counters.*info.value,
                                  expected.engine, found.result.counters.*info.value, found.engine);
    return divergence;
  }
  return std::nullopt;
}

} // namespace softdpu::trace
