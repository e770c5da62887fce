//===- Suspects.h - Which unit explains the beats that went wrong ------------------------===//
//
// Only beats with correct inputs count: what goes wrong in them went wrong on their own way through the machine. A unit is the more
// suspect the more of the failing beats, and the fewer of the good ones, went through it (Ochiai's coefficient).
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "schedule/ProgramWalk.h"

#include "softdpu/numerics/Half.h"

#include <compare>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace softdpu::trace {

using schedule::BeatPlace;

/// One beat with correct inputs, in both runs.
struct JudgedBeat {
  BeatPlace place;
  unsigned mfus = 0;
  size_t chain = 0; ///< Number of the chain in the run.
  bool resultDiffers = false, tapDiffers = false;
  std::span<const Half> expected, found; ///< The results; empty if they were not kept.
};

class Suspects {
public:
  void judge(const JudgedBeat &beat);

  /// \returns the most suspect unit; call after at least one beat that differs.
  std::string unit() const;

private:
  struct Tally {
    size_t bad = 0, good = 0;
    std::string unit; ///< What to report.
  };
  /// What decides which engines a matrix gives work to.
  struct MatrixShape {
    unsigned cols = 0, group = 0;
    auto operator<=>(const MatrixShape &) const = default;
  };
  /// What is known of results that came from mv_mul.
  struct MatrixTally {
    size_t badBeats = 0, badGrouped = 0; ///< Grouped: several engines per row tile.
    size_t goodGrouped = 0, goodUngrouped = 0;
    size_t badLanes = 0, badLanesOfAll = 0; ///< Of the beats that differ.
    int largestStep = 0;                    ///< In units of the last place.
    size_t smallErrors = 0;                 ///< Lanes that differ by less than the activations' precision.
  };
  struct ChainTally {
    size_t beats = 0, bad = 0;
    MatrixShape shape;
  };

  std::string matrixUnit() const;
  bool followsShapes() const;
  void judgeMatrix(const JudgedBeat &beat, bool bad);

  std::map<std::string, Tally> tallies;
  size_t badBeats = 0;
  MatrixTally plain, all;              ///< Beats without any operation behind the mv_mul, and all.
  std::map<size_t, ChainTally> chains; ///< By number, those with mv_mul.
};

} // namespace softdpu::trace
