//===- SystemVerilogEmitter.cpp - rtl/generated/dpu_isa_pkg.sv ---------------------------===//
//
// Only localparams and enums, in the subset that Verilator 5.006 and Yosys 0.23 both read.
//
//===-------------------------------------------------------------------------------------===//

#include "IsaModel.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cctype>

using namespace llvm;

namespace softdpu::tblgen {
namespace {

std::string snake(const std::string &camel) {
  std::string result;
  for (char c : camel) {
    if (std::isupper(c) && !result.empty())
      result += '_';
    result += char(std::tolower(c));
  }
  return result;
}

struct Enumerator {
  std::string name;
  unsigned value;
};

void emitEnum(raw_ostream &os, const std::string &type, unsigned width, const std::vector<Enumerator> &values) {
  os << "  typedef enum logic [" << width - 1 << ":0] {\n";
  for (const Enumerator &e : values)
    os << format("    %-28s = %u'h%0*X", e.name.c_str(), width, (width + 3) / 4, e.value) << (&e == &values.back() ? "\n" : ",\n");
  os << "  } " << type << ";\n\n";
}

void emitInt(raw_ostream &os, const std::string &name, unsigned value) {
  os << format("  localparam int unsigned %-28s = %u;\n", name.c_str(), value);
}

} // namespace

void emitSystemVerilog(const Isa &isa, raw_ostream &os) {
  os << "// Generated from isa/dpu.td by softdpu-tblgen --gen-isa-sv. Do not edit; `ninja update-isa` regenerates it.\n"
        "//\n"
        "// The instruction set of the DPU: fields of the instruction word, opcodes, unit numbers, operations, control registers.\n"
        "/* verilator lint_off UNUSEDPARAM */ // a design need not use all of them\n"
        "package dpu_isa_pkg;\n\n";
  emitInt(os, "IsaVersionMajor", isa.major);
  emitInt(os, "IsaVersionMinor", isa.minor);
  emitInt(os, "InstructionWidth", 64);

  os << "\n  // Bits [Lsb +: Width] of the instruction word.\n";
  for (const Field &field : isa.fields) {
    emitInt(os, field.name + "Lsb", field.lsb);
    emitInt(os, field.name + "Width", field.width);
  }

  os << "\n";
  std::vector<Enumerator> opcodes;
  for (const Instruction &instruction : isa.instructions)
    opcodes.push_back({"Op" + instruction.def, instruction.opcode});
  emitEnum(os, "opcode_e", 8, opcodes);

  for (size_t i = 0; i < isa.mfuOps.size();) {
    const std::string &group = isa.mfuOps[i].group;
    std::vector<Enumerator> values{{group + "None", 0}};
    for (; i < isa.mfuOps.size() && isa.mfuOps[i].group == group; ++i)
      values.push_back({group + isa.mfuOps[i].name, isa.mfuOps[i].value});
    emitEnum(os, snake(group) + "_e", Log2_32_Ceil(values.back().value + 1), values);
  }

  os << "  // Values of the unit field that select a memory; those of MFU k are k higher.\n";
  for (const Operand &operand : isa.operandTypes)
    for (const Choice &choice : operand.choices)
      emitInt(os, operand.def + choice.memory.name, choice.value);
  os << "\n  // Values of operands that have names.\n";
  for (const Operand &operand : isa.operandTypes)
    for (size_t i = 0; i < operand.names.size(); ++i)
      emitInt(os, operand.def + capitalised(operand.names[i]), i);

  os << "\n  // AXI4-Lite registers: byte addresses; element i of an array is at <name> + i * <name>Step.\n";
  for (const ControlRegister &reg : isa.controlRegisters) {
    os << "  localparam logic [31:0] " << format("%-28s = 32'h%05X;\n", ("Reg" + reg.name).c_str(), reg.address);
    if (reg.count > 1) {
      emitInt(os, "Reg" + reg.name + "Step", reg.step);
      emitInt(os, "Reg" + reg.name + "Count", reg.count);
    }
  }
  os << "  localparam logic [31:0] IdMagic                      = 32'h53445055;\n"
        "\n  // Indices of the counters.\n";
  emitInt(os, "NumCounters", isa.counters.size());
  for (size_t i = 0; i < isa.counters.size(); ++i)
    emitInt(os, "Counter" + isa.counters[i], i);
  os << "\nendpackage\n/* verilator lint_on UNUSEDPARAM */\n";
}

} // namespace softdpu::tblgen
