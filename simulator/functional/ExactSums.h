//===- ExactSums.h - The exact accumulators of a native row of results -------------------===//
//
// Sums are kept in 64 bits in units of 2^base, which nearly always suffices; they move to 128 bits when they no longer fit.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "DotProduct.h"

#include "softdpu/numerics/Half.h"

#include <span>
#include <vector>

namespace softdpu::functional {

class ExactSums {
public:
  explicit ExactSums(const Arch &arch);

  /// All sums become zero.
  void clear() { state = State::Zero; }
  /// Adds tile * column. At most arch.maxColumns times after clear().
  void add(const TileShape &shape, const Tile &tile, const QuantisedVector &column);
  /// Adds the sums to `to`, nativeDim values.
  void addTo(std::span<Int128> to) const;
  /// to[i] = sum[i] * 2^scale, rounded once. \param to nativeDim values.
  void round(int scale, std::span<Half> to) const;

private:
  enum class State : uint8_t { Zero, Narrow, Wide };
  void widen(size_t nativeDim);

  const int productBits; ///< Of the longest sum of products without exponents, with sign.
  State state = State::Zero;
  int base = 0;
  std::vector<int64_t> narrow; ///< Narrow: sums / 2^base.
  std::vector<Int128> wide;    ///< Wide: sums. Takes memory when it is first needed.
};

} // namespace softdpu::functional
