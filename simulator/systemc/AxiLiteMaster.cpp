//===- AxiLiteMaster.cpp - The host's side of the AXI4-Lite port -------------------------===//

#include "AxiLiteMaster.h"

namespace softdpu {

AxiLiteMaster::AxiLiteMaster(Dut &dut)
    : awValid("awValid"), awReady("awReady"), wValid("wValid"), wReady("wReady"), bValid("bValid"), bReady("bReady", true),
      arValid("arValid"), arReady("arReady"), rValid("rValid"), rReady("rReady", true), awAddr("awAddr"), wData("wData"), arAddr("arAddr"),
      rData("rData") {
  dut.awValid(awValid);
  dut.awReady(awReady);
  dut.awAddr(awAddr);
  dut.wValid(wValid);
  dut.wReady(wReady);
  dut.wData(wData);
  dut.bValid(bValid);
  dut.bReady(bReady);
  dut.arValid(arValid);
  dut.arReady(arReady);
  dut.arAddr(arAddr);
  dut.rValid(rValid);
  dut.rReady(rReady);
  dut.rData(rData);
}

void AxiLiteMaster::read(uint32_t address, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    accesses.push_back({address + 4 * i, 0, false});
}

void AxiLiteMaster::clear() {
  accesses.clear();
  values.clear();
  next = 0;
}

void AxiLiteMaster::reset() {
  clear();
  awOpen = wOpen = arOpen = readOpen = false;
  openWrites = 0;
}

void AxiLiteMaster::step() {
  if (idle() && !driving)
    return;

  // Transfers of the cycle that ends.
  awOpen = awOpen && !awReady.read();
  wOpen = wOpen && !wReady.read();
  arOpen = arOpen && !arReady.read();
  if (openWrites > 0 && bValid.read())
    --openWrites;
  if (readOpen && rValid.read()) {
    values.push_back(rData.read());
    readOpen = false;
  }

  // What to offer in the next cycle.
  if (next < accesses.size() && !awOpen && !wOpen && !readOpen) {
    const Access &access = accesses[next];
    if (access.isWrite) {
      awAddr.write(access.address);
      wData.write(access.data);
      awOpen = wOpen = true;
      ++openWrites;
      ++next;
    } else if (openWrites == 0) {
      arAddr.write(access.address);
      arOpen = readOpen = true;
      ++next;
    }
  }
  awValid.write(awOpen);
  wValid.write(wOpen);
  arValid.write(arOpen);
  driving = awOpen || wOpen || arOpen;
}

} // namespace softdpu
