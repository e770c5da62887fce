//===- ChromeTrace.h - A timeline of a run for chrome://tracing and Perfetto -------------===//

#pragma once

#include "softdpu/isa/Program.h"
#include "softdpu/simulator/Schedule.h"

#include <ostream>
#include <string>

namespace softdpu {

/// What ran, and on what.
struct TraceSource {
  const Arch &arch;
  std::span<const uint64_t> words;
  std::span<const DebugRange> debug = {};
};

/// One run of the device.
struct TracedCall {
  std::string name;
  ScheduledRun run;
  std::span<const Event> events; ///< Of the run, or of its beginning.
  bool complete = true;          ///< They are all.
  uint64_t cycles = 0;           ///< Of the run: the next one begins behind them.
};

/// Writes a Chrome trace (chrome://tracing, ui.perfetto.dev): a process for each call, a track for each unit, one microsecond per cycle.
/// It holds nothing that depends on the engine, so systemc and rtl give the same bytes.
///
/// Loader, mvm issue, beat issue and write-back show the events; converter, tile engines, reduction and MFUs when vectors and passes enter
/// them. Sequencer, NetIn, NetOut and the stalls of all units come from the schedule, and are left out where events contradict it.
void writeChromeTrace(std::ostream &out, const TraceSource &source, std::span<const TracedCall> calls);

} // namespace softdpu
