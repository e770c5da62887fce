//===- TileEngine.h - Rows of multipliers with exact accumulators ------------------------===//
//
// The arithmetic of a whole pass is done at once, in the cycle in which the pass fires; mvm issue knows when the hardware would be done.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "ColumnBuffer.h"
#include "MatrixRf.h"
#include "Messages.h"

namespace softdpu::model {

/// The reduction's side.
class AccumulatorIf : public virtual sc_core::sc_interface {
public:
  /// \returns nativeDim exact sums.
  virtual const WideSum *accumulators(unsigned slot) const = 0;
};

class TileEngine final : public Block, public AccumulatorIf {
public:
  /// \param index of the engine, 0 .. tileEngines - 1.
  TileEngine(const sc_core::sc_module_name &name, Machine &machine, unsigned index, const Strobe<Pass> &passes);

  sc_core::sc_port<MatrixReadIf> matrices{"matrices"};
  sc_core::sc_port<ColumnReadIf> columns{"columns"};

  const WideSum *accumulators(unsigned slot) const override { return sums.data() + size_t(slot) * machine.arch.nativeDim; }

private:
  void runPass();
  void accumulateTile(const Tile &tile, const QuantisedColumn &column, std::span<WideSum> to);

  const unsigned index;
  const Strobe<Pass> &passes;
  const TileShape shape;
  const int productBits;           ///< Of the sum of a row of products without exponents, with sign.
  std::vector<WideSum> sums;       ///< accumulators x nativeDim
  std::vector<int64_t> narrowSums; ///< nativeDim; the sums of one tile, as long as they fit.
};

} // namespace softdpu::model
