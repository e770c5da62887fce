//===- IsaModel.h - dpu.td as plain data -------------------------------------------------===//
//
// Reads the TableGen records of isa/dpu.td once and checks them (overlapping fields, doubled opcodes, unknown roles); the emitters only
// print what is here.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class RecordKeeper;
class raw_ostream;
} // namespace llvm

namespace softdpu::tblgen {

struct Field {
  std::string name;
  unsigned lsb, width;
  uint64_t mask() const { return (width == 64 ? ~uint64_t(0) : (uint64_t(1) << width) - 1) << lsb; }
};

struct Memory {
  std::string name, asmName, kind, text;
  bool addressed() const { return kind == "VectorRegisters" || kind == "MfuRegisters"; }
  bool perMfu() const { return kind == "MfuRegisters"; }
};

/// A name with a sentence: units, timing classes.
struct Named {
  std::string name, text;
};

struct ChainRole {
  std::string name, text;
  std::vector<std::string> successors;
};

struct Choice {
  Memory memory;
  unsigned value;
};

struct Operand {
  std::string def;  ///< Name of the record: the operand type.
  std::string name; ///< Name in the instruction.
  std::string kind, text;
  Field field;
  int64_t min, max, defaultValue;
  bool isSigned, keyword;
  std::vector<Choice> choices;
  std::vector<std::string> names;
  std::vector<Field> fields; ///< All fields it takes, `field` first.
};

struct Instruction {
  std::string def, mnemonic, summary, description, example;
  unsigned opcode;
  std::string unit, role, timing;
  std::string mfuOpGroup, mfuOpName;
  unsigned mfuOp;
  std::vector<Operand> operands;
  uint64_t usedBits; ///< The opcode and all operands.
};

struct MfuOp {
  std::string group, name;
  unsigned value;
};

struct ControlRegister {
  std::string name, access, text;
  unsigned address, count, step;
};

struct Isa {
  unsigned major, minor;
  std::vector<Field> fields;
  std::vector<Memory> memories;
  std::vector<Named> units, timingClasses;
  std::vector<ChainRole> roles;
  std::vector<Instruction> instructions; ///< By opcode.
  std::vector<MfuOp> mfuOps;             ///< By group and value.
  std::vector<Operand> operandTypes;     ///< Used ones, in order of first use.
  std::vector<ControlRegister> controlRegisters;
  std::vector<std::string> counters;

  const Named &unit(const std::string &name) const;
  const Named &timing(const std::string &name) const;
  const ChainRole &role(const std::string &name) const;
};

/// Ends the process with TableGen's diagnostics if the records are inconsistent.
Isa readIsa(const llvm::RecordKeeper &records);

/// "v_rd" -> "vRd".
std::string lowerCamel(const std::string &mnemonic);
/// "rows" -> "Rows".
std::string capitalised(std::string word);

void emitEnums(const Isa &isa, llvm::raw_ostream &os);
void emitTables(const Isa &isa, llvm::raw_ostream &os);
void emitSystemVerilog(const Isa &isa, llvm::raw_ostream &os);
void emitMarkdown(const Isa &isa, llvm::raw_ostream &os);
void emitMlir(const Isa &isa, llvm::raw_ostream &os);

} // namespace softdpu::tblgen
