//===- LastWriters.h - Which beat writes what a later beat reads -------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"

#include <array>
#include <vector>

namespace softdpu::schedule {

/// No beat of this run.
constexpr uint32_t nobody = ~uint32_t(0);

/// An operand of a beat that another beat of the run writes.
struct OperandWriter {
  uint32_t beat = nobody;
  uint8_t mfu = 0;
  bool isAdd = false;
};

/// What one beat waits for.
struct OperandWriters {
  std::array<OperandWriter, 2 * maxMfus> operands;
  unsigned count = 0;
};

/// For every entry of every register file the last beat, in program order, that writes it.
class LastWriters {
public:
  explicit LastWriters(const Arch &arch);

  /// \returns nobody for an entry that no beat has written.
  uint32_t ofSource(uint16_t address) const { return at(initial, address); }
  OperandWriters ofOperands(const Tail &tail, uint32_t row) const;
  /// The writes of row `row` of `tail` are those of beat `beat`.
  void write(const Tail &tail, uint32_t row, uint32_t beat);

private:
  using Entries = std::vector<uint32_t>;
  static uint32_t at(const Entries &entries, uint16_t address) { return address < entries.size() ? entries[address] : nobody; }
  static void set(Entries &entries, const std::optional<Write> &write, uint32_t row, uint32_t beat);

  Entries initial;
  std::array<Entries, maxMfus> addSub, multiply;
};

} // namespace softdpu::schedule
