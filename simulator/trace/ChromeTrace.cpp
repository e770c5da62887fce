//===- ChromeTrace.cpp - A run for chrome://tracing and Perfetto -------------------------===//

#include "DebugMap.h"

#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/ChromeTrace.h"
#include "softdpu/simulator/Schedule.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace softdpu {
namespace {

using nlohmann::json;

/// The number of a track, in the order in which vectors pass the units. The MFUs are mfu0, mfu0 + 1, ...
enum Track : unsigned {
  sequencer = 1,
  netIn,
  loader,
  converter,
  mvmIssue,
  tileEngines,
  beatIssue,
  reduction,
  mfu0,
  writeBack = mfu0 + maxMfus,
  netOut,
};

/// By Unit.
constexpr std::array<Track, unitCount> tracksOfUnits{netIn, sequencer, loader, mvmIssue, beatIssue, netOut};

/// One separated list of records.
class Records {
public:
  explicit Records(std::ostream &out) : out(out) {}
  void add(const json &record) {
    out << separator << record.dump();
    separator = ",\n";
  }

private:
  std::ostream &out;
  std::string_view separator = "";
};

/// The slices of one call of the device.
class CallWriter {
public:
  /// \param start trace time of cycle 0.
  CallWriter(Records &records, const TraceSource &source, const TracedCall &call, unsigned process, uint64_t start)
      : records(records), source(source), call(call), timing(timingOf(source.arch)), process(process), start(start),
        end(call.complete         ? std::numeric_limits<uint64_t>::max()
            : call.events.empty() ? 0
                                  : call.events.back().cycle) {
    if (const auto program = decodeProgram(source.words, call.run.entryPoint, source.arch))
      for (const Entry &entry : program->entries)
        if (const auto *tail = std::get_if<Tail>(&entry))
          tails[tail->pc] = *tail;
  }

  void write() {
    const auto schedule = confirmedSchedule();
    nameTracks(schedule.has_value());
    for (const Event &event : call.events)
      writeEvent(event);
    if (schedule) {
      writeDecisions(*schedule);
      writeStalls(*schedule);
    }
  }

private:
  struct Label {
    std::string name, instruction, node;
  };

  /// Dispatch, ports and stalls are in no event; the schedule knows them, if it agrees with the events.
  std::optional<Schedule> confirmedSchedule() const {
    const CycleRules rules(source.arch);
    auto schedule = scheduleRun(call.run, rules, call.complete ? std::numeric_limits<size_t>::max() : 2 * call.events.size());
    if (!schedule || !checkSchedule(*schedule, rules, call.events, call.complete))
      return std::nullopt;
    return std::move(*schedule);
  }

  void nameTracks(bool confirmed) {
    const std::string note = !confirmed      ? " (differs from the cycle rules: no stalls shown)"
                             : call.complete ? ""
                                             : fmt::format(" (the first {} cycles)", end);
    records.add({{"ph", "M"}, {"name", "process_name"}, {"pid", process}, {"args", {{"name", call.name + note}}}});
    const auto name = [&](unsigned track, const std::string &text) {
      records.add({{"ph", "M"}, {"name", "thread_name"}, {"pid", process}, {"tid", track}, {"args", {{"name", text}}}});
      records.add({{"ph", "M"}, {"name", "thread_sort_index"}, {"pid", process}, {"tid", track}, {"args", {{"sort_index", track}}}});
    };
    for (Unit unit : {Unit::NetIn, Unit::Sequencer, Unit::Loader, Unit::Mvm, Unit::Beat, Unit::NetOut})
      name(tracksOfUnits[size_t(unit)], std::string(unitName(unit)));
    name(converter, "converter");
    name(tileEngines, "tile engines");
    name(reduction, "reduction and rounder");
    for (unsigned k = 0; k < source.arch.mfus; ++k)
      name(mfu0 + k, fmt::format("mfu{}", k));
    name(writeBack, "write-back");
  }

  const Label &labelOf(uint32_t pc) {
    const auto [label, isNew] = labels.try_emplace(pc);
    if (isNew) {
      const DebugRange *range = trace::findRange(source.debug, pc);
      label->second = {range && !range->chain.empty() ? range->chain : fmt::format("word {}", pc), trace::instructionText(source.words, pc),
                       range ? range->node : std::string()};
    }
    return label->second;
  }

  /// \param item what `index` counts.
  void slice(unsigned track, uint64_t cycle, uint64_t cycles, uint32_t pc, std::string_view item, uint32_t index,
             std::string_view name = {}) {
    const Label &label = labelOf(pc);
    json args{{item, index}, {"pc", pc}, {"instruction", label.instruction}};
    if (!label.node.empty())
      args["node"] = label.node;
    records.add({{"ph", "X"},
                 {"name", name.empty() ? std::string_view(label.name) : name},
                 {"cat", name.empty() ? "work" : "stall"},
                 {"pid", process},
                 {"tid", track},
                 {"ts", start + cycle},
                 {"dur", cycles},
                 {"args", std::move(args)}});
  }

  void writeEvent(const Event &event) {
    const auto found = tails.find(event.pc);
    const Tail *tail = found == tails.end() ? nullptr : &found->second;
    switch (event.kind) {
    case Event::Kind::Load:
      slice(loader, event.cycle, 1, event.pc, "vector", event.index);
      if (tail && tail->matrixResult) // Behind the read of the source.
        slice(converter, event.cycle + 1, 1, event.pc, "vector", event.index);
      break;
    case Event::Kind::Pass:
      slice(mvmIssue, event.cycle, source.arch.chunksPerTile(), event.pc, "pass", event.index);
      slice(tileEngines, event.cycle + 1, source.arch.chunksPerTile(), event.pc, "pass", event.index); // Behind the read of the MRF.
      break;
    case Event::Kind::Beat:
      slice(beatIssue, event.cycle, 1, event.pc, "row", event.index);
      if (tail)
        writePipeline(*tail, event);
      break;
    case Event::Kind::WriteBack:
      slice(writeBack, event.cycle, 1, event.pc, "row", event.index);
      break;
    }
  }

  /// When a beat enters the units that work on it.
  void writePipeline(const Tail &tail, const Event &event) {
    if (tail.matrixResult)
      slice(reduction, event.cycle + timing.mfuEntry - timing.reduceLatency - timing.roundLatency, 1, event.pc, "row", event.index);
    for (unsigned k = 0; k < source.arch.mfus; ++k) {
      const Mfu &mfu = tail.mfus[k];
      if (mfu.add != AddOp::None || mfu.activation != ActivationOp::None || mfu.multiply)
        slice(mfu0 + k, event.cycle + timing.addRead(k) + 1, 1, event.pc, "row", event.index);
    }
  }

  void writeDecisions(const Schedule &schedule) {
    for (Unit unit : {Unit::Sequencer, Unit::NetIn, Unit::NetOut})
      for (const Decision &decision : schedule.of(unit)) {
        if (decision.cycle > end)
          break;
        slice(tracksOfUnits[size_t(unit)], decision.cycle, 1, wordOf(schedule, decision), unit == Unit::Sequencer ? "entry" : "vector",
              decision.index);
      }
  }

  void writeStalls(const Schedule &schedule) {
    for (const Stall &stall : schedule.stalls) {
      const StallInfo &info = stallInfo(stall.cause);
      const auto &decisions = schedule.of(info.unit);
      if (stall.decision >= decisions.size() || stall.begin + stall.length > end)
        continue;
      const Decision &decision = decisions[stall.decision];
      slice(tracksOfUnits[size_t(info.unit)], stall.begin, stall.length, wordOf(schedule, decision),
            info.unit == Unit::Sequencer ? "entry" : "index", decision.index, fmt::format("stalled: {}", info.name));
    }
  }

  static uint32_t wordOf(const Schedule &schedule, const Decision &decision) {
    return std::visit([](const auto &entry) { return entry.pc; }, schedule.entryOf(decision));
  }

  Records &records;
  const TraceSource &source;
  const TracedCall &call;
  const Timing timing;
  const unsigned process;
  const uint64_t start, end;      ///< end: the last cycle shown.
  std::map<uint32_t, Tail> tails; ///< By word index.
  std::map<uint32_t, Label> labels;
};

} // namespace

void writeChromeTrace(std::ostream &out, const TraceSource &source, std::span<const TracedCall> calls) {
  out << "{\"displayTimeUnit\":\"ns\",\"otherData\":"
      << json{{"architecture", source.arch.name}, {"clock_mhz", source.arch.clockMhz}, {"unit", "1 us = 1 cycle"}}.dump()
      << ",\"traceEvents\":[\n";
  Records records(out);
  uint64_t start = 0;
  for (size_t i = 0; i < calls.size(); ++i) {
    CallWriter(records, source, calls[i], unsigned(i) + 1, start).write();
    start += calls[i].cycles;
  }
  out << "\n]}\n";
}

} // namespace softdpu
