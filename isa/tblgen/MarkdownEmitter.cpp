//===- MarkdownEmitter.cpp - docs/isa.md -------------------------------------------------===//

#include "IsaModel.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace llvm;

namespace softdpu::tblgen {
namespace {

std::string bitsOf(const Field &field) {
  std::string high = std::to_string(field.lsb + field.width - 1);
  return field.width == 1 ? high : high + ":" + std::to_string(field.lsb);
}

/// "initial[address]", "addsub<k>[address]", "netin".
std::string written(const Memory &memory) {
  return memory.asmName + (memory.perMfu() ? "<k>" : "") + (memory.addressed() ? "[address]" : "");
}

/// The operand as it stands in assembly.
std::string syntax(const Operand &operand) {
  if (operand.kind == "Place") {
    std::string result;
    for (const Choice &choice : operand.choices)
      result += (result.empty() ? "" : " \\| ") + ("`" + written(choice.memory) + "`");
    return result;
  }
  if (operand.kind == "Matrix")
    return "`mrf[slot]`";
  if (operand.kind == "Mfu")
    return "`mfu<k>`";
  if (operand.kind == "TripCount")
    return "`n`, `s<i>`, `s<i>+n`, `s<i>-n`";
  if (operand.kind == "AddressRegister")
    return "`a<i>`";
  if (operand.kind == "RegisterMask")
    return "`a<i>, a<j>, ...`";
  if (!operand.names.empty()) {
    std::string result;
    for (const std::string &name : operand.names)
      result += (result.empty() ? "" : " \\| ") + ("`" + (operand.keyword ? operand.name + "=" : "") + name + "`");
    return result;
  }
  return "`" + (operand.keyword ? operand.name + "=" : "") + "n`";
}

std::string range(const Operand &operand) {
  if (operand.kind == "Place") {
    std::string result;
    for (const Choice &choice : operand.choices) {
      std::string value = std::to_string(choice.value) + (choice.memory.perMfu() ? " + k" : "");
      result += (result.empty() ? "" : ", ") + value + " " + choice.memory.asmName;
    }
    return result;
  }
  if (operand.kind == "RegisterMask")
    return "bit i: a*i*";
  std::string result;
  if (operand.names.empty())
    result = std::to_string(operand.min) + " .. " + std::to_string(operand.max);
  else
    for (size_t i = 0; i < operand.names.size(); ++i)
      result += (i ? ", " : "") + std::to_string(i) + " " + operand.names[i];
  if (operand.keyword)
    result += "; default " + (operand.names.empty() ? std::to_string(operand.defaultValue) : operand.names[operand.defaultValue]);
  return result;
}

void emitEncoding(const Instruction &instruction, raw_ostream &os) {
  struct Row {
    Field field;
    std::string content;
  };
  std::vector<Row> rows{{{"Opcode", 0, 8}, ""}};
  raw_string_ostream(rows[0].content) << "`" << format_hex(instruction.opcode, 4) << "`";
  for (const Operand &operand : instruction.operands)
    for (const Field &field : operand.fields) {
      std::string content = operand.name;
      if (operand.fields.size() > 1) {
        if (operand.kind == "Place" && field.name == "Unit")
          content += ": memory";
        else if (field.name == "ImmA")
          content += operand.kind == "Place" ? ": immediate of the address" : ": immediate";
        else if (field.name == "UseReg")
          content += ": 1 adds a register";
        else if (field.name == "Reg")
          content += operand.kind == "Place" ? ": address register" : ": scalar register";
      }
      rows.push_back({field, content});
    }
  std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) { return a.field.lsb < b.field.lsb; });
  os << "| bits | field | content |\n|---|---|---|\n";
  for (const Row &row : rows)
    os << "| " << bitsOf(row.field) << " | " << row.field.name << " | " << row.content << " |\n";
  os << "\n";
}

void emitInstruction(const Isa &isa, const Instruction &instruction, raw_ostream &os) {
  os << "### `" << instruction.mnemonic << "`: " << instruction.summary << "\n\n";
  os << instruction.description << "\n";
  os << "    " << instruction.example << "\n\n";
  if (!instruction.operands.empty()) {
    os << "| operand | written | values | meaning |\n|---|---|---|---|\n";
    for (const Operand &operand : instruction.operands)
      os << "| " << operand.name << " | " << syntax(operand) << " | " << range(operand) << " | " << operand.text << " |\n";
    os << "\n";
  }
  emitEncoding(instruction, os);
  os << "* Unit: " << isa.unit(instruction.unit).text << ".\n";
  os << "* Place: " << isa.role(instruction.role).text << ".\n";
  os << "* Timing (" << instruction.timing << "): " << isa.timing(instruction.timing).text << "\n\n";
}

void emitRoles(const Isa &isa, raw_ostream &os) {
  os << "| role | stands | may be followed by |\n|---|---|---|\n";
  for (const ChainRole &role : isa.roles) {
    os << "| " << role.name << " | " << role.text << " | ";
    if (role.successors.empty())
      os << "nothing";
    for (const std::string &successor : role.successors)
      os << (&successor == role.successors.data() ? "" : ", ") << successor;
    os << " |\n";
  }
  os << "\n";
}

} // namespace

void emitMarkdown(const Isa &isa, raw_ostream &os) {
  os << "<!-- Generated from isa/dpu.td by softdpu-tblgen (gen-isa-docs). Do not edit; `ninja update-isa` regenerates it. -->\n\n"
     << "# Instruction set " << isa.major << "." << isa.minor << "\n\n"
     << "A program is a stream of 64-bit words. Most of them form *chains*: a chain begins with `v_rd`, may multiply by a matrix, passes "
        "each\nvector through the MFUs in order, and ends with one or more `v_wr`. There are no named temporaries. `s_wr rows` and `s_wr "
        "cols` "
        "make one\nchain work on many native vectors, so one `mv_mul` covers a whole matrix. The meaning of a program is that of its "
        "chains one after\nanother; [the microarchitecture](microarchitecture.md) says what overlaps and what it costs.\n\n"
        "    s_wr rows, 4                ; an LSTM's hidden state has 4 native vectors\n"
        "    loop s0                     ; as many steps as the host says\n"
        "      v_rd netin\n"
        "        v_sigm mfu0\n"
        "        v_wr netout\n"
        "      end_chain\n"
        "    end_loop\n"
        "    halt\n\n"
        "Words do not depend on the architecture; which values are allowed on a device (memory sizes, number of MFUs) is checked when a\n"
        "program is loaded. All bits that an instruction does not use are zero, and a word with other bits set is refused.\n\n"
        "## The instruction word\n\n| bits | field |\n|---|---|\n";
  for (const Field &field : isa.fields)
    os << "| " << bitsOf(field) << " | " << field.name << " |\n";
  os << "\nOrder, Tails, Group, Scale and Mask are parts of the immediates, or several of them together.\n\n## Memories\n\n"
        "| memory | written | holds |\n|---|---|---|\n";
  for (const Memory &memory : isa.memories)
    os << "| " << memory.name << " | `" << (memory.kind == "MatrixRegisters" ? "mrf[slot]" : written(memory)) << "` | " << memory.text
       << " |\n";
  os << "\nAn address is `imm`, `a<i>`, `a<i>+imm` or `a<i>-imm`: the immediate plus the value of address register i (0 .. 31), modulo "
        "2^16. "
        "Beat r\nof a tail uses entry address + r.\n\n## Order of instructions\n\n";
  emitRoles(isa, os);
  os << "Within a tail, MFUs are used in ascending order, each for at most one add, one activation and one multiplication, in this order. "
        "A tail has\nat least one `v_wr`. Of the writes that other instructions of the tail follow, only the tap (see `v_wr`) is "
        "allowed.\n\n"
        "## Instructions\n\n| opcode | instruction | |\n|---|---|---|\n";
  for (const Instruction &instruction : isa.instructions)
    os << "| " << format_hex(instruction.opcode, 4) << " | `" << instruction.mnemonic << "` | " << instruction.summary << " |\n";
  os << "\n";
  for (const Instruction &instruction : isa.instructions)
    emitInstruction(isa, instruction, os);

  os << "## Control registers\n\nAXI4-Lite, 32-bit, byte addresses. `i` counts from 0.\n\n| address | name | access | "
        "|\n|---|---|---|---|\n";
  for (const ControlRegister &reg : isa.controlRegisters) {
    os << "| `" << format_hex(reg.address, 7);
    if (reg.count > 1)
      os << " + " << reg.step << "*i";
    os << "` | " << reg.name << (reg.count > 1 ? "[" + std::to_string(reg.count) + "]" : "") << " | " << reg.access << " | " << reg.text
       << " |\n";
  }
  os << "\nThe counters, in order:";
  for (const std::string &counter : isa.counters)
    os << (&counter == isa.counters.data() ? " " : ", ") << counter;
  os << ".\n";
}

} // namespace softdpu::tblgen
