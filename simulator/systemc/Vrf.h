//===- Vrf.h - A vector register file ----------------------------------------------------===//
//
// One write and one read per cycle. A read whose address is presented in the cycle of a write gets the new data.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Channels.h"

#include <algorithm>

namespace softdpu::model {

class VrfReadIf : public virtual sc_core::sc_interface {
public:
  /// The vector whose address was presented in the cycle before this one. The pointer holds until the end of this cycle.
  virtual const Half *read(uint16_t address) = 0;
};

class VrfWriteIf : public virtual sc_core::sc_interface {
public:
  virtual void write(uint16_t address, const Half *vector) = 0;
};

class Vrf final : public Block, public VrfReadIf, public VrfWriteIf {
public:
  /// \param entries native vectors, all zero at first.
  Vrf(const sc_core::sc_module_name &name, Machine &machine, unsigned entries)
      : Block(name, machine), entries(entries), memory(size_t(entries) * machine.arch.nativeDim), written(machine.arch.nativeDim) {}

  const Half *read(uint16_t address) override {
    if (hasWritten && writeCycle != now())
      commit();
    return entry(address);
  }

  void write(uint16_t address, const Half *vector) override {
    if (hasWritten)
      commit();
    std::copy_n(vector, written.size(), written.begin());
    writeAddress = address;
    writeCycle = now();
    hasWritten = true;
  }

private:
  /// Addresses that a program may not use wrap around.
  Half *entry(uint16_t address) { return memory.data() + size_t(address % entries) * written.size(); }

  void commit() {
    std::ranges::copy(written, entry(writeAddress));
    hasWritten = false;
  }

  const unsigned entries;
  std::vector<Half> memory;

  // The last write: reads of the same cycle, whose addresses are one cycle old, must not see it.
  std::vector<Half> written;
  uint16_t writeAddress = 0;
  uint64_t writeCycle = 0;
  bool hasWritten = false;
};

} // namespace softdpu::model
