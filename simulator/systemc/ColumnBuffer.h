//===- ColumnBuffer.h - Quantised columns in front of the tile engines -------------------===//
//
// Two halves, one per mv_mul chain: while engines work on one chain, the loader fills in the next. Broadcast writes it.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"
#include "Messages.h"

#include "functional/Tile.h"

#include <array>

namespace softdpu::model {

using functional::QuantisedVector;
using functional::TileShape;

/// The loader's side.
class ColumnHalvesIf : public virtual sc_core::sc_interface {
public:
  virtual bool halfFree() const = 0;
  virtual void takeHalf() = 0;
};

/// Broadcast's side.
class ColumnWriteIf : public virtual sc_core::sc_interface {
public:
  /// \param column of the chain; they come in order.
  virtual void write(unsigned half, unsigned column, const QuantisedVector &values) = 0;
};

/// Mvm issue's side.
class ColumnIssueIf : public virtual sc_core::sc_interface {
public:
  /// Columns of the half's chain that can be used.
  virtual unsigned arrived(unsigned half) const = 0;
  /// The chain is done.
  virtual void releaseHalf(unsigned half) = 0;
};

/// The tile engines' side.
class ColumnReadIf : public virtual sc_core::sc_interface {
public:
  virtual const QuantisedVector &column(unsigned half, unsigned column) const = 0;
};

class ColumnBuffer final : public Block, public ColumnHalvesIf, public ColumnWriteIf, public ColumnIssueIf, public ColumnReadIf {
public:
  ColumnBuffer(const sc_core::sc_module_name &name, Machine &machine)
      : Block(name, machine), freeHalves(machine, 2), counts{Register<unsigned>(machine), Register<unsigned>(machine)} {
    for (std::vector<QuantisedVector> &half : halves)
      half.resize(machine.arch.maxColumns, QuantisedVector(TileShape(machine.arch)));
  }

  bool halfFree() const override { return freeHalves.read() > 0; }
  void takeHalf() override { freeHalves.write(freeHalves.next() - 1); }

  void write(unsigned half, unsigned column, const QuantisedVector &values) override {
    if (!machine.timingOnly)
      halves[half][column] = values;
    counts[half].write(column + 1);
  }

  unsigned arrived(unsigned half) const override { return counts[half].read(); }
  void releaseHalf(unsigned half) override {
    counts[half].write(0);
    freeHalves.write(freeHalves.next() + 1);
  }

  const QuantisedVector &column(unsigned half, unsigned column) const override { return halves[half][column]; }

  void reset() override {
    freeHalves.reset(2);
    for (Register<unsigned> &count : counts)
      count.reset();
  }

private:
  Register<unsigned> freeHalves;
  std::array<Register<unsigned>, 2> counts;
  std::array<std::vector<QuantisedVector>, 2> halves;
};

} // namespace softdpu::model
