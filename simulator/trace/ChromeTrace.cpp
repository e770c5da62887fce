//===- ChromeTrace.cpp - Events for chrome://tracing -------------------------------------===//

#include "DebugMap.h"

#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/Trace.h"

#include <array>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace softdpu {
namespace {

struct Track {
  std::string_view name, item;
};

/// By Event::Kind. The number of a track is its place, from 1.
constexpr std::array<Track, 4> tracks{{{"loader", "vector"}, {"mvm issue", "pass"}, {"beat issue", "row"}, {"write-back", "row"}}};

} // namespace

void writeChromeTrace(std::ostream &out, const RunContext &context, const Recording &recording) {
  auto record = [&out, separator = ""](const nlohmann::json &event) mutable {
    out << separator << event.dump();
    separator = ",\n";
  };
  out << "{\"displayTimeUnit\":\"ns\",\"otherData\":"
      << nlohmann::json{{"architecture", context.arch.name}, {"clock_mhz", context.arch.clockMhz}, {"unit", "1 us = 1 cycle"}}.dump()
      << ",\"traceEvents\":[\n";
  record({{"ph", "M"}, {"name", "process_name"}, {"pid", 1}, {"args", {{"name", "softdpu " + context.arch.name}}}});
  for (size_t i = 0; i < tracks.size(); ++i)
    record({{"ph", "M"}, {"name", "thread_name"}, {"pid", 1}, {"tid", i + 1}, {"args", {{"name", tracks[i].name}}}});

  struct Label {
    std::string name, instruction, node;
  };
  std::map<uint32_t, Label> labels; // By word index.
  for (const Event &event : recording.events()) {
    const auto [label, isNew] = labels.try_emplace(event.pc);
    if (isNew) {
      const DebugRange *range = trace::findRange(context.debug, event.pc);
      label->second = {range && !range->chain.empty() ? range->chain : fmt::format("word {}", event.pc),
                       trace::instructionText(context.words, event.pc), range ? range->node : std::string()};
    }
    const Track &track = tracks[size_t(event.kind)];
    const unsigned duration = event.kind == Event::Kind::Pass ? context.arch.chunksPerTile() : 1;
    nlohmann::json args{{track.item, event.index}, {"pc", event.pc}, {"instruction", label->second.instruction}};
    if (!label->second.node.empty())
      args["node"] = label->second.node;
    record({{"ph", "X"},
            {"name", label->second.name},
            {"pid", 1},
            {"tid", size_t(event.kind) + 1},
            {"ts", event.cycle},
            {"dur", duration},
            {"args", std::move(args)}});
  }
  out << "\n]}\n";
}

} // namespace softdpu
