//===- ProgramWalk.h - The entries and beats of a program, in order, with their addresses -===//
//
// Follows loops and address registers as the sequencer does, to know what it executes, and which entries of the register files the i-th
// beat of a run reads and writes.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"

#include <array>
#include <cstdint>
#include <vector>

namespace softdpu::schedule {

/// One beat: row `row` of `tail`, whose addresses are resolved for row 0.
struct BeatPlace {
  const Tail *tail = nullptr;
  const Head *head = nullptr; ///< Of the chain.
  uint32_t row = 0;
  bool firstOfChain = false;
};

/// One step of the sequencer.
struct Executed {
  const Entry *entry = nullptr; ///< Null behind `halt`.
  uint32_t position = 0;        ///< Of the entry.
  bool skipped = false;         ///< It belongs to a loop without iterations.
  uint32_t base = 0;            ///< After it: the first entry that may still be executed (again).
};

class ProgramWalk {
public:
  /// \param program outlives this.
  ProgramWalk(const DecodedProgram &program, const std::array<uint32_t, scalarRegisters> &scalars) : program(program), scalars(scalars) {}

  /// Executes the next entry. Not to be mixed with next().
  Executed step();
  /// The tail of the last step, and the head of its chain, addresses resolved for row 0.
  const Tail &currentTail() const { return tail; }
  const Head &currentHead() const { return head; }

  /// \returns the next beat, or one without a tail after the last.
  BeatPlace next();

private:
  struct ActiveLoop {
    uint32_t start;
    uint32_t left;
  };
  struct AddressRegister {
    uint32_t value = 0, base = 0, stride = 0, length = 1;
  };

  void skip(const Entry &entry);
  void execute(const Entry &entry);
  void execute(const EndLoop &end);
  void resolve(const Tail &entry);
  void resolve(Address &address) const;
  void resolve(std::optional<Write> &write) const;

  const DecodedProgram &program;
  const std::array<uint32_t, scalarRegisters> scalars;
  uint32_t position = 0;
  bool halted = false;
  unsigned skipDepth = 0; ///< Loops entered while skipping; 0: not skipping.
  std::vector<ActiveLoop> loops;
  std::array<AddressRegister, addressRegisters> registers;
  Tail tail; ///< The current one, resolved.
  Head head;
  uint32_t row = 0;
  bool inTail = false;
};

} // namespace softdpu::schedule
