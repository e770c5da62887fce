//===- Instruction.cpp - Look-up in the generated tables ---------------------------------===//

#include "softdpu/isa/Instruction.h"

#include <algorithm>

namespace softdpu::isa {

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
