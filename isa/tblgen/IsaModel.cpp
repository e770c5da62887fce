//===- IsaModel.cpp - dpu.td as plain data -----------------------------------------------===//

#include "IsaModel.h"

#include "llvm/TableGen/Error.h"
#include "llvm/TableGen/Record.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace softdpu::tblgen {
namespace {

/// Records of a class in the order of definition.
std::vector<const Record *> recordsOf(const RecordKeeper &records, StringRef className) {
  std::vector<const Record *> result;
  for (const Record *record : records.getAllDerivedDefinitions(className))
    result.push_back(record);
  std::sort(result.begin(), result.end(), [](const Record *a, const Record *b) { return a->getID() < b->getID(); });
  return result;
}

std::string text(const Record &record, StringRef name) { return record.getValueAsString(name).str(); }
std::string nameOf(const Record &record, StringRef reference) { return text(*record.getValueAsDef(reference), "name"); }

std::vector<std::string> strings(const Record &record, StringRef name) {
  std::vector<std::string> result;
  for (StringRef value : record.getValueAsListOfStrings(name))
    result.push_back(value.str());
  return result;
}

Field readField(const Record &record) {
  return {text(record, "name"), unsigned(record.getValueAsInt("lsb")), unsigned(record.getValueAsInt("width"))};
}

Memory readMemory(const Record &record) {
  return {text(record, "name"), text(record, "asmName"), nameOf(record, "kind"), text(record, "text")};
}

/// Removes the common indentation of a `[{ }]` text.
std::string unindented(StringRef text) {
  SmallVector<StringRef> lines;
  text.rtrim().ltrim("\n").split(lines, '\n');
  size_t indent = StringRef::npos;
  for (StringRef line : lines)
    if (!line.trim().empty())
      indent = std::min(indent, line.size() - line.ltrim(' ').size());
  std::string result;
  for (StringRef line : lines)
    result += (line.trim().empty() ? StringRef() : line.drop_front(indent)).rtrim().str() + "\n";
  return result;
}

Operand readOperand(const Record &record, std::string name, const std::map<std::string, Field> &fields) {
  Operand operand{.def = record.getName().str(),
                  .name = std::move(name),
                  .kind = text(record, "kind"),
                  .text = text(record, "text"),
                  .field = readField(*record.getValueAsDef("wordField")),
                  .min = record.getValueAsInt("min"),
                  .max = record.getValueAsInt("max"),
                  .defaultValue = record.getValueAsInt("default"),
                  .isSigned = record.getValueAsBit("isSigned"),
                  .keyword = record.getValueAsBit("keyword"),
                  .choices = {},
                  .names = strings(record, "names"),
                  .fields = {}};
  bool addressed = false;
  for (const Record *choice : record.getValueAsListOfDefs("choices")) {
    operand.choices.push_back({readMemory(*choice->getValueAsDef("memory")), unsigned(choice->getValueAsInt("value"))});
    addressed |= operand.choices.back().memory.addressed();
  }
  operand.fields = {operand.field};
  if (addressed)
    operand.fields.insert(operand.fields.end(), {fields.at("ImmA"), fields.at("UseReg"), fields.at("Reg")});
  if (operand.kind == "TripCount")
    operand.fields.insert(operand.fields.end(), {fields.at("UseReg"), fields.at("Reg")});
  return operand;
}

Instruction readInstruction(const Record &record, const std::map<std::string, Field> &fields) {
  const Record &mfuOp = *record.getValueAsDef("mfuOp");
  Instruction instruction{.def = record.getName().str(),
                          .mnemonic = text(record, "mnemonic"),
                          .summary = text(record, "summary"),
                          .description = unindented(record.getValueAsString("description")),
                          .example = text(record, "example"),
                          .opcode = unsigned(record.getValueAsDef("opcode")->getValueAsInt("value")),
                          .unit = nameOf(record, "unit"),
                          .role = nameOf(record, "role"),
                          .timing = nameOf(record, "timing"),
                          .mfuOpGroup = text(mfuOp, "group"),
                          .mfuOpName = text(mfuOp, "name"),
                          .mfuOp = unsigned(mfuOp.getValueAsInt("value")),
                          .operands = {},
                          .usedBits = fields.at("Opcode").mask()};
  const DagInit &operands = *record.getValueAsDag("operands");
  for (unsigned i = 0; i < operands.getNumArgs(); ++i) {
    const Record &type = *cast<DefInit>(operands.getArg(i))->getDef();
    Operand operand = readOperand(type, operands.getArgNameStr(i).str(), fields);
    for (const Field &field : operand.fields) {
      if (instruction.usedBits & field.mask())
        PrintFatalError(record.getLoc(), "operand '" + operand.name + "' overlaps another one in field " + field.name);
      instruction.usedBits |= field.mask();
    }
    instruction.operands.push_back(std::move(operand));
  }
  return instruction;
}

template <typename T> const T &byName(const std::vector<T> &items, const std::string &name) {
  auto it = std::find_if(items.begin(), items.end(), [&](const T &item) { return item.name == name; });
  if (it == items.end())
    PrintFatalError("unknown name '" + name + "'");
  return *it;
}

} // namespace

const Named &Isa::unit(const std::string &name) const { return byName(units, name); }
const Named &Isa::timing(const std::string &name) const { return byName(timingClasses, name); }
const ChainRole &Isa::role(const std::string &name) const { return byName(roles, name); }

Isa readIsa(const RecordKeeper &records) {
  Isa isa{};
  const Record &version = *records.getDef("Isa");
  isa.major = version.getValueAsInt("major");
  isa.minor = version.getValueAsInt("minor");

  std::map<std::string, Field> fields;
  for (const Record *record : recordsOf(records, "Field")) {
    isa.fields.push_back(readField(*record));
    fields[isa.fields.back().name] = isa.fields.back();
  }
  for (const Record *record : recordsOf(records, "Memory"))
    isa.memories.push_back(readMemory(*record));
  for (const Record *record : recordsOf(records, "Unit"))
    isa.units.push_back({text(*record, "name"), text(*record, "text")});
  for (const Record *record : recordsOf(records, "TimingClass"))
    isa.timingClasses.push_back({text(*record, "name"), text(*record, "text")});
  for (const Record *record : recordsOf(records, "ChainRole"))
    isa.roles.push_back({text(*record, "name"), text(*record, "text"), strings(*record, "successors")});
  for (const ChainRole &role : isa.roles)
    for (const std::string &successor : role.successors)
      (void)isa.role(successor);

  std::map<unsigned, std::string> opcodes;
  for (const Record *record : recordsOf(records, "Instruction")) {
    Instruction instruction = readInstruction(*record, fields);
    if (auto [it, isNew] = opcodes.emplace(instruction.opcode, instruction.mnemonic); !isNew)
      PrintFatalError(record->getLoc(), "opcode is that of " + it->second);
    if (!instruction.mfuOpGroup.empty())
      isa.mfuOps.push_back({instruction.mfuOpGroup, instruction.mfuOpName, instruction.mfuOp});
    for (const Operand &operand : instruction.operands)
      if (std::none_of(isa.operandTypes.begin(), isa.operandTypes.end(), [&](const Operand &o) { return o.def == operand.def; }))
        isa.operandTypes.push_back(operand);
    isa.instructions.push_back(std::move(instruction));
  }
  std::sort(isa.instructions.begin(), isa.instructions.end(), [](const auto &a, const auto &b) { return a.opcode < b.opcode; });
  std::sort(isa.mfuOps.begin(), isa.mfuOps.end(),
            [](const MfuOp &a, const MfuOp &b) { return std::tie(a.group, a.value) < std::tie(b.group, b.value); });

  for (const Record *record : recordsOf(records, "ControlRegisters"))
    isa.controlRegisters.push_back({text(*record, "name"), nameOf(*record, "access"), text(*record, "text"),
                                    unsigned(record->getValueAsInt("address")), unsigned(record->getValueAsInt("count")),
                                    unsigned(record->getValueAsInt("step"))});
  isa.counters = strings(*records.getDef("Counters"), "names");
  return isa;
}

std::string lowerCamel(const std::string &mnemonic) {
  std::string result;
  for (size_t i = 0; i < mnemonic.size(); ++i)
    if (mnemonic[i] == '_')
      result += char(std::toupper(mnemonic[++i]));
    else
      result += mnemonic[i];
  return result;
}

std::string capitalised(std::string word) {
  word[0] = char(std::toupper(word[0]));
  return word;
}

} // namespace softdpu::tblgen
