//===- SystemCEngine.cpp - The cycle-accurate engine -------------------------------------===//

#include "BenchEngine.h"
#include "SystemCDut.h"

namespace softdpu {

std::unique_ptr<Engine> createSystemCEngine(const Arch &arch) {
  return makeBenchEngine("systemc", arch, [](const sc_core::sc_module_name &name, const Arch &deviceArch) -> std::unique_ptr<Dut> {
    return std::make_unique<SystemCDut>(name, deviceArch);
  });
}

} // namespace softdpu
