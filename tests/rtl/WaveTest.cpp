//===- WaveTest.cpp - FST files that runs of the RTL leave behind ------------------------===//

#include "softdpu/simulator/Engine.h"
#include "softdpu/simulator/RandomProgram.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <gtkwave/fstapi.h>
#include <map>
#include <string>
#include <unistd.h>

using namespace softdpu;

namespace {

/// What is in an FST file, read with the reader that Verilator carries.
class Waves {
public:
  explicit Waves(const std::string &path) : reader(fstReaderOpen(path.c_str())) {
    std::string scope;
    while (const fstHier *item = reader ? fstReaderIterateHier(reader) : nullptr) {
      if (item->htyp == FST_HT_SCOPE)
        scope = fstReaderPushScope(reader, item->u.scope.name, nullptr);
      else if (item->htyp == FST_HT_UPSCOPE)
        scope = fstReaderPopScope(reader);
      else if (item->htyp == FST_HT_VAR)
        signals[scope + "." + std::string(item->u.var.name).substr(0, std::string(item->u.var.name).find(' '))] = item->u.var.handle;
    }
  }
  ~Waves() {
    if (reader)
      fstReaderClose(reader);
  }
  Waves(const Waves &) = delete;
  Waves &operator=(const Waves &) = delete;

  bool valid() const { return reader; }
  bool has(const std::string &signal) const { return signals.contains(signal); }
  size_t size() const { return signals.size(); }
  int timescale() const { return fstReaderGetTimescale(reader); }

  /// Rising edges of `clock` after which `signal` is 1.
  unsigned edgesWith(const std::string &clock, const std::string &signal) {
    struct Count {
      fstHandle clock, signal;
      bool rising = false, level = false;
      uint64_t time = 0;
      unsigned edges = 0;
      void flush() {
        edges += rising && level;
        rising = false;
      }
    } count{signals.at(clock), signals.at(signal)};
    for (const fstHandle handle : {count.clock, count.signal})
      fstReaderSetFacProcessMask(reader, handle);
    const auto change = [](void *user, uint64_t time, fstHandle handle, const unsigned char *value) {
      Count &state = *static_cast<Count *>(user);
      if (time != state.time)
        state.flush();
      state.time = time;
      (handle == state.clock ? state.rising : state.level) = *value == '1';
    };
    fstReaderIterBlocks(reader, change, &count, nullptr);
    count.flush();
    return count.edges;
  }

private:
  void *reader;
  std::map<std::string, fstHandle> signals;
};

class WaveFiles : public testing::Test {
protected:
  void SetUp() override {
    std::filesystem::create_directory(directory);
    ASSERT_TRUE(engine->loadInstructions(program.words));
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  /// \returns the cycles of run `index` of the program.
  uint64_t run(size_t index, const std::string &waves) {
    const RandomRun &run = program.runs[index];
    RunOptions options = run.options();
    options.waves = waves;
    const auto result = engine->run(run.entryPoint, run.netIn, run.weights, options);
    EXPECT_TRUE(result) << result.error().message;
    return result ? result->counters.cycles : 0;
  }

  const std::string directory = (std::filesystem::temp_directory_path() / fmt::format("softdpu-waves-{}", getpid())).string();
  const RandomProgram program = generateRandomProgram(loadArch("tiny").value(), 1).value();
  std::unique_ptr<Engine> engine = createRtlEngine(loadArch("tiny").value()).value();
};

const std::string top = "bench.dut.dpu_top.dpu_top";

TEST_F(WaveFiles, HoldTheSignalsOfEveryCycleOfARun) {
  const std::string path = directory + "/run.fst";
  const uint64_t cycles = run(0, path);
  engine.reset();
  Waves waves(path);
  ASSERT_TRUE(waves.valid());
  EXPECT_EQ(waves.timescale(), -12);
  for (const char *signal : {".running_o", ".net_out_tdata_o", ".u_counters.gen_counter[0].value_q", ".u_loader.clk_i",
                             ".gen_mfu[0].u_mfu.clk_i", ".u_mvm_issue.clk_i"})
    EXPECT_TRUE(waves.has(top + signal)) << signal;
  EXPECT_LT(waves.size(), 5000u) << "rtl/waves.vlt should leave out what exists once per row or lane";
  EXPECT_EQ(waves.edgesWith(top + ".clk_i", top + ".running_o"), cycles);
}

TEST_F(WaveFiles, RunsOneAfterAnotherShareAFile) {
  ASSERT_GE(program.runs.size(), 2u);
  const std::string path = directory + "/all.fst";
  uint64_t cycles = 0;
  for (size_t i = 0; i < program.runs.size(); ++i)
    cycles += run(i, path);
  engine.reset();
  EXPECT_EQ(Waves(path).edgesWith(top + ".clk_i", top + ".running_o"), cycles);
}

TEST_F(WaveFiles, RunsThatDoNotAskAreNotRecorded) {
  const std::string path = directory + "/first.fst";
  const uint64_t cycles = run(0, path);
  run(0, "");
  EXPECT_EQ(Waves(path).edgesWith(top + ".clk_i", top + ".running_o"), cycles); // Complete already.
}

TEST_F(WaveFiles, RecordingChangesNothing) { EXPECT_EQ(run(0, directory + "/run.fst"), run(0, "")); }

TEST_F(WaveFiles, AnUnwritableFileIsAnError) {
  const RandomRun &run = program.runs[0];
  RunOptions options = run.options();
  options.waves = directory + "/none/run.fst";
  const auto result = engine->run(run.entryPoint, run.netIn, run.weights, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "rtl: " + options.waves + ": cannot be written: No such file or directory");
}

} // namespace
