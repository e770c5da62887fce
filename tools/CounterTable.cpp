//===- CounterTable.cpp - Hardware counters by name --------------------------------------===//

#include "CounterTable.h"

#include "Text.h"

#include <array>

namespace softdpu::tools {
namespace {

struct Row {
  const char *unit, *state; ///< As people read it.
  const char *key;          ///< In JSON.
  uint64_t Counters::*value;
};

constexpr std::array<Row, 16> rows{{
    {"loader", "busy", "loader_busy", &Counters::loaderBusy},
    {"", "stalled: both column buffers in use", "loader_stall_buffer", &Counters::loaderStallBuffer},
    {"", "stalled: NetIn empty", "loader_stall_net_in", &Counters::loaderStallNetIn},
    {"", "stalled: vector not yet written", "loader_stall_raw", &Counters::loaderStallRaw},
    {"matrix-vector unit", "busy", "mvm_busy", &Counters::mvmBusy},
    {"", "stalled: columns not yet there", "mvm_stall_columns", &Counters::mvmStallColumns},
    {"", "stalled: no free accumulator", "mvm_stall_accumulator", &Counters::mvmStallAccumulator},
    {"MFUs", "busy", "beat_busy", &Counters::beatBusy},
    {"", "stalled: dot products not done", "beat_stall_mvm", &Counters::beatStallMvm},
    {"", "stalled: no vector in the bypass", "beat_stall_bypass", &Counters::beatStallBypass},
    {"", "stalled: operand not yet written", "beat_stall_raw", &Counters::beatStallRaw},
    {"", "stalled: NetOut full", "beat_stall_net_out", &Counters::beatStallNetOut},
    {"sequencer", "entries", "sequencer_entries", &Counters::sequencerEntries},
    {"", "stalled: decoder behind", "sequencer_stall_decode", &Counters::sequencerStallDecode},
    {"", "stalled: queue full", "sequencer_stall_queue", &Counters::sequencerStallQueue},
    {"", "stalled: waits for idle", "sequencer_stall_idle", &Counters::sequencerStallIdle},
}};

} // namespace

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
               row.state});
  }
  return table.str();
}

} // namespace softdpu::tools
