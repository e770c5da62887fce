//===- EngineTest.cpp - RTL, SystemC and functional engine run the same programs ---------===//
//
// Random programs: identical NetOut from all three engines; identical cycles, counters and events from SystemC and RTL. A difference is
// reported with the first event that differs and the command that replays it.
//
//===-------------------------------------------------------------------------------------===//

#include "softdpu/simulator/Engine.h"
#include "softdpu/simulator/RandomProgram.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace softdpu;

namespace {

struct Record {
  Event event;
  HalfBuffer result, tap;
  bool operator==(const Record &) const = default;
};

class Recorder : public Observer {
public:
  std::vector<Record> records;
  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    records.push_back({event, {result.begin(), result.end()}, {tap.begin(), tap.end()}});
  }
};

std::string describe(const Record &record) {
  static constexpr std::string_view kinds[] = {"load", "pass", "beat", "write-back"};
  std::string text =
      fmt::format("cycle {} {} pc {} index {}", record.event.cycle, kinds[size_t(record.event.kind)], record.event.pc, record.event.index);
  for (Half value : record.result)
    text += fmt::format(" {:04x}", value.bits);
  for (Half value : record.tap)
    text += fmt::format(" tap {:04x}", value.bits);
  return text;
}

std::string firstDifference(const std::vector<Record> &systemc, const std::vector<Record> &rtl) {
  const auto [a, b] = std::ranges::mismatch(systemc, rtl);
  return fmt::format("event {}:\n  systemc {}\n  rtl     {}", a - systemc.begin(), a == systemc.end() ? "none" : describe(*a),
                     b == rtl.end() ? "none" : describe(*b));
}

std::vector<uint64_t> values(const Counters &counters) {
  std::vector<uint64_t> result;
  for (const auto field : counterFields)
    result.push_back(counters.*field);
  return result;
}

/// Runs one random program on all engines. \returns false at the first difference.
bool compare(const Arch &arch, uint64_t seed, Engine &functional, Engine &systemc, Engine &rtl, uint64_t &compared, uint64_t &cycles) {
  SCOPED_TRACE(replayCommand(arch, seed));
  const auto program = generateRandomProgram(arch, seed);
  if (!program) {
    ADD_FAILURE() << program.error().message;
    return false;
  }
  for (Engine *engine : {&functional, &systemc, &rtl})
    if (auto loaded = engine->loadInstructions(program->words); !loaded) {
      ADD_FAILURE() << engine->name() << ": " << loaded.error().message;
      return false;
    }
  for (size_t run = 0; run < program->runs.size(); ++run) {
    SCOPED_TRACE(fmt::format("run {}", run));
    const RandomRun &r = program->runs[run];
    Recorder recorders[2];
    Expected<RunResult> results[3];
    Engine *engines[] = {&functional, &systemc, &rtl};
    for (size_t i = 0; i < 3; ++i) {
      RunOptions options = r.options();
      options.cycleLimit = 1'000'000;
      if (i > 0)
        options.observer = &recorders[i - 1];
      results[i] = engines[i]->run(r.entryPoint, r.netIn, r.weights, options);
      if (!results[i])
        ADD_FAILURE() << engines[i]->name() << ": " << results[i].error().message;
    }
    EXPECT_TRUE(recorders[0].records == recorders[1].records) << firstDifference(recorders[0].records, recorders[1].records);
    if (!results[0] || !results[1] || !results[2])
      return false;
    EXPECT_EQ(values(results[1]->counters), values(results[2]->counters));
    EXPECT_TRUE(results[0]->netOut == results[1]->netOut) << "systemc computes other values than functional";
    EXPECT_TRUE(results[0]->netOut == results[2]->netOut) << "rtl computes other values than functional";
    if (::testing::Test::HasFailure())
      return false;
    compared += results[0]->netOut.size();
    cycles += results[2]->counters.cycles;
  }
  return true;
}

/// $SOFTDPU_RANDOM_PROGRAMS asks for a longer run.
uint64_t programs() {
  const char *wanted = std::getenv("SOFTDPU_RANDOM_PROGRAMS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 40;
}

class EngineTest : public ::testing::TestWithParam<std::string> {};

TEST_P(EngineTest, RandomProgramsRunAlike) {
  const auto arch = loadArch(GetParam());
  ASSERT_TRUE(arch) << arch.error().message;
  const auto functional = createFunctionalEngine(*arch), systemc = createSystemCEngine(*arch);
  const auto rtl = createRtlEngine(*arch);
  ASSERT_TRUE(rtl) << rtl.error().message;
  uint64_t compared = 0, cycles = 0;
  for (uint64_t seed = 1; seed <= programs(); ++seed)
    if (!compare(*arch, seed, *functional, *systemc, **rtl, compared, cycles))
      break;
  EXPECT_GT(compared, 0u);
  fmt::print("{}: {} values and {} cycles compared\n", GetParam(), compared, cycles);
}

/// A run that fails in the middle leaves nothing behind: after the reset the device runs like a new one.
TEST_P(EngineTest, RecoversFromAnAbortedRun) {
  const auto arch = loadArch(GetParam());
  ASSERT_TRUE(arch) << arch.error().message;
  const auto functional = createFunctionalEngine(*arch), systemc = createSystemCEngine(*arch);
  const auto rtl = createRtlEngine(*arch);
  ASSERT_TRUE(rtl) << rtl.error().message;
  uint64_t compared = 0, cycles = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto program = generateRandomProgram(*arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    for (const uint64_t limit : {20, 150, 1000}) {
      std::string messages[2];
      Engine *engines[] = {systemc.get(), rtl->get()};
      for (size_t i = 0; i < 2; ++i) {
        ASSERT_TRUE(engines[i]->loadInstructions(program->words));
        RunOptions options = program->runs[0].options();
        options.cycleLimit = limit;
        const auto result = engines[i]->run(program->runs[0].entryPoint, program->runs[0].netIn, program->runs[0].weights, options);
        messages[i] = result ? "no error" : result.error().message.substr(engines[i]->name().size());
      }
      EXPECT_EQ(messages[0], messages[1]) << "seed " << seed << ", limit " << limit;
      if (!compare(*arch, seed, *functional, *systemc, **rtl, compared, cycles))
        return;
    }
  }
}

std::vector<std::string> builtArchs() {
  std::vector<std::string> archs;
  std::string_view names = SOFTDPU_RTL_ARCHS;
  while (!names.empty()) {
    const size_t end = std::min(names.find(' '), names.size());
    archs.emplace_back(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return archs;
}

INSTANTIATE_TEST_SUITE_P(Archs, EngineTest, ::testing::ValuesIn(builtArchs()), [](const auto &param) { return param.param; });

TEST(RtlEngine, RefusesAnArchitectureThatIsNotBuilt) {
  auto arch = loadArch("tiny");
  ASSERT_TRUE(arch) << arch.error().message;
  arch->accumulators = 3;
  const auto rtl = createRtlEngine(*arch);
  ASSERT_FALSE(rtl);
  EXPECT_NE(rtl.error().message.find("scripts/build-rtl tiny"), std::string::npos) << rtl.error().message;
}

} // namespace
