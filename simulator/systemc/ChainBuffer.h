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
  /// The entry can be executed entryLatency cycles from now; it must outlive the run.
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
      : Block(name, machine), slots(machine.arch.chainBuffer), count(machine) {}

  uint32_t written() const override { return count.read(); }
  void append(const Entry &entry) override {
    slots[count.next() % slots.size()] = {&entry, now() + Timing::entryLatency};
    count.write(count.next() + 1);
  }
  bool available(uint32_t index) const override { return index < count.next() && slots[index % slots.size()].due <= now(); }
  const Entry &entry(uint32_t index) const override { return *slots[index % slots.size()].entry; }

  void reset() override { count.reset(); }

private:
  struct Slot {
    const Entry *entry = nullptr;
    uint64_t due = 0; ///< The first cycle in which it can be executed.
  };

  std::vector<Slot> slots;
  Register<uint32_t> count;
};

} // namespace softdpu::model
