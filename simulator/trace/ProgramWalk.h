//===- ProgramWalk.h - The beats of a program, in order, with their addresses ------------===//
//
// Follows loops and address registers as the sequencer does, to know which entries the i-th beat of a run read and wrote.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"

#include <array>
#include <cstdint>
#include <vector>

namespace softdpu::trace {

/// One beat: row `row` of `tail`, whose addresses are resolved for row 0.
struct BeatPlace {
  const Tail *tail = nullptr;
  const Head *head = nullptr; ///< Of the chain.
  uint32_t row = 0;
  bool firstOfChain = false;
};

class ProgramWalk {
public:
  /// \param program outlives this.
  ProgramWalk(const DecodedProgram &program, const std::array<uint32_t, scalarRegisters> &scalars) : program(program), scalars(scalars) {}

  /// \returns the next beat, or one without a tail after the last.
  BeatPlace next();

private:
  struct ActiveLoop {
    size_t start;
    uint32_t left;
  };
  struct AddressRegister {
    uint32_t value = 0, base = 0, stride = 0, length = 1;
  };

  void step();
  void skipLoop();
  void resolve(const Tail &entry);
  void resolve(Address &address) const;
  void resolve(std::optional<Write> &write) const;

  const DecodedProgram &program;
  const std::array<uint32_t, scalarRegisters> scalars;
  size_t position = 0;
  std::vector<ActiveLoop> loops;
  std::array<AddressRegister, addressRegisters> registers;
  Tail tail; ///< The current one, resolved.
  Head head;
  uint32_t row = 0;
  bool inTail = false;
};

} // namespace softdpu::trace
