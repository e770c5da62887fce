//===- Control.cpp - AXI4-Lite registers, start and halt ---------------------------------===//

#include "Control.h"

#include "ControlMap.h"

#include "softdpu/isa/Instruction.h"

namespace softdpu::model {

Control::Control(const sc_core::sc_module_name &name, Machine &machine)
    : Block(name, machine), isRunning(machine), instructionMemory(2 * size_t(machine.arch.instructionMemory)) {
  SC_HAS_PROCESS(Control);
  SC_METHOD(step);
  sensitive << clock.pos();
  dont_initialize();
}

void Control::reset() {
  isRunning.reset();
  done = false;
  addressHeld = dataHeld = answering = reading = false;
}

void Control::step() {
  if (isRunning.read()) {
    ++machine.counters.cycles;
    done = !isRunning.next();
  }
  stepWrite();
  stepRead();
}

void Control::stepWrite() {
  if (awValid.read() && awReady.read()) {
    heldAddress = awAddr.read();
    addressHeld = true;
  }
  if (wValid.read() && wReady.read()) {
    heldData = wData.read();
    dataHeld = true;
  }
  if (answering && bReady.read())
    answering = false;
  if (addressHeld && dataHeld && !answering) {
    write(heldAddress, heldData);
    addressHeld = dataHeld = false;
    answering = true;
  }
  awReady.write(!addressHeld);
  wReady.write(!dataHeld);
  bValid.write(answering);
}

void Control::stepRead() {
  if (reading && rReady.read())
    reading = false;
  if (!reading && arValid.read() && arReady.read()) {
    rData.write(read(arAddr.read()));
    reading = true;
  }
  arReady.write(!reading);
  rValid.write(reading);
}

void Control::write(uint32_t address, uint32_t data) {
  if (address == controlMap::control) {
    if ((data & 1) != 0 && !isRunning.read()) {
      machine.counters = {};
      machine.runStart = now() + 1;
      isRunning.write(true);
      done = false;
    }
  } else if (address == controlMap::entryPoint) {
    entryPoint = data;
  } else if (address >= controlMap::scalars && address < controlMap::scalars + 4 * scalarRegisters) {
    scalars[(address - controlMap::scalars) / 4] = data;
  } else if (address >= controlMap::instructions && (address - controlMap::instructions) / 4 < instructionMemory.size()) {
    instructionMemory[(address - controlMap::instructions) / 4] = data;
  }
}

uint32_t Control::read(uint32_t address) const {
  if (address == isa::control::Status)
    return uint32_t(isRunning.read()) | uint32_t(done) << 1;
  if (address == controlMap::entryPoint)
    return entryPoint;
  if (address == controlMap::netInCount)
    return netIn->fill();
  if (address == isa::control::Id)
    return isa::control::IdMagic;
  if (address == isa::control::IsaVersion)
    return uint32_t(isa::isaMajor) << 16 | isa::isaMinor;
  if (address == isa::control::Fingerprint)
    return uint32_t(fingerprint(machine.arch));
  if (address == isa::control::Fingerprint + 4)
    return uint32_t(fingerprint(machine.arch) >> 32);
  if (address >= controlMap::scalars && address < controlMap::scalars + 4 * scalarRegisters)
    return scalars[(address - controlMap::scalars) / 4];
  if (address >= controlMap::counters && address < controlMap::counters + 8 * controlMap::counterCount) {
    const uint32_t offset = address - controlMap::counters;
    return uint32_t(counter(offset / 8) >> (offset % 8 == 4 ? 32 : 0));
  }
  return 0;
}

static_assert(counterFields.size() == controlMap::counterCount);
uint64_t Control::counter(unsigned index) const { return machine.counters.*counterFields[index]; }

} // namespace softdpu::model
