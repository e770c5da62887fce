//===- ShadowMemory.h - Which write-back every memory entry holds ------------------------===//
//
// Follows the destinations of beats, so that the operands of any later beat are known, and whether they already differ between the two
// runs.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "schedule/ProgramWalk.h"

#include <map>
#include <optional>

namespace softdpu::trace {

using schedule::BeatPlace;

enum class Memory : uint8_t { Initial, AddSub, Multiply };

/// One entry of one memory.
struct Location {
  Memory memory = Memory::Initial;
  unsigned mfu = 0;
  uint16_t address = 0;
  auto operator<=>(const Location &) const = default;
};

/// A vector that a write-back delivered.
struct Origin {
  size_t writeBack = 0;
  bool tap = false;
};

/// What an entry holds.
struct Content {
  std::optional<Origin> current, previous; ///< Empty: from before the run.
  bool tainted = false;                    ///< The two runs wrote different values.
};

class ShadowMemory {
public:
  Content at(const Location &location) const {
    const auto found = contents.find(location);
    return found == contents.end() ? Content{} : found->second;
  }

  const std::map<Location, Content> &all() const { return contents; }

  /// \param resultTainted, tapTainted whether the two runs differ in these vectors.
  void write(const BeatPlace &beat, size_t writeBack, bool resultTainted, bool tapTainted);

private:
  std::map<Location, Content> contents;
};

/// The operands of a beat.
struct Operand {
  Location location;
  bool isAdd = false;
};
std::vector<Operand> operandsOf(const BeatPlace &beat);

} // namespace softdpu::trace
