//===- FaultyEngine.h - An engine with a planted fault -----------------------------------===//

#pragma once

#include "EngineComparison.h"

namespace softdpu::tools {

struct Fault {
  bool value = false;   ///< Lane 3 of the second vector written to NetOut.
  uint64_t cycles = 0;  ///< Added.
  bool failure = false; ///< run() gives an error.
  bool oneTime = false; ///< Not once events are recorded.
};

/// Flips the lowest bit of lane 3 in the second write-back, for whoever watches.
class FaultyObserver final : public Observer {
public:
  explicit FaultyObserver(Observer &next) : next(next) {}
  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    HalfBuffer changed(result.begin(), result.end());
    if (event.kind == Event::Kind::WriteBack && writeBacks++ == 1)
      changed[3].bits ^= 1;
    next.onEvent(event, changed, tap);
  }

private:
  Observer &next;
  size_t writeBacks = 0;
};

class FaultyEngine final : public Engine {
public:
  FaultyEngine(std::unique_ptr<Engine> engine, EngineKind kind, Fault fault) : engine(std::move(engine)), kind(kind), fault(fault) {}

  std::string_view name() const override { return engineName(kind); }
  const Arch &arch() const override { return engine->arch(); }
  Expected<void> loadInstructions(std::span<const uint64_t> words) override { return engine->loadInstructions(words); }
  Expected<RunResult> run(uint32_t entryPoint, std::span<const Half> netIn, std::span<const std::byte> weights,
                          const RunOptions &options) override {
    if (fault.failure)
      return fail("cycle 12: no unit can progress");
    RunOptions changed = options;
    std::optional<FaultyObserver> observer;
    if (options.observer && fault.value) {
      observer.emplace(*options.observer);
      changed.observer = &*observer;
    }
    auto result = engine->run(entryPoint, netIn, weights, changed);
    if (result && !(fault.oneTime && options.observer)) {
      if (const size_t place = arch().nativeDim + 3; fault.value && place < result->netOut.size())
        result->netOut[place].bits ^= 1;
      result->counters.cycles += 100 + fault.cycles;
    }
    return result;
  }

private:
  std::unique_ptr<Engine> engine;
  EngineKind kind;
  Fault fault;
};

} // namespace softdpu::tools
