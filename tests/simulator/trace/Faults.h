//===- Faults.h - Recorded runs of the golden engine, with faults put in -----------------===//

#pragma once

#include "softdpu/isa/WeightStream.h"
#include "softdpu/simulator/Trace.h"

#include <functional>
#include <gtest/gtest.h>
#include <string_view>

namespace softdpu::test {

/// Changes what a write-back delivers. \param beat counts write-backs.
using Fault = std::function<void(size_t beat, const Event &event, std::span<Half> result, std::span<Half> tap)>;

/// Passes events on to a recording, changed by a fault.
class FaultyObserver final : public Observer {
public:
  FaultyObserver(Recording &recording, Fault fault) : recording(recording), fault(std::move(fault)) {}

  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    HalfBuffer changedResult(result.begin(), result.end()), changedTap(tap.begin(), tap.end());
    if (event.kind == Event::Kind::WriteBack && fault)
      fault(beats++, event, changedResult, changedTap);
    recording.onEvent(event, changedResult, changedTap);
  }

private:
  Recording &recording;
  const Fault fault;
  size_t beats = 0;
};

/// A program, run once as it is and once with a fault.
class FaultTest : public testing::Test {
protected:
  /// \param text assembly. \param netInVectors of random numbers.
  std::optional<Divergence> compare(std::string_view text, unsigned netInVectors, const Fault &fault,
                                    std::span<const std::byte> weights = {}) {
    const auto assembled = assemble(text, "test");
    EXPECT_TRUE(assembled) << (assembled ? "" : assembled.error().message);
    words = assembled.value_or(std::vector<uint64_t>{});
    netIn.clear();
    uint32_t state = 1;
    for (size_t i = 0; i < size_t(netInVectors) * arch.nativeDim; ++i) {
      state = state * 1664525u + 1013904223u;
      netIn.push_back(halfFromFloat(float(int(state >> 20) - 2048) / 1024));
    }
    Recording good, bad;
    const RunResult goodResult = record(good, {}, weights), badResult = record(bad, fault, weights);
    const RunContext context{.arch = arch, .words = words, .debug = debug};
    return compareRuns(context, {"functional", good, goodResult}, {"rtl", bad, badResult});
  }

  RunResult record(Recording &recording, Fault fault, std::span<const std::byte> weights) {
    FaultyObserver observer(recording, std::move(fault));
    const auto engine = createFunctionalEngine(arch);
    EXPECT_TRUE(engine->loadInstructions(words));
    RunOptions options;
    options.observer = &observer;
    const auto result = engine->run(0, netIn, weights, options);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : RunResult{};
  }

  Half netInElement(unsigned vector, unsigned lane) const { return netIn[size_t(vector) * arch.nativeDim + lane]; }

  const Arch arch = loadArch("tiny").value();
  std::vector<uint64_t> words;
  HalfBuffer netIn;
  std::vector<DebugRange> debug;
};

} // namespace softdpu::test
