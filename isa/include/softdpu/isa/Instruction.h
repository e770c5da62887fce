//===- Instruction.h - Tables and encoders generated from isa/dpu.td ---------------------===//
//
// What assembler, disassembler, decoder and the random program generator know about instructions. The enumerations, tables and encoders
// come from softdpu-tblgen; this file says what their entries mean.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace softdpu::isa {

/// Bits [lsb + width - 1 : lsb] of an instruction word.
struct Field {
  unsigned lsb, width;
  constexpr uint64_t mask() const { return (~uint64_t(0) >> (64 - width)) << lsb; }
};

constexpr uint64_t extract(uint64_t word, Field field) { return (word & field.mask()) >> field.lsb; }
constexpr int64_t extractSigned(uint64_t word, Field field) {
  return int64_t(word << (64 - field.lsb - field.width)) >> (64 - field.width);
}
/// The low bits of `value` at the place of `field`.
constexpr uint64_t insert(Field field, uint64_t value) { return (value << field.lsb) & field.mask(); }

#include "softdpu/isa/IsaEnums.inc"

/// An immediate plus a register, if one is named: addresses and trip counts.
struct RegisterPlus {
  int immediate = 0;
  std::optional<uint8_t> reg;
};
constexpr uint64_t insertRegisterPlus(const RegisterPlus &value) {
  return insert(fields::ImmA, uint64_t(value.immediate)) | (value.reg ? insert(fields::UseReg, 1) | insert(fields::Reg, *value.reg) : 0);
}

/// How an operand is encoded and written.
enum class OperandKind : uint8_t {
  Place,           ///< A vector memory, with an address if it has one: Unit, ImmA, UseReg, Reg.
  Matrix,          ///< An MRF slot.
  Mfu,             ///< An MFU index.
  Integer,         ///< A number.
  Name,            ///< One of `names`.
  TripCount,       ///< A signed number, plus a scalar register if one is named: ImmA, UseReg, Reg.
  AddressRegister, ///< The index of one.
  RegisterMask     ///< A set of address registers.
};

/// Value `value` of the Unit field (plus k for the memory of MFU k) selects `memory`.
struct Choice {
  Memory memory;
  uint8_t value;
  std::string_view asmName;
  bool addressed; ///< Otherwise all address bits are zero.
  bool perMfu;
};

struct OperandInfo {
  std::string_view name;
  OperandKind kind;
  Field field;
  int64_t min, max;
  bool isSigned = false;
  bool keyword = false; ///< Written name=value; may be left out.
  int64_t defaultValue = 0;
  std::span<const Choice> choices = {};
  std::span<const std::string_view> names = {};
};

struct InstructionInfo {
  Opcode opcode;
  std::string_view mnemonic, summary;
  Unit unit;
  ChainRole role;
  TimingClass timing;
  uint8_t mfuOp;     ///< Value of AddOp or ActivationOp; 0 for other instructions.
  uint64_t usedBits; ///< All others must be zero.
  std::span<const OperandInfo> operands = {};
};

#include "softdpu/isa/IsaTables.inc"

/// All instructions by ascending opcode.
constexpr std::span<const InstructionInfo> allInstructions() { return tables::instructions; }
/// \returns null for an opcode that does not exist.
const InstructionInfo *findInstruction(uint8_t opcode);
/// \returns null for an unknown mnemonic.
const InstructionInfo *findInstruction(std::string_view mnemonic);

/// What the Unit field of a Place says: one of the operand's choices, and which MFU's memory.
struct SelectedPlace {
  const Choice *choice = nullptr; ///< Null: the value selects nothing.
  unsigned mfu = 0;
};
SelectedPlace selectPlace(const OperandInfo &operand, uint64_t word);

/// Checks a word by itself: known opcode, operands in range, unused bits zero.
/// \returns its instruction, or an error that begins with the mnemonic.
Expected<const InstructionInfo *> checkWord(uint64_t word);

/// Whether an instruction with role `next` may stand right after one with role `role`. Before the first instruction `role` is Control.
constexpr bool mayFollow(ChainRole role, ChainRole next) { return tables::followers[unsigned(role)] >> unsigned(next) & 1; }

} // namespace softdpu::isa
