//===- ShadowMemory.cpp - Which write-back every memory entry holds ----------------------===//

#include "ShadowMemory.h"

namespace softdpu::trace {

void ShadowMemory::write(const BeatPlace &beat, size_t writeBack, bool resultTainted, bool tapTainted) {
  const auto store = [&](const std::optional<Write> &write, Memory memory, unsigned mfu) {
    if (!write)
      return;
    Content &content = contents[{memory, mfu, uint16_t(write->address.immediate + beat.row)}];
    content.previous = content.current;
    content.current = Origin{writeBack, write->tap};
    content.tainted = write->tap ? tapTainted : resultTainted;
  };
  store(beat.tail->initial, Memory::Initial, 0);
  for (unsigned k = 0; k < maxMfus; ++k) {
    store(beat.tail->addSub[k], Memory::AddSub, k);
    store(beat.tail->multiply[k], Memory::Multiply, k);
  }
}

std::vector<Operand> operandsOf(const BeatPlace &beat) {
  std::vector<Operand> operands;
  for (unsigned k = 0; k < maxMfus; ++k) {
    const Mfu &mfu = beat.tail->mfus[k];
    if (mfu.add != AddOp::None)
      operands.push_back({{Memory::AddSub, k, uint16_t(mfu.addOperand.immediate + beat.row)}, true});
    if (mfu.multiply)
      operands.push_back({{Memory::Multiply, k, uint16_t(mfu.multiplyOperand.immediate + beat.row)}, false});
  }
  return operands;
}

} // namespace softdpu::trace
