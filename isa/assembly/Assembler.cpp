//===- Assembler.cpp - Text to instruction words -----------------------------------------===//
//
// One instruction per line: mnemonic, positional operands, then keywords in any order. `;` and `#` begin comments. What an instruction
// takes is read from the generated table; nothing here knows a mnemonic.
//
//===-------------------------------------------------------------------------------------===//

#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Instruction.h"

#include <algorithm>
#include <charconv>
#include <fmt/ranges.h>

namespace softdpu {
namespace {

using namespace isa;

constexpr bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/// Reads one line; knows where it stands.
class Line {
public:
  Line(std::string_view text, std::string_view origin, size_t number) : text_(text), origin_(origin), number_(number) {
    if (size_t comment = text_.find_first_of(";#"); comment != text_.npos)
      text_ = text_.substr(0, comment);
    skipSpaces();
  }

  bool atEnd() const { return position_ == text_.size(); }

  bool take(char c) {
    if (atEnd() || text_[position_] != c)
      return false;
    ++position_;
    skipSpaces();
    return true;
  }

  /// Letters, digits, '_' and '.'; empty if there are none.
  std::string_view takeWord() {
    size_t begin = position_;
    while (!atEnd() && isWordCharacter(text_[position_]))
      ++position_;
    std::string_view word = text_.substr(begin, position_ - begin);
    wordBegin_ = begin;
    skipSpaces();
    return word;
  }

  /// Goes back to the begin of the word that was taken last, so that a message points there.
  void untakeWord() { position_ = wordBegin_; }

  template <typename... Args> tl::unexpected<Error> error(fmt::format_string<Args...> format, Args &&...args) const {
    return fail("{}:{}:{}: {}", origin_, number_, position_ + 1, fmt::format(format, std::forward<Args>(args)...));
  }

  /// What stands here, for messages.
  std::string found() const {
    if (atEnd())
      return "the end of the line";
    size_t end = position_ + 1;
    while (end < text_.size() && isWordCharacter(text_[position_]) && isWordCharacter(text_[end]))
      ++end;
    return fmt::format("'{}'", text_.substr(position_, end - position_));
  }

private:
  void skipSpaces() {
    while (!atEnd() && (text_[position_] == ' ' || text_[position_] == '\t' || text_[position_] == '\r'))
      ++position_;
  }

  std::string_view text_, origin_;
  size_t number_, position_ = 0, wordBegin_ = 0;
};

template <typename T> bool parseDigits(std::string_view digits, T &value, int base = 10) {
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return error == std::errc() && end == digits.data() + digits.size();
}

/// Decimal, or hexadecimal after 0x.
template <typename T> bool parseNumber(std::string_view digits, T &value) {
  return digits.starts_with("0x") ? parseDigits(digits.substr(2), value, 16) : parseDigits(digits, value);
}

/// A decimal or 0x number with an optional sign, in [min, max].
Expected<int64_t> parseInteger(Line &line, std::string_view what, int64_t min, int64_t max) {
  bool negative = line.take('-');
  if (!negative)
    line.take('+');
  std::string_view digits = line.takeWord();
  uint32_t magnitude = 0;
  if (!parseNumber(digits, magnitude)) {
    line.untakeWord();
    return line.error("{} must be a number in {}..{}, found {}", what, min, max, line.found());
  }
  int64_t value = negative ? -int64_t(magnitude) : int64_t(magnitude);
  if (value < min || value > max) {
    line.untakeWord();
    return line.error("{} is {}, allowed are {}..{}", what, value, min, max);
  }
  return value;
}

/// `a3`, `s0`: the prefix and a number below `count`. Nothing is taken if the word is something else.
std::optional<uint8_t> takeRegister(Line &line, char prefix, unsigned count) {
  std::string_view word = line.takeWord();
  uint32_t index = 0;
  if (word.starts_with(prefix) && parseDigits(word.substr(1), index) && index < count)
    return uint8_t(index);
  line.untakeWord();
  return std::nullopt;
}

/// `5`, `s0`, `s0+1`, `s0-1`; likewise with address registers.
Expected<uint64_t> parseRegisterPlus(Line &line, std::string_view what, char prefix, unsigned count, int64_t min, int64_t max) {
  RegisterPlus value;
  value.reg = takeRegister(line, prefix, count);
  if (!value.reg) {
    auto number = parseInteger(line, what, min, max);
    if (!number)
      return tl::unexpected(number.error());
    value.immediate = int(*number);
    return insertRegisterPlus(value);
  }
  bool plus = line.take('+');
  if (plus || line.take('-')) {
    auto number = parseInteger(line, "the offset", 0, plus ? max : 32768);
    if (!number)
      return tl::unexpected(number.error());
    value.immediate = int(plus ? *number : -*number);
  }
  return insertRegisterPlus(value);
}

std::string placeNames(const OperandInfo &operand) {
  std::vector<std::string> names;
  for (const Choice &choice : operand.choices)
    names.push_back(fmt::format("{}{}{}", choice.asmName, choice.perMfu ? "0..2" : "", choice.addressed ? "[address]" : ""));
  return fmt::format("{}", fmt::join(names, ", "));
}

Expected<uint64_t> parsePlace(Line &line, const OperandInfo &operand) {
  std::string_view word = line.takeWord();
  const Choice *choice = nullptr;
  uint32_t mfu = 0;
  for (const Choice &candidate : operand.choices)
    if (candidate.perMfu ? word.starts_with(candidate.asmName) && parseDigits(word.substr(candidate.asmName.size()), mfu) && mfu < maxMfus
                         : word == candidate.asmName) {
      choice = &candidate;
      break;
    }
  if (!choice) {
    line.untakeWord();
    return line.error("'{}' must be one of {}; found {}", operand.name, placeNames(operand), line.found());
  }
  uint64_t bits = insert(operand.field, choice->value + (choice->perMfu ? mfu : 0));
  if (!choice->addressed)
    return bits;
  if (!line.take('['))
    return line.error("expected '[address]' after {}, found {}", word, line.found());
  auto address = parseRegisterPlus(line, "the address", 'a', addressRegisters, 0, 65535);
  if (!address)
    return address;
  if (!line.take(']'))
    return line.error("expected ']', found {}", line.found());
  return bits | *address;
}

Expected<uint64_t> parseMatrix(Line &line, const OperandInfo &operand) {
  if (line.takeWord() != "mrf" || !line.take('[')) {
    line.untakeWord();
    return line.error("'{}' must be mrf[slot], found {}", operand.name, line.found());
  }
  auto slot = parseInteger(line, "the slot", operand.min, operand.max);
  if (!slot)
    return tl::unexpected(slot.error());
  if (!line.take(']'))
    return line.error("expected ']', found {}", line.found());
  return insert(operand.field, uint64_t(*slot));
}

Expected<uint64_t> parseMfu(Line &line, const OperandInfo &operand) {
  std::string_view word = line.takeWord();
  uint32_t mfu = 0;
  if (word.starts_with("mfu") && parseDigits(word.substr(3), mfu) && mfu <= operand.max)
    return insert(operand.field, mfu);
  line.untakeWord();
  return line.error("'{}' must be mfu0..mfu{}, found {}", operand.name, operand.max, line.found());
}

Expected<uint64_t> parseName(Line &line, const OperandInfo &operand) {
  std::string_view word = line.takeWord();
  auto it = std::find(operand.names.begin(), operand.names.end(), word);
  if (it != operand.names.end())
    return insert(operand.field, uint64_t(it - operand.names.begin()));
  line.untakeWord();
  return line.error("'{}' must be one of {}; found {}", operand.name, fmt::join(operand.names, ", "), line.found());
}

Expected<uint64_t> parseMask(Line &line) {
  uint64_t mask = 0;
  if (line.atEnd())
    return mask;
  do {
    auto reg = takeRegister(line, 'a', addressRegisters);
    if (!reg)
      return line.error("expected an address register a0..a{}, found {}", addressRegisters - 1, line.found());
    mask |= uint64_t(1) << *reg;
  } while (line.take(','));
  return insert(fields::Mask, mask);
}

Expected<uint64_t> parseOperand(Line &line, const OperandInfo &operand) {
  switch (operand.kind) {
  case OperandKind::Place:
    return parsePlace(line, operand);
  case OperandKind::Matrix:
    return parseMatrix(line, operand);
  case OperandKind::Mfu:
    return parseMfu(line, operand);
  case OperandKind::Name:
    return parseName(line, operand);
  case OperandKind::TripCount:
    return parseRegisterPlus(line, "the count", 's', scalarRegisters, operand.min, operand.max);
  case OperandKind::RegisterMask:
    return parseMask(line);
  case OperandKind::AddressRegister:
    if (auto reg = takeRegister(line, 'a', addressRegisters))
      return insert(operand.field, *reg);
    return line.error("'{}' must be an address register a0..a{}, found {}", operand.name, addressRegisters - 1, line.found());
  case OperandKind::Integer:
    break;
  }
  auto value = parseInteger(line, fmt::format("'{}'", operand.name), operand.min, operand.max);
  if (!value)
    return tl::unexpected(value.error());
  return insert(operand.field, uint64_t(*value));
}

/// The keyword operands of a line, in any order.
Expected<uint64_t> parseKeywords(Line &line, const InstructionInfo &info, bool afterOperand) {
  std::vector<const OperandInfo *> open;
  for (const OperandInfo &operand : info.operands)
    if (operand.keyword)
      open.push_back(&operand);
  uint64_t bits = 0;
  while (!open.empty() && !line.atEnd()) {
    if (afterOperand && !line.take(','))
      return line.error("expected ',', found {}", line.found());
    afterOperand = true;
    std::string_view word = line.takeWord();
    auto it = std::find_if(open.begin(), open.end(), [&](const OperandInfo *operand) { return operand->name == word; });
    if (it == open.end()) {
      line.untakeWord();
      std::vector<std::string_view> names;
      for (const OperandInfo *operand : open)
        names.push_back(operand->name);
      return line.error("{} takes {} here, found {}", info.mnemonic, fmt::join(names, ", "), line.found());
    }
    if (!line.take('='))
      return line.error("expected '=', found {}", line.found());
    auto value = parseOperand(line, **it);
    if (!value)
      return value;
    bits |= *value;
    open.erase(it);
  }
  for (const OperandInfo *operand : open)
    bits |= insert(operand->field, uint64_t(operand->defaultValue));
  return bits;
}

Expected<uint64_t> parseRawWord(Line &line) {
  std::string_view digits = line.takeWord();
  uint64_t word = 0;
  if (parseNumber(digits, word))
    return word;
  line.untakeWord();
  return line.error(".word takes a 64-bit number, found {}", line.found());
}

Expected<uint64_t> parseInstruction(Line &line) {
  std::string_view mnemonic = line.takeWord();
  if (mnemonic == ".word")
    return parseRawWord(line);
  const InstructionInfo *info = findInstruction(mnemonic);
  if (!info) {
    line.untakeWord();
    return line.error("expected an instruction, found {}", line.found());
  }
  uint64_t word = insert(fields::Opcode, uint64_t(info->opcode));
  bool first = true;
  for (const OperandInfo &operand : info->operands) {
    if (operand.keyword)
      continue;
    if (!first && !line.take(','))
      return line.error("expected ',', found {}", line.found());
    first = false;
    auto bits = parseOperand(line, operand);
    if (!bits)
      return bits;
    word |= *bits;
  }
  auto keywords = parseKeywords(line, *info, !first);
  if (!keywords)
    return keywords;
  return word | *keywords;
}

} // namespace

Expected<std::vector<uint64_t>> assemble(std::string_view text, std::string_view origin) {
  std::vector<uint64_t> words;
  for (size_t number = 1, begin = 0; begin < text.size(); ++number) {
    size_t end = std::min(text.find('\n', begin), text.size());
    Line line(text.substr(begin, end - begin), origin, number);
    begin = end + 1;
    if (line.atEnd())
      continue;
    auto word = parseInstruction(line);
    if (!word)
      return tl::unexpected(word.error());
    if (!line.atEnd())
      return line.error("expected the end of the line, found {}", line.found());
    words.push_back(*word);
  }
  return words;
}

} // namespace softdpu
