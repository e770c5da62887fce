//===- CppEmitter.cpp - Enumerations, tables and encoders of isa/Instruction.h -----------===//

#include "IsaModel.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace softdpu::tblgen {
namespace {

const char banner[] = "// Generated from isa/dpu.td by softdpu-tblgen. Do not edit.\n\n";

std::string quoted(StringRef text) {
  std::string result = "\"";
  raw_string_ostream os(result);
  os.write_escaped(text);
  return os.str() + "\"";
}

template <typename T> void emitNames(raw_ostream &os, StringRef type, StringRef what, const std::vector<T> &items) {
  os << "/// " << what << "\nenum class " << type << " : uint8_t {";
  for (const T &item : items)
    os << (&item == items.data() ? " " : ", ") << item.name;
  os << " };\n";
}

/// The C++ parameter (or parameters) of an operand, and the expression that puts it into the word.
struct EncoderParts {
  std::string parameters, value;
};

EncoderParts encoderParts(const Operand &operand) {
  std::string field = "fields::" + operand.field.name;
  std::string name = operand.name;
  if (operand.kind == "Place")
    return {"unsigned " + name + "Unit, const RegisterPlus &" + name + "Address = {}",
            "insert(" + field + ", " + name + "Unit) | insertRegisterPlus(" + name + "Address)"};
  if (operand.kind == "TripCount")
    return {"const RegisterPlus &" + name, "insertRegisterPlus(" + name + ")"};
  return {std::string(operand.isSigned           ? "int "
                      : operand.field.width > 31 ? "uint32_t "
                                                 : "unsigned ") +
              name,
          "insert(" + field + ", uint64_t(" + name + "))"};
}

void emitOperand(raw_ostream &os, const Operand &operand) {
  os << "    {.name = " << quoted(operand.name) << ", .kind = OperandKind::" << operand.kind << ", .field = fields::" << operand.field.name
     << ", .min = " << operand.min << ", .max = " << operand.max;
  if (operand.isSigned)
    os << ", .isSigned = true";
  if (operand.keyword)
    os << ", .keyword = true, .defaultValue = " << operand.defaultValue;
  if (!operand.choices.empty())
    os << ", .choices = choicesOf" << operand.def;
  if (!operand.names.empty())
    os << ", .names = namesOf" << operand.def;
  os << "},\n";
}

} // namespace

void emitEnums(const Isa &isa, raw_ostream &os) {
  os << banner;
  os << "enum class Opcode : uint8_t {\n";
  for (const Instruction &instruction : isa.instructions)
    os << "  " << instruction.def << " = " << format_hex(instruction.opcode, 4) << ",\n";
  os << "};\n\n";
  emitNames(os, "Memory", "Memories; AddSubVrf and MultiplyVrf are one per MFU.", isa.memories);
  emitNames(os, "Unit", "Who executes an instruction.", isa.units);
  emitNames(os, "TimingClass", "What an instruction costs; docs/isa.md says it in words.", isa.timingClasses);
  emitNames(os, "ChainRole", "Where an instruction stands in a chain.", isa.roles);
  os << "\nconstexpr uint16_t isaMajor = " << isa.major << ", isaMinor = " << isa.minor << ";\n";
  os << "\n/// Fields of the instruction word.\nnamespace fields {\n";
  for (const Field &field : isa.fields)
    os << "constexpr Field " << field.name << "{" << field.lsb << ", " << field.width << "};\n";
  os << "} // namespace fields\n\n";
  os << "/// AXI4-Lite byte addresses.\nnamespace control {\n";
  for (const ControlRegister &reg : isa.controlRegisters) {
    os << "constexpr uint32_t " << reg.name << " = " << format_hex(reg.address, 7) << ";";
    if (reg.count > 1)
      os << " // [" << reg.count << "], " << reg.step << " bytes apart";
    os << "\n";
  }
  os << "constexpr uint32_t IdMagic = 0x53445055;\n} // namespace control\n\n";
  os << "/// Values of operands and MFU stages that have names; those of the memory of MFU k are k higher.\nnamespace values {\n";
  for (const MfuOp &op : isa.mfuOps)
    os << "constexpr unsigned " << op.group << op.name << " = " << op.value << ";\n";
  for (const Operand &operand : isa.operandTypes) {
    for (const Choice &choice : operand.choices)
      os << "constexpr unsigned " << operand.def << choice.memory.name << " = " << choice.value << ";\n";
    for (size_t i = 0; i < operand.names.size(); ++i)
      os << "constexpr unsigned " << operand.def << capitalised(operand.names[i]) << " = " << i << ";\n";
  }
  os << "} // namespace values\n\n";
  os << "constexpr std::array<std::string_view, " << isa.counters.size() << "> counterNames{\n";
  for (const std::string &counter : isa.counters)
    os << "    " << quoted(counter) << ",\n";
  os << "};\n";
}

void emitTables(const Isa &isa, raw_ostream &os) {
  os << banner << "namespace tables {\n";
  for (const Operand &operand : isa.operandTypes) {
    if (!operand.choices.empty()) {
      os << "inline constexpr Choice choicesOf" << operand.def << "[] = {\n";
      for (const Choice &choice : operand.choices)
        os << "    {.memory = Memory::" << choice.memory.name << ", .value = " << choice.value
           << ", .asmName = " << quoted(choice.memory.asmName) << ", .addressed = " << (choice.memory.addressed() ? "true" : "false")
           << ", .perMfu = " << (choice.memory.perMfu() ? "true" : "false") << "},\n";
      os << "};\n";
    }
    if (!operand.names.empty()) {
      os << "inline constexpr std::string_view namesOf" << operand.def << "[] = {";
      for (const std::string &name : operand.names)
        os << (&name == operand.names.data() ? "" : ", ") << quoted(name);
      os << "};\n";
    }
  }
  for (const Instruction &instruction : isa.instructions) {
    if (instruction.operands.empty())
      continue;
    os << "inline constexpr OperandInfo operandsOf" << instruction.def << "[] = {\n";
    for (const Operand &operand : instruction.operands)
      emitOperand(os, operand);
    os << "};\n";
  }
  os << "inline constexpr InstructionInfo instructions[] = {\n";
  for (const Instruction &instruction : isa.instructions) {
    os << "    {.opcode = Opcode::" << instruction.def << ", .mnemonic = " << quoted(instruction.mnemonic)
       << ", .summary = " << quoted(instruction.summary) << ", .unit = Unit::" << instruction.unit
       << ", .role = ChainRole::" << instruction.role << ", .timing = TimingClass::" << instruction.timing
       << ", .mfuOp = " << instruction.mfuOp << ", .usedBits = " << format_hex(instruction.usedBits, 18);
    if (!instruction.operands.empty())
      os << ", .operands = operandsOf" << instruction.def;
    os << "},\n";
  }
  os << "};\n\n/// Bit j of followers[i]: role j may follow role i.\ninline constexpr uint32_t followers[] = {\n";
  for (const ChainRole &role : isa.roles) {
    os << "    /* " << role.name << " */ 0";
    for (const std::string &successor : role.successors)
      os << " | 1u << unsigned(ChainRole::" << successor << ")";
    os << ",\n";
  }
  os << "};\n} // namespace tables\n\n/// Instruction words from operand values; values must fit their fields.\nnamespace encode {\n";
  for (const Instruction &instruction : isa.instructions) {
    std::string parameters, value = "insert(fields::Opcode, uint64_t(Opcode::" + instruction.def + "))";
    for (const Operand &operand : instruction.operands) {
      EncoderParts parts = encoderParts(operand);
      parameters += (parameters.empty() ? "" : ", ") + parts.parameters;
      value += " | " + parts.value;
    }
    os << "constexpr uint64_t " << lowerCamel(instruction.mnemonic) << "(" << parameters << ") {\n  return " << value << ";\n}\n";
  }
  os << "} // namespace encode\n";
}

} // namespace softdpu::tblgen
