//===- Programs.h - Small programs, built by hand ----------------------------------------===//

#pragma once

#include "functional/Interpreter.h"

#include <gtest/gtest.h>
#include <random>

namespace softdpu::test {

inline Arch testArch() {
  Arch arch;
  arch.name = "test";
  arch.nativeDim = 8;
  arch.lanes = 4;
  arch.tileEngines = 2;
  arch.mfus = 3;
  arch.mantissaBits = 7;
  arch.box = 8;
  arch.mrfTiles = 64;
  arch.initialVrf = arch.addSubVrf = arch.multiplyVrf = 16;
  arch.accumulators = 8;
  arch.maxColumns = 16;
  arch.chainBuffer = 128;
  arch.instructionMemory = 2048;
  arch.netInDepth = arch.netOutDepth = 4;
  arch.clockMhz = 250;
  return arch;
}

/// Numbers its entries so that messages can be recognised, and ends with a halt.
class Sequence {
public:
  template <typename T> Sequence &operator<<(T entry) {
    entry.pc = uint32_t(program.entries.size());
    program.entries.emplace_back(std::move(entry));
    return *this;
  }
  DecodedProgram done() {
    *this << Halt{};
    return program;
  }

private:
  DecodedProgram program;
};

inline Address at(uint16_t immediate) { return {immediate, std::nullopt}; }
inline Address at(uint8_t reg, uint16_t immediate) { return {immediate, reg}; }

/// `rows` vectors from `source` through an empty tail.
inline Tail pass(Source source, Address address, uint16_t rows = 1) {
  Tail tail;
  tail.rows = rows;
  tail.head = Head{source, address, rows, 1, 7, std::nullopt};
  return tail;
}
inline Tail fromNetIn(uint16_t rows = 1) { return pass(Source::NetIn, {}, rows); }
inline Tail fromInitial(uint16_t entry, uint16_t rows = 1) { return pass(Source::InitialVrf, at(entry), rows); }
inline Tail toNetOut(Tail tail) {
  tail.netOut = Write{};
  return tail;
}
inline Tail toInitial(Tail tail, Address address) {
  tail.initial = Write{false, address};
  return tail;
}

/// `count` vectors of the numbers first, first + 1, ...; element j of a vector adds j/64.
inline HalfBuffer vectors(const Arch &arch, unsigned count, float first = 1) {
  HalfBuffer result;
  for (unsigned i = 0; i < count; ++i)
    for (unsigned j = 0; j < arch.nativeDim; ++j)
      result.push_back(halfFromFloat(first + float(i) + float(j) / 64));
  return result;
}

/// The first element of each vector, as float.
inline std::vector<float> firstElements(const Arch &arch, const HalfBuffer &buffer) {
  std::vector<float> result;
  for (size_t i = 0; i < buffer.size(); i += arch.nativeDim)
    result.push_back(halfToFloat(buffer[i]));
  return result;
}

inline HalfBuffer randomVectors(const Arch &arch, unsigned count, uint32_t seed, unsigned lowExponent = 8, unsigned highExponent = 16) {
  std::mt19937 random(seed);
  HalfBuffer result(size_t(count) * arch.nativeDim);
  for (Half &value : result)
    if (random() % 8 != 0)
      value.bits = uint16_t((random() & 0x8000) | (lowExponent + random() % (highExponent - lowExponent + 1)) << 10 | (random() & 0x3FF));
  return result;
}

} // namespace softdpu::test
