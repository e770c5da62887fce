//===- Disassembler.cpp - Instruction words to text --------------------------------------===//

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Instruction.h"

#include <iterator>

namespace softdpu {
namespace {

using namespace isa;

constexpr unsigned commentColumn = 56;

std::string withOffset(std::string_view base, int64_t offset) {
  return offset == 0 ? std::string(base) : fmt::format("{}{:+}", base, offset);
}

std::string addressText(uint64_t word) {
  if (!extract(word, fields::UseReg))
    return fmt::format("{}", extract(word, fields::ImmA));
  return withOffset(fmt::format("a{}", extract(word, fields::Reg)), extractSigned(word, fields::ImmA));
}

std::string placeText(uint64_t word, const OperandInfo &operand) {
  SelectedPlace place = selectPlace(operand, word);
  std::string result(place.choice->asmName);
  if (place.choice->perMfu)
    result += std::to_string(place.mfu);
  return place.choice->addressed ? fmt::format("{}[{}]", result, addressText(word)) : result;
}

std::string maskText(uint32_t mask) {
  std::string result;
  for (unsigned reg = 0; reg < addressRegisters; ++reg)
    if (mask >> reg & 1)
      result += fmt::format("{}a{}", result.empty() ? "" : ", ", reg);
  return result;
}

/// The operand as assembly takes it; empty if it need not be written.
std::string operandText(uint64_t word, const OperandInfo &operand) {
  int64_t value = operand.isSigned ? extractSigned(word, operand.field) : int64_t(extract(word, operand.field));
  switch (operand.kind) {
  case OperandKind::Place:
    return placeText(word, operand);
  case OperandKind::Matrix:
    return fmt::format("mrf[{}]", value);
  case OperandKind::Mfu:
    return fmt::format("mfu{}", value);
  case OperandKind::TripCount:
    return extract(word, fields::UseReg) ? withOffset(fmt::format("s{}", extract(word, fields::Reg)), value) : std::to_string(value);
  case OperandKind::AddressRegister:
    return fmt::format("a{}", value);
  case OperandKind::RegisterMask:
    return maskText(uint32_t(value));
  case OperandKind::Integer:
  case OperandKind::Name:
    break;
  }
  std::string text = operand.kind == OperandKind::Name ? std::string(operand.names[size_t(value)]) : std::to_string(value);
  if (!operand.keyword)
    return text;
  return value == operand.defaultValue ? std::string() : fmt::format("{}={}", operand.name, text);
}

std::string instructionText(uint64_t word, const InstructionInfo &info) {
  std::string result(info.mnemonic);
  bool first = true;
  for (const OperandInfo &operand : info.operands) {
    std::string text = operandText(word, operand);
    if (text.empty())
      continue;
    result += (first ? " " : ", ") + text;
    first = false;
  }
  return result;
}

/// How deep a line stands: loops and chains open, their ends close.
class Indentation {
public:
  unsigned lineFor(ChainRole role, Opcode opcode) {
    bool closes = role == ChainRole::EndChain || opcode == Opcode::EndLoop;
    if (closes && depth_ > 0)
      --depth_;
    unsigned result = role == ChainRole::NextTail && depth_ > 0 ? depth_ - 1 : depth_;
    if (role == ChainRole::Head || role == ChainRole::MatrixHead || opcode == Opcode::Loop)
      ++depth_;
    return 2 * std::min(result, maxDepth);
  }

private:
  static constexpr unsigned maxDepth = 8;
  unsigned depth_ = 0;
};

} // namespace

std::string disassemble(std::span<const uint64_t> words) {
  std::string result;
  auto out = std::back_inserter(result);
  Indentation indentation;
  for (size_t index = 0; index < words.size(); ++index) {
    auto info = checkWord(words[index]);
    std::string line;
    if (info)
      line = std::string(indentation.lineFor((*info)->role, (*info)->opcode), ' ') + instructionText(words[index], **info);
    else
      line = fmt::format(".word 0x{:016x}", words[index]);
    fmt::format_to(out, "{:<{}} ; {}\n", line, commentColumn, index);
  }
  return result;
}

} // namespace softdpu
