//===- StaleOperand.cpp - Was an old value, or another entry, of a memory used? ----------===//

#include "StaleOperand.h"

#include <algorithm>
#include <map>

namespace softdpu::trace {
namespace {

/// Lanes looked at; each costs a search over all float16 values.
constexpr size_t lanesChecked = 16;

using Vectors = std::map<Location, std::span<const Half>>;

std::span<const Half> vectorOf(const Recording &recording, const std::optional<Origin> &origin) {
  if (!origin)
    return {};
  const Recording::Vectors vectors = recording.vectors(origin->writeBack);
  return origin->tap ? vectors.tap : vectors.result;
}

/// One lane of a tail: the input `x` goes through all MFUs.
class LaneFunction {
public:
  LaneFunction(const BeatPlace &beat, unsigned mfus, const Vectors &operands, size_t lane) : mfuCount(mfus) {
    for (unsigned k = 0; k < mfus; ++k) {
      jobs[k] = beat.tail->mfus[k];
      if (jobs[k].add != AddOp::None)
        addends[k] = operands.at({Memory::AddSub, k, uint16_t(jobs[k].addOperand.immediate + beat.row)})[lane];
      if (jobs[k].multiply)
        factors[k] = operands.at({Memory::Multiply, k, uint16_t(jobs[k].multiplyOperand.immediate + beat.row)})[lane];
    }
  }

  Half operator()(Half x) const {
    for (unsigned k = 0; k < mfuCount; ++k) {
      x = added(x, k);
      x = activated(x, jobs[k].activation);
      if (jobs[k].multiply)
        x = softdpu::multiply(x, factors[k]);
    }
    return x;
  }

private:
  Half added(Half x, unsigned k) const {
    switch (jobs[k].add) {
    case AddOp::None:
      return x;
    case AddOp::Add:
      return softdpu::add(x, addends[k]);
    case AddOp::ASubB:
      return subtract(x, addends[k]);
    case AddOp::BSubA:
      return subtract(addends[k], x);
    case AddOp::Max:
      return softdpu::max(x, addends[k]);
    case AddOp::Min:
      return softdpu::min(x, addends[k]);
    }
    return x;
  }

  static Half activated(Half x, ActivationOp activation) {
    switch (activation) {
    case ActivationOp::None:
      return x;
    case ActivationOp::Relu:
      return relu(x);
    case ActivationOp::Sigmoid:
      return sigmoid(x);
    case ActivationOp::Tanh:
      return softdpu::tanh(x);
    case ActivationOp::OneMinusSigmoid:
      return oneMinusSigmoid(x);
    }
    return x;
  }

  const unsigned mfuCount;
  std::array<Mfu, maxMfus> jobs;
  std::array<Half, maxMfus> addends{}, factors{};
};

/// Whether some input gives `good` with the true operands and `bad` with the old one.
bool explains(const LaneFunction &truth, const LaneFunction &stale, Half good, Half bad) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const Half x{uint16_t(bits)};
    const unsigned exponent = bits >> 10 & 31;
    if (exponent == 31 || (exponent == 0 && bits != 0))
      continue;
    if (truth(x) == good && stale(x) == bad)
      return true;
  }
  return false;
}

} // namespace

std::optional<Location> findStaleOperand(const BeatPlace &beat, unsigned mfus, size_t writeBack, const ShadowMemory &memory,
                                         const Recording &expected, const Recording &found) {
  const std::span<const Half> good = expected.vectors(writeBack).result, bad = found.vectors(writeBack).result;
  if (good.empty() || good.size() != bad.size())
    return std::nullopt;
  std::vector<size_t> lanes;
  for (size_t lane = 0; lane < good.size() && lanes.size() < lanesChecked; ++lane)
    if (!(good[lane] == bad[lane]))
      lanes.push_back(lane);
  if (lanes.empty())
    return std::nullopt;

  // The source vector of a chain without mv_mul, moved as it is.
  const std::vector<Operand> operands = operandsOf(beat);
  if (!beat.tail->matrixResult && beat.head->source == Source::InitialVrf && operands.empty()) {
    const Location source{Memory::Initial, 0, uint16_t(beat.head->address.immediate + beat.row)};
    const std::span<const Half> old = vectorOf(expected, memory.at(source).previous);
    if (!old.empty() && std::ranges::all_of(lanes, [&](size_t lane) { return bad[lane] == old[lane]; }))
      return source;
  }

  Vectors current;
  for (const Operand &operand : operands) {
    const std::span<const Half> vector = vectorOf(expected, memory.at(operand.location).current);
    if (vector.empty())
      return std::nullopt; // From before the run: unknown here.
    current[operand.location] = vector;
  }
  for (const Operand &operand : operands) {
    Vectors changed = current;
    changed[operand.location] = vectorOf(expected, memory.at(operand.location).previous);
    if (changed[operand.location].empty())
      continue;
    const bool all = std::ranges::all_of(lanes, [&](size_t lane) {
      return explains(LaneFunction(beat, mfus, current, lane), LaneFunction(beat, mfus, changed, lane), good[lane], bad[lane]);
    });
    if (all)
      return operand.location;
  }
  return std::nullopt;
}

std::optional<Location> findWrongEntry(const BeatPlace &beat, size_t writeBack, const ShadowMemory &memory, const Recording &expected,
                                       const Recording &found) {
  if (beat.tail->matrixResult || beat.head->source != Source::InitialVrf || !operandsOf(beat).empty())
    return std::nullopt;
  const std::span<const Half> moved = found.vectors(writeBack).result;
  const Location source{Memory::Initial, 0, uint16_t(beat.head->address.immediate + beat.row)};
  for (const auto &[location, content] : memory.all()) {
    if (location.memory != Memory::Initial || location == source)
      continue;
    const std::span<const Half> held = vectorOf(expected, content.current);
    if (!held.empty() && std::ranges::equal(held, moved))
      return location;
  }
  return std::nullopt;
}

} // namespace softdpu::trace
