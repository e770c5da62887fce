//===- Decoder.h - Instruction words to chain buffer entries, one word per cycle ---------===//
//
// decodeProgram has done the decoding; this block does it in time: word i in cycle 1 + i, unless the chain buffer is full.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "ChainBuffer.h"
#include "Control.h"

namespace softdpu::model {

/// Where the sequencer stands.
class SequencerBaseIf : public virtual sc_core::sc_interface {
public:
  /// The first entry that may still be executed again.
  virtual uint32_t base() const = 0;
};

class Decoder final : public Block {
public:
  Decoder(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_port<ControlIf> control{"control"};
  sc_core::sc_port<ChainBufferOut> chainBuffer{"chainBuffer"};
  sc_core::sc_port<SequencerBaseIf> sequencer{"sequencer"};

  /// The next run decodes `decoded`. Not while running.
  void setProgram(const DecodedProgram &decoded) { program = decoded; }
  void reset() override { words = entries = 0; }

private:
  void step();

  DecodedProgram program;
  uint32_t words = 0;   ///< Consumed so far.
  uint32_t entries = 0; ///< Written so far.
};

} // namespace softdpu::model
