//===- Tables.cpp ------------------------------------------------------------------------===//

#include "Tables.h"

#include "softdpu/isa/Instruction.h"

namespace softdpu::random {
namespace {

/// The operation codes of all instructions that `unit` executes.
template <typename Op> std::vector<Op> operationsOf(isa::Unit unit) {
  std::vector<Op> result;
  for (const isa::InstructionInfo &info : isa::allInstructions())
    if (info.unit == unit)
      result.push_back(Op(info.mfuOp));
  return result;
}

/// The memories that the first operand of the instructions with this role can name.
std::vector<isa::Choice> choicesOf(isa::ChainRole role) {
  std::vector<isa::Choice> result;
  for (const isa::InstructionInfo &info : isa::allInstructions())
    if (info.role == role)
      result.insert(result.end(), info.operands[0].choices.begin(), info.operands[0].choices.end());
  return result;
}

} // namespace

std::vector<AddOp> addOps() { return operationsOf<AddOp>(isa::Unit::MfuAdd); }
std::vector<ActivationOp> activationOps() { return operationsOf<ActivationOp>(isa::Unit::MfuActivate); }

std::vector<Source> sources() {
  std::vector<Source> result;
  for (const isa::Choice &choice : choicesOf(isa::ChainRole::Head))
    result.push_back(choice.memory == isa::Memory::NetIn ? Source::NetIn : Source::InitialVrf);
  return result;
}

std::vector<Destination> destinations(unsigned mfus) {
  using Kind = Destination::Kind;
  std::vector<Destination> result;
  for (const isa::Choice &choice : choicesOf(isa::ChainRole::Write)) {
    const Kind kind = choice.memory == isa::Memory::NetOut       ? Kind::NetOut
                      : choice.memory == isa::Memory::InitialVrf ? Kind::Initial
                      : choice.memory == isa::Memory::AddSubVrf  ? Kind::AddSub
                                                                 : Kind::Multiply;
    for (unsigned mfu = 0; mfu < (choice.perMfu ? mfus : 1); ++mfu)
      result.push_back({kind, mfu});
  }
  return result;
}

std::optional<Write> &Destination::in(Tail &tail) const {
  switch (kind) {
  case Kind::NetOut:
    return tail.netOut;
  case Kind::Initial:
    return tail.initial;
  case Kind::AddSub:
    return tail.addSub[mfu];
  case Kind::Multiply:
    break;
  }
  return tail.multiply[mfu];
}

} // namespace softdpu::random
