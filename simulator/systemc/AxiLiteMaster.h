//===- AxiLiteMaster.h - The host's side of the AXI4-Lite port ---------------------------===//
//
// Works through a list of register accesses: writes are pipelined, a read waits until all writes before it have been answered.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Dut.h"

#include <cstdint>
#include <span>
#include <systemc>
#include <vector>

namespace softdpu {

class AxiLiteMaster {
public:
  /// Connects the ports of `dut`.
  explicit AxiLiteMaster(Dut &dut);

  void write(uint32_t address, uint32_t data) { accesses.push_back({address, data, true}); }
  /// Reads `count` consecutive registers.
  void read(uint32_t address, unsigned count);

  /// All accesses have been made and answered.
  bool idle() const { return next == accesses.size() && openWrites == 0 && !readOpen; }
  /// What the reads since the last `clear` returned, in order.
  std::span<const uint32_t> results() const { return values; }
  /// Forgets finished and waiting accesses and their results.
  void clear();
  /// The device is being reset: whatever was open will not be answered.
  void reset();

  /// One clock edge. Call it from one SC_METHOD only.
  void step();

private:
  struct Access {
    uint32_t address, data;
    bool isWrite;
  };

  sc_core::sc_signal<bool> awValid, awReady, wValid, wReady, bValid, bReady, arValid, arReady, rValid, rReady;
  sc_core::sc_signal<uint32_t> awAddr, wData, arAddr, rData;

  std::vector<Access> accesses;
  size_t next = 0; ///< First access not yet offered.
  std::vector<uint32_t> values;
  bool awOpen = false, wOpen = false, arOpen = false, readOpen = false;
  bool driving = false;    ///< Some valid signal is 1.
  unsigned openWrites = 0; ///< Offered and not yet answered.
};

} // namespace softdpu
