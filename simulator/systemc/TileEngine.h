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

#include "functional/ExactSums.h"

namespace softdpu::model {

using functional::ExactSums;

/// The reduction's side.
class AccumulatorIf : public virtual sc_core::sc_interface {
public:
  virtual const ExactSums &accumulators(unsigned slot) const = 0;
};

class TileEngine final : public Block, public AccumulatorIf {
public:
  /// \param index of the engine, 0 .. tileEngines - 1.
  TileEngine(const sc_core::sc_module_name &name, Machine &machine, unsigned index, const Strobe<Pass> &passes);

  sc_core::sc_port<MatrixReadIf> matrices{"matrices"};
  sc_core::sc_port<ColumnReadIf> columns{"columns"};

  const ExactSums &accumulators(unsigned slot) const override { return sums[slot]; }

private:
  void runPass();

  const unsigned index;
  const Strobe<Pass> &passes;
  const TileShape shape;
  std::vector<ExactSums> sums; ///< By accumulator slot.
};

} // namespace softdpu::model
