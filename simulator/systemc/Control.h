//===- Control.h - AXI4-Lite registers, start and halt -----------------------------------===//

#pragma once

#include "Channels.h"

#include <array>

namespace softdpu::model {

/// What the sequencer asks of the control block.
class ControlIf : public virtual sc_core::sc_interface {
public:
  virtual bool running() const = 0;
  /// This is cycle 0 of the run.
  virtual bool firstCycle() const = 0;
  virtual uint32_t scalar(unsigned index) const = 0;
  /// `running` becomes 0 in the next cycle.
  virtual void halt() = 0;
};

/// How many vectors wait in a FIFO.
class FillIf : public virtual sc_core::sc_interface {
public:
  virtual unsigned fill() const = 0;
};

class Control final : public Block, public ControlIf {
public:
  Control(const sc_core::sc_module_name &name, Machine &machine);

  sc_core::sc_in<bool> awValid{"awValid"}, wValid{"wValid"}, bReady{"bReady"}, arValid{"arValid"}, rReady{"rReady"};
  sc_core::sc_out<bool> awReady{"awReady"}, wReady{"wReady"}, bValid{"bValid"}, arReady{"arReady"}, rValid{"rValid"};
  sc_core::sc_in<uint32_t> awAddr{"awAddr"}, wData{"wData"}, arAddr{"arAddr"};
  sc_core::sc_out<uint32_t> rData{"rData"};
  sc_core::sc_port<FillIf> netIn{"netIn"};

  bool running() const override { return isRunning.read(); }
  bool firstCycle() const override { return now() == machine.runStart; }
  uint32_t scalar(unsigned index) const override { return scalars[index]; }
  void halt() override { isRunning.write(false); }
  bool nextRunning() const { return isRunning.next(); }

  void reset() override;

private:
  void step();
  void stepWrite();
  void stepRead();
  void write(uint32_t address, uint32_t data);
  uint32_t read(uint32_t address) const;
  uint64_t counter(unsigned index) const;

  Register<bool> isRunning;
  bool done = false;
  uint32_t entryPoint = 0;
  std::array<uint32_t, scalarRegisters> scalars{};
  std::vector<uint32_t> instructionMemory; ///< Halves of words. Decoding is done by decodeProgram; what is written here is only kept.

  bool addressHeld = false, dataHeld = false, answering = false, reading = false;
  uint32_t heldAddress = 0, heldData = 0;
};

} // namespace softdpu::model
