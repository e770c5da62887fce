//===- IsaClasses.td - The vocabulary of dpu.td ------------------------------------------===//
//
// The classes that softdpu-tblgen reads (IsaModel.cpp). Text fields are Markdown.
//
//===-------------------------------------------------------------------------------------===//

/// Programs carry it; see the load policy in docs/program_format.md.
class IsaVersion<int majorNumber, int minorNumber> {
  int major = majorNumber;
  int minor = minorNumber;
}

/// Bits [lsb + width - 1 : lsb] of the instruction word.
class Field<string fieldName, int fieldLsb, int fieldWidth> {
  string name = fieldName;
  int lsb = fieldLsb;
  int width = fieldWidth;
}

class Opcode<int opcodeValue> {
  int value = opcodeValue;
}

class MemoryKind<string kindName> {
  string name = kindName;
}
def Queue           : MemoryKind<"Queue">;           // not addressed
def VectorRegisters : MemoryKind<"VectorRegisters">; // addressed by immediate + address register
def MfuRegisters    : MemoryKind<"MfuRegisters">;    // likewise, one memory per MFU
def MatrixRegisters : MemoryKind<"MatrixRegisters">; // addressed by an immediate

class Memory<string memoryName, string assemblyName, MemoryKind memoryKind, string memoryText> {
  string name = memoryName;
  string asmName = assemblyName;
  MemoryKind kind = memoryKind;
  string text = memoryText;
}

class Unit<string unitName, string unitText> {
  string name = unitName;
  string text = unitText;
}

class TimingClass<string className, string classText> {
  string name = className;
  string text = classText;
}

/// Where an instruction stands in a chain, and the names of the roles that may come next.
class ChainRole<string roleName, string roleText, list<string> roleSuccessors> {
  string name = roleName;
  string text = roleText;
  list<string> successors = roleSuccessors;
}

/// The value by which an MFU stage is told what to do; enumerator `name` of enumeration `group`.
class MfuOp<string opGroup, string opName, int opValue> {
  string group = opGroup;
  string name = opName;
  int value = opValue;
}
def NoMfuOp : MfuOp<"", "", 0>;

/// Unit-field value `value` (plus k for the memory of MFU k) selects `memory`.
class Choice<Memory choiceMemory, int choiceValue> {
  Memory memory = choiceMemory;
  int value = choiceValue;
}

/// An operand. `wordField` holds it; a Place and a TripCount use ImmA, UseReg and Reg too, as their kind says.
class Operand<string operandKind, Field operandField, string operandText> {
  string kind = operandKind;
  Field wordField = operandField;
  string text = operandText;
  int min = 0;
  int max = 0;
  bit isSigned = 0;
  bit keyword = 0; // written name=value, may be left out
  int default = 0;
  list<Choice> choices = [];
  list<string> names = []; // value i is written names[i]
}

def ins;

class Instruction<string instructionMnemonic, Opcode instructionOpcode, Unit instructionUnit, ChainRole chainRole, TimingClass timingClass,
                  MfuOp instructionMfuOp = NoMfuOp> {
  string mnemonic = instructionMnemonic;
  Opcode opcode = instructionOpcode;
  Unit unit = instructionUnit;
  ChainRole role = chainRole;
  TimingClass timing = timingClass;
  MfuOp mfuOp = instructionMfuOp;
  string summary = "";
  string description = "";
  string example = "";
  dag operands = (ins);
}

class Access<string accessName> {
  string name = accessName;
}
def ReadOnly  : Access<"read">;
def WriteOnly : Access<"write">;
def ReadWrite : Access<"read, write">;

/// `count` 32-bit AXI4-Lite registers (or pairs of them), `step` bytes apart.
class ControlRegisters<string registerName, int byteAddress, int registerCount, int byteStep, Access registerAccess, string registerText> {
  string name = registerName;
  int address = byteAddress;
  int count = registerCount;
  int step = byteStep;
  Access access = registerAccess;
  string text = registerText;
}
class ControlRegister<string name, int address, Access access, string text> : ControlRegisters<name, address, 1, 4, access, text>;

class CounterList<list<string> counterNames> {
  list<string> names = counterNames;
}
