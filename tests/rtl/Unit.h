//===- Unit.h - Driving one Verilated module ---------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"
#include "softdpu/numerics/Half.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>
#include <verilated.h>

namespace softdpu::rtltest {

__extension__ typedef unsigned __int128 UInt128;

/// A Verilated module with a clock.
template <typename Model> class Unit {
public:
  Model *operator->() { return &model; }

  /// One clock cycle: inputs were set, outputs are those of the next cycle.
  void tick() {
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
  }

private:
  VerilatedContext context;
  Model model{&context};
};

/// A flat vector, as the packed ports of the RTL are; field 0 in the low bits.
class Bits {
public:
  void append(uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i)
      bits.push_back(value >> i & 1);
  }
  void append(const Bits &other) { bits.insert(bits.end(), other.bits.begin(), other.bits.end()); }

  /// Two's complement, at most 128 bits. \returns the sign-extended field.
  Int128 signedField(size_t lsb, unsigned width) const {
    UInt128 value = bits[lsb + width - 1] ? ~static_cast<UInt128>(0) : 0;
    for (unsigned i = width; i-- > 0;)
      value = value << 1 | bits[lsb + i];
    return static_cast<Int128>(value);
  }
  uint64_t field(size_t lsb, unsigned width) const {
    uint64_t value = 0;
    for (unsigned i = width; i-- > 0;)
      value = value << 1 | bits[lsb + i];
    return value;
  }

  template <typename Port> void drive(Port &port) const {
    for (size_t word = 0; 32 * word < bits.size(); ++word) {
      uint32_t value = 0;
      for (size_t i = 0; i < 32 && 32 * word + i < bits.size(); ++i)
        value |= uint32_t(bits[32 * word + i]) << i;
      if constexpr (!std::is_integral_v<Port>)
        port[word] = value;
      else if (word == 0)
        port = Port(value);
      else
        port = Port(uint64_t(port) | uint64_t(value) << 32);
    }
  }

  template <typename Port> static Bits read(const Port &port, size_t width) {
    Bits result;
    for (size_t at = 0; at < width; at += 32) {
      const unsigned count = unsigned(std::min<size_t>(32, width - at));
      if constexpr (std::is_integral_v<Port>)
        result.append(uint64_t(port) >> at, count);
      else
        result.append(port[at / 32], count);
    }
    return result;
  }

private:
  std::vector<bool> bits;
};

/// \returns a built-in architecture; the test cannot go on without it.
inline Arch archNamed(std::string_view name) {
  auto arch = loadArch(name);
  if (!arch)
    throw std::runtime_error(arch.error().message);
  return *arch;
}

} // namespace softdpu::rtltest
