//===- Sequencer.h - Executes entries: loops, address registers, dispatch of chains ------===//

#pragma once

#include "ChainBuffer.h"
#include "Control.h"
#include "Decoder.h"
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
  sc_core::sc_port<QueueOut<HeadJob>> headQueue{"headQueue"};
  sc_core::sc_port<QueueOut<MvmJob>> mvmQueue{"mvmQueue"};
  sc_core::sc_port<QueueOut<TailJob>> tailQueue{"tailQueue"};
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
  struct AddressRegister {
    uint32_t value = 0, base = 0, stride = 0, length = 1;
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
  uint16_t resolve(const Address &address) const;
  Place resolve(const std::optional<Write> &write) const;
  TailJob resolve(const Tail &tail) const;

  uint32_t position = 0;
  Register<uint32_t> baseRegister;
  std::array<ActiveLoop, Timing::loopDepth> loops;
  unsigned activeLoops = 0;
  unsigned skipDepth = 0; ///< Loops entered while skipping; 0: not skipping.
  std::array<AddressRegister, addressRegisters> registers;
  uint8_t tailsDispatched = 0; ///< Modulo 256.
  int8_t scale = 0;            ///< Of the chain whose tails are being dispatched.
};

} // namespace softdpu::model
