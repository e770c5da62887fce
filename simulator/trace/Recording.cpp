//===- Recording.cpp - Events and values of a run ----------------------------------------===//

#include "softdpu/simulator/Trace.h"

namespace softdpu {
namespace {

constexpr uint64_t fnvBasis = 0xCBF29CE484222325u, fnvPrime = 0x100000001B3u;

uint64_t extendHash(uint64_t hash, std::span<const Half> values) {
  for (Half value : values)
    hash = (hash ^ value.bits) * fnvPrime;
  return hash;
}

} // namespace

void Recording::onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) {
  allEvents.push_back(event);
  if (event.kind != Event::Kind::WriteBack)
    return;
  Kept entry{.event = allEvents.size() - 1,
             .hash = extendHash(extendHash(fnvBasis, result), tap),
             .offset = values.size(),
             .resultSize = 0,
             .tapSize = 0};
  if ((values.size() + result.size() + tap.size()) * sizeof(Half) <= valueBudget) {
    values.insert(values.end(), result.begin(), result.end());
    values.insert(values.end(), tap.begin(), tap.end());
    entry.resultSize = uint32_t(result.size());
    entry.tapSize = uint32_t(tap.size());
  }
  kept.push_back(entry);
}

Recording::Vectors Recording::vectors(size_t i) const {
  const Kept &entry = kept[i];
  const std::span all(values);
  return {entry.hash, all.subspan(entry.offset, entry.resultSize), all.subspan(entry.offset + entry.resultSize, entry.tapSize)};
}

} // namespace softdpu
