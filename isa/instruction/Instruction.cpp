//===- Instruction.cpp - Look-up in the generated tables ---------------------------------===//

#include "softdpu/isa/Instruction.h"

#include <algorithm>

namespace softdpu::isa {
namespace {

constexpr unsigned mfuMemories = 3;
constexpr unsigned scalarCount = 16;

/// The Unit values that `operand` allows, for messages.
std::string placeValues(const OperandInfo &operand) {
  std::string result;
  for (const Choice &choice : operand.choices)
    result += fmt::format("{}{} ({}{})", result.empty() ? "" : ", ", choice.value, choice.asmName, choice.perMfu ? ", + MFU" : "");
  return result;
}

Expected<void> checkRegister(uint64_t word, const OperandInfo &operand, unsigned registers) {
  uint64_t reg = extract(word, fields::Reg);
  if (!extract(word, fields::UseReg) && reg != 0)
    return fail("'{}' names register {} but does not use it; the Reg field must be 0", operand.name, reg);
  if (reg >= registers)
    return fail("'{}' names register {}, allowed are 0..{}", operand.name, reg, registers - 1);
  return {};
}

Expected<void> checkPlace(uint64_t word, const OperandInfo &operand) {
  SelectedPlace place = selectPlace(operand, word);
  if (!place.choice)
    return fail("'{}' is memory {}, allowed are {}", operand.name, extract(word, operand.field), placeValues(operand));
  if (place.choice->addressed)
    return checkRegister(word, operand, 32);
  if (word & (fields::ImmA.mask() | fields::UseReg.mask() | fields::Reg.mask()))
    return fail("{} takes no address, its bits must be 0", place.choice->asmName);
  return {};
}

Expected<void> checkOperand(uint64_t word, const OperandInfo &operand) {
  switch (operand.kind) {
  case OperandKind::Place:
    return checkPlace(word, operand);
  case OperandKind::TripCount:
    return checkRegister(word, operand, scalarCount);
  case OperandKind::RegisterMask:
    return {};
  case OperandKind::Matrix:
  case OperandKind::Mfu:
  case OperandKind::Integer:
  case OperandKind::Name:
  case OperandKind::AddressRegister:
    break;
  }
  int64_t value = operand.isSigned ? extractSigned(word, operand.field) : int64_t(extract(word, operand.field));
  if (value < operand.min || value > operand.max)
    return fail("'{}' is {}, allowed are {}..{}", operand.name, value, operand.min, operand.max);
  return {};
}

} // namespace

SelectedPlace selectPlace(const OperandInfo &operand, uint64_t word) {
  unsigned value = unsigned(extract(word, operand.field));
  for (const Choice &choice : operand.choices)
    if (value >= choice.value && value < choice.value + (choice.perMfu ? mfuMemories : 1u))
      return {&choice, value - choice.value};
  return {};
}

Expected<const InstructionInfo *> checkWord(uint64_t word) {
  uint8_t opcode = uint8_t(extract(word, fields::Opcode));
  const InstructionInfo *info = findInstruction(opcode);
  if (!info)
    return fail("unknown opcode 0x{:02x}", opcode);
  if (uint64_t extra = word & ~info->usedBits)
    return fail("{}: bits 0x{:016x} are set, they are not used and must be 0", info->mnemonic, extra);
  for (const OperandInfo &operand : info->operands)
    if (auto ok = checkOperand(word, operand); !ok)
      return fail("{}: {}", info->mnemonic, ok.error().message);
  return info;
}

const InstructionInfo *findInstruction(uint8_t opcode) {
  auto all = allInstructions();
  auto it = std::lower_bound(all.begin(), all.end(), opcode,
                             [](const InstructionInfo &info, uint8_t value) { return uint8_t(info.opcode) < value; });
  return it != all.end() && uint8_t(it->opcode) == opcode ? &*it : nullptr;
}

const InstructionInfo *findInstruction(std::string_view mnemonic) {
  auto all = allInstructions();
  auto it = std::find_if(all.begin(), all.end(), [&](const InstructionInfo &info) { return info.mnemonic == mnemonic; });
  return it == all.end() ? nullptr : &*it;
}

} // namespace softdpu::isa
