//===- ChromeTraceTest.cpp - The trace is JSON with one track per unit -------------------===//

#include "softdpu/simulator/Trace.h"

#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace softdpu;

namespace {

TEST(ChromeTrace, ShowsEveryEventWithItsInstruction) {
  const Arch arch = loadArch("tiny").value();
  const auto words = assemble("v_rd netin\n mv_mul mrf[0]\n v_wr netout\n end_chain\n halt", "test").value();
  const std::vector<DebugRange> debug{{0, 4, "W*x", "node \"a\""}};
  Recording recording;
  recording.onEvent({Event::Kind::Load, 6, 0, 0}, {}, {});
  recording.onEvent({Event::Kind::Pass, 13, 0, 0}, {}, {});
  recording.onEvent({Event::Kind::Beat, 20, 0, 0}, {}, {});
  recording.onEvent({Event::Kind::WriteBack, 49, 0, 0}, {}, {});
  std::ostringstream out;
  writeChromeTrace(out, {.arch = arch, .words = words, .debug = debug}, recording);

  const nlohmann::json trace = nlohmann::json::parse(out.str());
  std::map<int, std::string> tracks;
  std::vector<nlohmann::json> slices;
  for (const auto &event : trace.at("traceEvents")) {
    if (event.at("ph") == "M" && event.at("name") == "thread_name")
      tracks[event.at("tid")] = event.at("args").at("name");
    if (event.at("ph") == "X")
      slices.push_back(event);
  }
  EXPECT_EQ(tracks.size(), 4u);
  ASSERT_EQ(slices.size(), 4u);
  EXPECT_EQ(tracks.at(slices[1].at("tid")), "mvm issue");
  EXPECT_EQ(slices[1].at("ts"), 13);
  EXPECT_EQ(slices[1].at("dur"), arch.chunksPerTile());
  EXPECT_EQ(slices[1].at("name"), "W*x");
  EXPECT_EQ(slices[1].at("args").at("node"), "node \"a\"");
  EXPECT_EQ(slices[1].at("args").at("instruction"), "v_rd netin");
}

} // namespace
