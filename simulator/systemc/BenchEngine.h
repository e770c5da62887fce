//===- BenchEngine.h - An engine made of a device and the SystemC bench ------------------===//

#pragma once

#include "Dut.h"

#include <memory>
#include <string>

namespace softdpu {

/// \returns an engine that runs the device built by `factory` in a kernel and bench of its own. \param name "systemc" or "rtl".
std::unique_ptr<Engine> makeBenchEngine(std::string name, const Arch &arch, const DutFactory &factory);

} // namespace softdpu
