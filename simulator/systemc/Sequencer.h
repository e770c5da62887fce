//===- Sequencer.h - Executes entries: loops, address registers, chains ------------------===//

#pragma once

#include "ChainBuffer.h"
#include "Control.h"
#include "Decoder.h"
#include "Dispatch.h"
#include "MatrixLoader.h"
#include "Messages.h"
#include "Scoreboard.h"

#include <array>

namespace softdpu::model {

class Sequencer final : public Block, public SequencerBaseIf, public MatrixDoneIf {
public:
  Sequencer(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<ControlIf> control{"control"};
  sc_core::sc_port<ChainBufferIn> chainBuffer{"chainBuffer"};
  sc_core::sc_port<DispatchIf> dispatch{"dispatch"};
  sc_core::sc_port<MatrixLoaderIf> matrixLoader{"matrixLoader"};
  sc_core::sc_port<ScoreboardIf> scoreboard{"scoreboard"};

  uint32_t base() const override { return baseRegister.read(); }
  void matrixDone() override { moveTo(position + 1); }

  void reset() override;

private:
  struct ActiveLoop {
    uint32_t start = 0;
    uint32_t left = 0; ///< Iterations including the current one.
  };
  struct Ring {
    uint32_t base = 0, stride = 0, length = 1;
  };

  void step();
  void skip(const Entry &entry);
  void execute(const Tail &tail);
  void execute(const MatrixLoad &load);
  void execute(const Loop &loop);
  void execute(const EndLoop &end);
  void execute(const AddressWrite &write);
  void execute(const Halt &halt);
  /// Counts an executed entry and goes on to `next`.
  void finish(uint32_t next);
  void moveTo(uint32_t next);
  bool idle() const;

  uint32_t position = 0;
  Register<uint32_t> baseRegister;
  std::array<ActiveLoop, Timing::loopDepth> loops;
  unsigned activeLoops = 0;
  unsigned skipDepth = 0;                   ///< Loops entered while skipping; 0: not skipping.
  AddressValues values{};                   ///< Of the address registers.
  std::array<Ring, addressRegisters> rings; ///< In which they move.
};

} // namespace softdpu::model
