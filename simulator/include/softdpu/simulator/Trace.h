//===- Trace.h - Recording runs, finding the first difference ----------------------------===//
//
// Record the run of each engine, then compare: the answer is where the engines first disagree, and which unit is to blame. See
// docs/simulators.md for how the unit is found.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"
#include "softdpu/simulator/Engine.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace softdpu {

/// All events of a run. Of the vectors that write-backs deliver it keeps a hash each, and the values as long as they fit the budget.
class Recording final : public Observer {
public:
  /// \param valueBudget bytes of vectors kept.
  explicit Recording(size_t valueBudget = size_t(256) << 20) : valueBudget(valueBudget) {}

  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override;

  /// The vectors of one write-back.
  struct Vectors {
    uint64_t hash = 0;                 ///< Of both.
    std::span<const Half> result, tap; ///< Empty if they were not kept, or if there is no tap.
  };

  std::span<const Event> events() const { return allEvents; }
  size_t writeBacks() const { return kept.size(); }
  /// \param i less than writeBacks(): the i-th WriteBack event.
  const Event &writeBackEvent(size_t i) const { return allEvents[kept[i].event]; }
  Vectors vectors(size_t i) const;

private:
  struct Kept {
    size_t event; ///< Index in `allEvents`.
    uint64_t hash;
    size_t offset; ///< In `values`.
    uint32_t resultSize, tapSize;
  };

  const size_t valueBudget;
  std::vector<Event> allEvents;
  std::vector<Kept> kept; ///< By write-back.
  HalfBuffer values;
};

/// Where two runs first disagree. Cycles are 0 if only the functional engine was compared.
struct Divergence {
  std::string expectedEngine, foundEngine;
  uint64_t cycle = 0;           ///< Of the found engine, if it has cycles.
  std::string unit;             ///< As the RTL modules are called: "loader", "tile_engine", "mfu1.activation", "write_back", ...
  std::string what;             ///< One sentence: what differs.
  std::optional<uint32_t> pc;   ///< Word index of the instruction; empty for NetOut and counters.
  std::string instruction;      ///< Its text.
  std::string chain, node;      ///< From the program's debug map; may be empty.
  uint32_t index = 0;           ///< Vector, pass, or row of the tail.
  std::optional<uint32_t> lane; ///< Element of the vector, for different values.
  std::optional<Half> expected, found;

  /// All of it in one paragraph.
  std::string describe() const;
};

/// What was run: needed to name instructions and to follow values through the memories.
struct RunContext {
  const Arch &arch;
  std::span<const uint64_t> words;
  uint32_t entryPoint = 0;
  std::array<uint32_t, scalarRegisters> scalars{};
  std::span<const DebugRange> debug = {};
};

/// One engine's run.
struct RecordedRun {
  std::string_view engine;
  const Recording &recording;
  const RunResult &result;
};

/// Compares values, NetOut and, unless one of the engines is "functional", cycles of all events and counters.
/// \returns the earliest difference, or nothing if there is none.
std::optional<Divergence> compareRuns(const RunContext &context, const RecordedRun &expected, const RecordedRun &found);

} // namespace softdpu
