//===- ExactSums.cpp ---------------------------------------------------------------------===//

#include "ExactSums.h"

#include <algorithm>
#include <bit>

namespace softdpu::functional {

constexpr int narrowBits = 64;

ExactSums::ExactSums(const Arch &arch)
    : productBits(int(2 * arch.mantissaBits) + int(std::bit_width(arch.maxColumns * arch.nativeDim)) + 1),
      narrow(TileShape(arch).paddedRows()) {}

void ExactSums::add(const TileShape &shape, const Tile &tile, const QuantisedVector &column) {
  if (tile.range().isEmpty() || column.range.isEmpty())
    return;
  const int low = tile.range().low + column.range.low, high = tile.range().high + column.range.high;
  if (state == State::Zero) {
    // Later tiles may have smaller exponents or larger ones: the room that is left is divided between both.
    const int room = narrowBits - productBits - (high - low);
    base = std::max(0, low - std::max(0, room / 2));
    std::ranges::fill(narrow, 0);
    state = State::Narrow;
  }
  if (state == State::Narrow && (low < base || productBits + high - base > narrowBits))
    widen(shape.nativeDim);
  if (state == State::Narrow)
    accumulate(shape, tile, column, base, narrow);
  else
    accumulateWide(shape, tile, column, wide);
}

void ExactSums::widen(size_t nativeDim) {
  wide.assign(nativeDim, 0);
  addTo(wide);
  state = State::Wide;
}

void ExactSums::addTo(std::span<Int128> to) const {
  if (state == State::Narrow)
    for (size_t i = 0; i < to.size(); ++i)
      to[i] += Int128(narrow[i]) << base;
  else if (state == State::Wide)
    for (size_t i = 0; i < to.size(); ++i)
      to[i] += wide[i];
}

void ExactSums::round(int scale, std::span<Half> to) const {
  for (size_t i = 0; i < to.size(); ++i)
    to[i] = state == State::Zero ? Half{} : state == State::Narrow ? roundToHalf(narrow[i], scale + base) : roundToHalf(wide[i], scale);
}

} // namespace softdpu::functional
