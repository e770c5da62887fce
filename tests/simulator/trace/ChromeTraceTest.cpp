//===- ChromeTraceTest.cpp - The trace is JSON with one track per unit -------------------===//

#include "softdpu/simulator/ChromeTrace.h"
#include "softdpu/isa/Timing.h"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace softdpu;

namespace {

class ChromeTrace : public testing::Test {
protected:
  /// The events that the cycle rules give for the program.
  std::vector<Event> eventsOf(const Schedule &schedule) const {
    std::vector<Event> events;
    const auto add = [&](Unit unit, Event::Kind kind, unsigned later) {
      for (const Decision &decision : schedule.of(unit))
        events.push_back({kind, decision.cycle + later, std::get<Tail>(schedule.entryOf(decision)).pc, decision.index});
    };
    add(Unit::Loader, Event::Kind::Load, 0);
    add(Unit::Mvm, Event::Kind::Pass, 0);
    add(Unit::Beat, Event::Kind::Beat, 0);
    add(Unit::Beat, Event::Kind::WriteBack, timing.writeBack);
    return events;
  }

  nlohmann::json write(std::span<const TracedCall> calls) const {
    const std::vector<DebugRange> debug{{0, 5, "W*x", "node \"a\""}};
    std::ostringstream out;
    writeChromeTrace(out, {.arch = arch, .words = words, .debug = debug}, calls);
    return nlohmann::json::parse(out.str());
  }

  /// Slices of a process by the name of their track.
  static std::multimap<std::string, nlohmann::json> slicesOf(const nlohmann::json &trace, int process = 1) {
    std::map<int, std::string> tracks;
    for (const auto &event : trace.at("traceEvents"))
      if (event.at("name") == "thread_name" && event.at("pid") == process)
        tracks[event.at("tid")] = event.at("args").at("name");
    std::multimap<std::string, nlohmann::json> slices;
    for (const auto &event : trace.at("traceEvents"))
      if (event.at("ph") == "X" && event.at("pid") == process)
        slices.emplace(tracks.at(event.at("tid")), event);
    return slices;
  }

  const Arch arch = loadArch("tiny").value();
  const Timing timing = timingOf(arch);
  const std::vector<uint64_t> words = assemble("v_rd netin\n mv_mul mrf[0]\n v_tanh mfu1\n v_wr netout\n end_chain\n halt", "test").value();
  const ScheduledRun run{words, 0, {}, 1, {}};
  const Schedule schedule = scheduleRun(run, CycleRules(arch)).value();
  const std::vector<Event> events = eventsOf(schedule);
};

TEST_F(ChromeTrace, HasATrackForEveryUnitThatWorked) {
  const auto slices = slicesOf(write(std::vector<TracedCall>{{"run", run, events, true, schedule.counters.cycles}}));
  for (const char *track : {"sequencer", "NetIn", "loader", "converter", "mvm issue", "tile engines", "beat issue", "reduction and rounder",
                            "mfu1", "write-back", "NetOut"})
    EXPECT_GE(slices.count(track), 1u) << track;
  EXPECT_EQ(slices.count("mfu0"), 0u); // The vector only passes.
  const auto &tanh = slices.find("mfu1")->second;
  EXPECT_EQ(tanh.at("ts"), schedule.of(Unit::Beat)[0].cycle + timing.mfuEntry + timing.mfuLatency);
  EXPECT_EQ(tanh.at("name"), "W*x");
  EXPECT_EQ(tanh.at("args").at("node"), "node \"a\"");
  EXPECT_EQ(tanh.at("args").at("instruction"), "v_rd netin");
  EXPECT_EQ(slices.find("tile engines")->second.at("dur"), arch.chunksPerTile());
}

TEST_F(ChromeTrace, ShowsStalls) {
  uint64_t stalled = 0;
  const auto slices = slicesOf(write(std::vector<TracedCall>{{"run", run, events, true, schedule.counters.cycles}}));
  for (const auto &[track, slice] : slices)
    if (track == "mvm issue" && slice.at("name") == "stalled: columns not yet there")
      stalled += slice.at("dur").get<uint64_t>();
  EXPECT_EQ(stalled, schedule.counters.mvmStallColumns);
  EXPECT_GT(stalled, 0u);
}

TEST_F(ChromeTrace, PutsCallsOneAfterAnother) {
  const TracedCall call{"run", run, events, true, schedule.counters.cycles};
  const auto trace = write(std::vector<TracedCall>{call, call});
  const auto first = slicesOf(trace, 1), second = slicesOf(trace, 2);
  ASSERT_EQ(first.size(), second.size());
  EXPECT_EQ(second.find("loader")->second.at("ts").get<uint64_t>() - first.find("loader")->second.at("ts").get<uint64_t>(),
            schedule.counters.cycles);
}

TEST_F(ChromeTrace, ShowsWhatHappenedEvenIfItContradictsTheRules) {
  auto wrong = events;
  wrong[1].cycle += 3; // The pass.
  const auto trace = write(std::vector<TracedCall>{{"run", run, wrong, true, schedule.counters.cycles}});
  const auto slices = slicesOf(trace);
  EXPECT_EQ(slices.find("mvm issue")->second.at("ts"), wrong[1].cycle);
  EXPECT_EQ(slices.count("sequencer"), 0u);
  EXPECT_NE(trace.dump().find("differs from the cycle rules"), std::string::npos);
}

} // namespace
