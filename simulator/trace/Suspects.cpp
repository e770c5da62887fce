//===- Suspects.cpp - Which unit explains the beats that went wrong ----------------------===//

#include "Suspects.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace softdpu::trace {
namespace {

constexpr std::string_view matrixPath = "matrix", bypassPath = "bypass_fifo";

/// Position on the float16 number line: neighbours differ by one.
int ordered(Half value) { return (value.bits & 0x8000) != 0 ? -int(value.bits & 0x7FFF) : int(value.bits); }

/// What a beat goes through: a key that tells operations apart, and the unit to report.
struct Station {
  std::string key, unit;
  bool beforeTap;
};

std::vector<Station> stationsOf(const JudgedBeat &beat) {
  const Tail &tail = *beat.place.tail;
  const std::string path(tail.matrixResult ? matrixPath : bypassPath);
  std::vector<Station> stations{{path, path, true}};
  const auto add = [&](unsigned mfu, std::string_view stage, unsigned operation) {
    const std::string unit = fmt::format("mfu{}.{}", mfu, stage);
    const bool beforeTap = mfu + 1 < beat.mfus;
    stations.push_back({unit, unit, beforeTap});
    stations.push_back({fmt::format("{}:{}", unit, operation), unit, beforeTap});
    stations.push_back({fmt::format("any {}:{}", stage, operation), unit, beforeTap});
  };
  for (unsigned k = 0; k < beat.mfus; ++k) {
    const Mfu &mfu = tail.mfus[k];
    if (mfu.add != AddOp::None)
      add(k, "add", unsigned(mfu.add));
    if (mfu.activation != ActivationOp::None)
      add(k, "activation", unsigned(mfu.activation));
    if (mfu.multiply)
      add(k, "multiply", 0);
  }
  return stations;
}

bool hasTap(const Tail &tail) {
  const auto isTap = [](const std::optional<Write> &write) { return write && write->tap; };
  bool tap = isTap(tail.netOut) || isTap(tail.initial);
  for (unsigned k = 0; k < maxMfus; ++k)
    tap = tap || isTap(tail.addSub[k]) || isTap(tail.multiply[k]);
  return tap;
}

} // namespace

void Suspects::judge(const JudgedBeat &beat) {
  const bool bad = beat.resultDiffers || beat.tapDiffers;
  badBeats += bad;
  const std::vector<Station> stations = stationsOf(beat);
  const bool tapKnown = hasTap(*beat.place.tail);
  const bool tapAlone = beat.tapDiffers && !beat.resultDiffers; // What reached the last MFU was right: the tap itself is wrong.
  if (tapKnown) {
    Tally &tally = tallies["tap"];
    tally.unit = "write_back";
    ++(tapAlone ? tally.bad : tally.good);
  }
  for (const Station &station : stations) {
    // The tap says on which side of it the fault is.
    const bool cleared = bad && tapKnown && (tapAlone || station.beforeTap != beat.tapDiffers);
    Tally &tally = tallies[station.key];
    if (tally.unit.empty() || (bad && tally.bad == 0))
      tally.unit = station.unit;
    ++(bad && !cleared ? tally.bad : tally.good);
  }
  if (beat.place.tail->matrixResult) {
    ChainTally &chain = chains[beat.chain];
    ++chain.beats;
    chain.bad += bad;
    chain.shape = {beat.place.head ? beat.place.head->cols : 0u, beat.place.tail->group};
    judgeMatrix(beat, bad);
  }
}

void Suspects::judgeMatrix(const JudgedBeat &beat, bool bad) {
  const bool isPlain = stationsOf(beat).size() == 1;
  const bool grouped = beat.place.tail->group > 1;
  for (MatrixTally *tally : {&all, &plain}) {
    if (tally == &plain && !isPlain)
      continue;
    if (!bad) {
      ++(grouped ? tally->goodGrouped : tally->goodUngrouped);
      continue;
    }
    ++tally->badBeats;
    tally->badGrouped += grouped;
    tally->badLanesOfAll += beat.expected.size();
    for (size_t lane = 0; lane < beat.expected.size() && lane < beat.found.size(); ++lane) {
      if (beat.expected[lane] == beat.found[lane])
        continue;
      ++tally->badLanes;
      tally->largestStep = std::max(tally->largestStep, std::abs(ordered(beat.expected[lane]) - ordered(beat.found[lane])));
      const float expected = halfToFloat(beat.expected[lane]), found = halfToFloat(beat.found[lane]);
      const unsigned mantissa = beat.place.head ? beat.place.head->mantissa : 0;
      tally->smallErrors += std::abs(expected - found) <= std::ldexp(std::abs(expected), 1 - int(mantissa));
    }
  }
}

std::string Suspects::unit() const {
  const Tally *worst = nullptr;
  double worstScore = -1;
  for (const auto &[key, tally] : tallies) {
    const double score = tally.bad == 0 ? 0 : double(tally.bad) / std::sqrt(double(badBeats) * double(tally.bad + tally.good));
    if (score > worstScore) {
      worst = &tally;
      worstScore = score;
    }
  }
  if (!worst)
    return "write_back";
  return worst->unit == matrixPath ? matrixUnit() : worst->unit;
}

/// Whether some shapes of matrices are wrong in every chain, and more than once, and the others in none.
bool Suspects::followsShapes() const {
  std::map<MatrixShape, Tally> shapes;
  for (const auto &[number, chain] : chains)
    ++(chain.bad > 0 ? shapes[chain.shape].bad : shapes[chain.shape].good);
  const auto alwaysBad = [](const auto &shape) { return shape.second.bad > 1 && shape.second.good == 0; };
  const auto alwaysGood = [](const auto &shape) { return shape.second.bad == 0; };
  return std::ranges::any_of(shapes, alwaysBad) && std::ranges::any_of(shapes, alwaysGood) &&
         std::ranges::all_of(shapes, [&](const auto &shape) { return alwaysBad(shape) || alwaysGood(shape); });
}

/// Rounding is off by a last place; the reduction is wrong only where there are groups, or only where it must leave the other engines out;
/// what goes with the shape of a matrix is the tile engines', which know their tiles; a converter spoils whole chains by little.
std::string Suspects::matrixUnit() const {
  const MatrixTally &tally = plain.badBeats > 0 ? plain : all;
  if (tally.largestStep <= 1)
    return "rounder";
  const size_t badUngrouped = tally.badBeats - tally.badGrouped;
  const auto onlyOneKind = [](size_t bad, size_t good, size_t badOthers, size_t goodOthers) {
    return bad > 0 && 3 * bad >= good && badOthers == 0 && goodOthers > 0;
  };
  if (onlyOneKind(tally.badGrouped, tally.goodGrouped, badUngrouped, tally.goodUngrouped) ||
      onlyOneKind(badUngrouped, tally.goodUngrouped, tally.badGrouped, tally.goodGrouped))
    return "reduction";
  if (followsShapes())
    return "tile_engine";
  size_t badChains = 0, beatsOfBadChains = 0;
  for (const auto &[number, chain] : chains)
    if (chain.bad > 0) {
      ++badChains;
      beatsOfBadChains += chain.beats;
    }
  const bool mostLanes = 2 * tally.badLanes > tally.badLanesOfAll, mostBeats = 4 * all.badBeats > 3 * beatsOfBadChains;
  const bool wholeChains = mostLanes && mostBeats && 3 * badChains < 2 * chains.size();
  const bool small = 2 * tally.smallErrors > tally.badLanes;
  return wholeChains || small ? "converter" : "tile_engine";
}

} // namespace softdpu::trace
