//===- MatrixLoader.cpp - Weight stream to matrix register files -------------------------===//

#include "MatrixLoader.h"

namespace softdpu::model {

MatrixLoader::MatrixLoader(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), beatBytes(weightBeatBytes(machine.arch)), isBusy(machine) {
  SC_HAS_PROCESS(MatrixLoader);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void MatrixLoader::reset() { isBusy.reset(); }

void MatrixLoader::start(const MatrixLoad &load) {
  matrix = load.matrix;
  tiles = placeTiles(machine.arch, load.rows, load.cols, load.group, load.order);
  tile = row = chunk = 0;
  isBusy.write(true);
}

void MatrixLoader::step() {
  if (!isBusy.read())
    return;
  if (!weightValid.read()) {
    ++machine.counters.sequencerStallIdle;
    return;
  }
  const TilePlace &place = tiles[tile];
  if (!machine.timingOnly)
    engines[int(place.engine)]->writeBeat(matrix + place.slot, row, chunk, std::span(weightData.read(), beatBytes));
  if (++chunk == machine.arch.chunksPerTile()) {
    chunk = 0;
    if (++row == machine.arch.nativeDim) {
      row = 0;
      ++tile;
    }
  }
  if (tile < tiles.size()) {
    ++machine.counters.sequencerStallIdle;
    return;
  }
  ++machine.counters.sequencerEntries;
  isBusy.write(false);
  sequencer->matrixDone();
}

} // namespace softdpu::model
