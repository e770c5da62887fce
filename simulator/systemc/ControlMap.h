//===- ControlMap.h - Registers behind the AXI4-Lite port --------------------------------===//
//
// The table of docs/microarchitecture.md, "Host side": 32-bit registers at 20-bit byte addresses.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>

namespace softdpu::controlMap {

constexpr uint32_t control = 0x00000; ///< Write bit 0: start. Read bit 0: running.
constexpr uint32_t entryPoint = 0x00004;
constexpr uint32_t netInCount = 0x00008;
constexpr uint32_t scalars = 0x00040;      ///< 16 words.
constexpr uint32_t counters = 0x00100;     ///< `counterCount` pairs of low and high word.
constexpr uint32_t instructions = 0x20000; ///< Pairs of low and high half; the write of the high half stores the word.

constexpr unsigned counterCount = 17;

} // namespace softdpu::controlMap
