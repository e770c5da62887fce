//===- TestSupport.h - Programs in assembly, runs with recorded events -------------------===//

#pragma once

#include "softdpu/simulator/Engine.h"

#include <gtest/gtest.h>
#include <memory>
#include <string_view>
#include <vector>

namespace softdpu::test {

inline Arch archOf(std::string_view name) {
  const Expected<Arch> arch = loadArch(name);
  EXPECT_TRUE(arch) << (arch ? "" : arch.error().message);
  return arch ? *arch : Arch{};
}

inline std::vector<uint64_t> wordsOf(std::string_view text) {
  const Expected<std::vector<uint64_t>> words = assemble(text, "test");
  EXPECT_TRUE(words) << (words ? "" : words.error().message);
  return words ? *words : std::vector<uint64_t>{};
}

/// `count` vectors of small numbers, all different.
inline HalfBuffer numbers(const Arch &arch, unsigned count) {
  HalfBuffer result;
  for (unsigned i = 0; i < count * arch.nativeDim; ++i)
    result.push_back(halfFromFloat(float(i % 97) / 16 - 3));
  return result;
}

/// Keeps all events and the values that came with them.
struct Recorder final : Observer {
  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    events.push_back(event);
    values.insert(values.end(), result.begin(), result.end());
    values.insert(values.end(), tap.begin(), tap.end());
  }
  /// Cycles of all events of one kind.
  std::vector<uint64_t> cycles(Event::Kind kind) const {
    std::vector<uint64_t> result;
    for (const Event &event : events)
      if (event.kind == kind)
        result.push_back(event.cycle);
    return result;
  }

  std::vector<Event> events;
  HalfBuffer values;
};

struct TimedRun {
  RunResult result;
  Recorder events;
};

/// Runs `text` from word 0 on `engine`; a failure fails the test.
inline TimedRun runOn(Engine &engine, std::string_view text, std::span<const Half> netIn = {}, std::span<const std::byte> weights = {},
                      RunOptions options = {}) {
  TimedRun run;
  options.observer = &run.events;
  const Expected<void> loaded = engine.loadInstructions(wordsOf(text));
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
  Expected<RunResult> result = engine.run(0, netIn, weights, options);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  if (result)
    run.result = std::move(*result);
  return run;
}

} // namespace softdpu::test
