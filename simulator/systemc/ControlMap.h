//===- ControlMap.h - Registers behind the AXI4-Lite port --------------------------------===//
//
// Short names for the register map that isa/dpu.td defines: 32-bit registers at 20-bit byte addresses.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Instruction.h"

namespace softdpu::controlMap {

constexpr uint32_t control = isa::control::Ctrl; ///< Write bit 0: start.
constexpr uint32_t entryPoint = isa::control::Entry;
constexpr uint32_t netInCount = isa::control::NetInCount;
constexpr uint32_t scalars = isa::control::Scalar;            ///< 16 words.
constexpr uint32_t counters = isa::control::Counters;         ///< `counterCount` pairs of low and high word.
constexpr uint32_t instructions = isa::control::Instructions; ///< Pairs of low and high half; the write of the high half stores the word.

constexpr unsigned counterCount = isa::counterNames.size();

} // namespace softdpu::controlMap
