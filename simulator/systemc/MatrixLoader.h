//===- MatrixLoader.h - Weight stream to matrix register files ---------------------------===//

#pragma once

#include "Channels.h"
#include "MatrixRf.h"

namespace softdpu::model {

/// The sequencer's view.
class MatrixLoaderIf : public virtual sc_core::sc_interface {
public:
  /// Takes beats from the next cycle on.
  virtual void start(const MatrixLoad &load) = 0;
  virtual bool busy() const = 0;
};

/// What the loader tells the sequencer.
class MatrixDoneIf : public virtual sc_core::sc_interface {
public:
  /// The matrix entry completes in this cycle.
  virtual void matrixDone() = 0;
};

class MatrixLoader final : public Block, public MatrixLoaderIf {
public:
  MatrixLoader(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_in<bool> weightValid{"weightValid"};
  sc_core::sc_in<const std::byte *> weightData{"weightData"};
  sc_core::sc_port<MatrixDoneIf> sequencer{"sequencer"};
  sc_core::sc_port<MatrixWriteIf, 0> engines{"engines"}; ///< One matrix register file per tile engine.

  void start(const MatrixLoad &load) override;
  bool busy() const override { return isBusy.read(); }
  /// TREADY in the next cycle.
  bool nextReady() const { return isBusy.next() && tile < tiles.size(); }

  void reset() override;

private:
  void step();
  void take();

  const unsigned beatBytes;
  Register<bool> isBusy;
  uint32_t matrix = 0;
  std::vector<TilePlace> tiles; ///< In stream order.
  size_t tile = 0;              ///< All taken: waits for `doneAt`.
  uint64_t doneAt = 0;          ///< The cycle in which the entry completes.
  unsigned row = 0, chunk = 0;  ///< Of the next beat in the tile.
};

} // namespace softdpu::model
