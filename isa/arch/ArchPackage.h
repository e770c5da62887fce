//===- ArchPackage.h - The SystemVerilog package of an architecture ----------------------===//

#pragma once

#include "softdpu/isa/Arch.h"

namespace softdpu {

/// The text of `package dpu_arch_pkg`: parameters, pipeline depths, derived widths and the fingerprint, all as localparams that Verilator
/// 5.006 and Yosys 0.23 both read. \param arch a validated architecture.
std::string archPackage(const Arch &arch);

} // namespace softdpu
