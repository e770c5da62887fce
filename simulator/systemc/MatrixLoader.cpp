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
  if (tile == tiles.size() && now() == doneAt) {
    ++machine.counters.sequencerEntries;
    isBusy.write(false);
    sequencer->matrixDone();
    return;
  }
  ++machine.counters.sequencerStallIdle;
  if (tile < tiles.size() && weightValid.read())
    take();
}

void MatrixLoader::take() {
  const TilePlace &place = tiles[tile];
  if (!machine.timingOnly)
    engines[int(place.engine)]->writeBeat(matrix + place.slot, row, chunk, std::span(weightData.read(), beatBytes));
  if (++chunk < machine.arch.chunksPerTile())
    return;
  chunk = 0;
  if (++row < machine.arch.nativeDim)
    return;
  row = 0;
  if (++tile == tiles.size())
    doneAt = now() + Timing::matrixDoneLatency;
}

} // namespace softdpu::model
