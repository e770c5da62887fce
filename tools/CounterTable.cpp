//===- CounterTable.cpp - Hardware counters by name --------------------------------------===//

#include "CounterTable.h"

#include "Text.h"
#include "softdpu/simulator/Schedule.h"

#include <algorithm>
#include <array>

namespace softdpu::tools {
namespace {

struct Row {
  const char *unit, *work; ///< As people read it; empty work: a stall, which has a name already.
  const char *key;         ///< In JSON.
  uint64_t Counters::*value;
};

constexpr std::array<Row, 16> rows{{
    {"loader", "busy", "loader_busy", &Counters::loaderBusy},
    {"", "", "loader_stall_buffer", &Counters::loaderStallBuffer},
    {"", "", "loader_stall_net_in", &Counters::loaderStallNetIn},
    {"", "", "loader_stall_raw", &Counters::loaderStallRaw},
    {"matrix-vector unit", "busy", "mvm_busy", &Counters::mvmBusy},
    {"", "", "mvm_stall_columns", &Counters::mvmStallColumns},
    {"", "", "mvm_stall_accumulator", &Counters::mvmStallAccumulator},
    {"MFUs", "busy", "beat_busy", &Counters::beatBusy},
    {"", "", "beat_stall_mvm", &Counters::beatStallMvm},
    {"", "", "beat_stall_bypass", &Counters::beatStallBypass},
    {"", "", "beat_stall_raw", &Counters::beatStallRaw},
    {"", "", "beat_stall_net_out", &Counters::beatStallNetOut},
    {"sequencer", "entries", "sequencer_entries", &Counters::sequencerEntries},
    {"", "", "sequencer_stall_decode", &Counters::sequencerStallDecode},
    {"", "", "sequencer_stall_queue", &Counters::sequencerStallQueue},
    {"", "", "sequencer_stall_idle", &Counters::sequencerStallIdle},
}};

/// "busy", "stalled: NetIn empty"
std::string stateOf(const Row &row) {
  for (unsigned i = 0; i < stallCauses; ++i)
    if (const StallInfo &info = stallInfo(StallCause(i)); info.counter == row.value)
      return fmt::format("stalled: {}", info.name);
  return row.work;
}

} // namespace

std::string counterKey(uint64_t Counters::*counter) { return std::ranges::find(rows, counter, &Row::value)->key; }

Json countersJson(const Counters &counters) {
  Json json = {{"cycles", counters.cycles}};
  for (const Row &row : rows)
    json[row.key] = counters.*row.value;
  return json;
}

std::string countersText(const Counters &counters) {
  Table table({"unit", ">cycles", ">share", "state"});
  for (const Row &row : rows) {
    const uint64_t value = counters.*row.value;
    table.add({row.unit, grouped(value), fmt::format("{:.1f} %", counters.cycles ? 100.0 * double(value) / double(counters.cycles) : 0.0),
               stateOf(row)});
  }
  return table.str();
}

} // namespace softdpu::tools
