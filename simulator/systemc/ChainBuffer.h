//===- ChainBuffer.h - Decoded entries between decoder and sequencer ---------------------===//
//
// A ring of chain_buffer entries; loops run out of it.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"

namespace softdpu::model {

/// The decoder's side.
class ChainBufferOut : public virtual sc_core::sc_interface {
public:
  /// Entries written so far.
  virtual uint32_t written() const = 0;
  /// The entry can be executed in the next cycle; it must outlive the run.
  virtual void append(const Entry &entry) = 0;
};

/// The sequencer's side.
class ChainBufferIn : public virtual sc_core::sc_interface {
public:
  virtual bool available(uint32_t index) const = 0;
  /// \param index available, and not more than chain_buffer entries old.
  virtual const Entry &entry(uint32_t index) const = 0;
};

class ChainBuffer final : public Block, public ChainBufferOut, public ChainBufferIn {
public:
  ChainBuffer(const sc_core::sc_module_name &name, Machine &machine)
      : Block(name, machine), slots(machine.arch.chainBuffer, nullptr), count(machine) {}

  uint32_t written() const override { return count.read(); }
  void append(const Entry &entry) override {
    slots[count.next() % slots.size()] = &entry;
    count.write(count.next() + 1);
  }
  bool available(uint32_t index) const override { return index < count.read(); }
  const Entry &entry(uint32_t index) const override { return *slots[index % slots.size()]; }

  void reset() override { count.reset(); }

private:
  std::vector<const Entry *> slots;
  Register<uint32_t> count;
};

} // namespace softdpu::model
