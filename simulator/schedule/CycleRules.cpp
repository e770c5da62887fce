//===- CycleRules.cpp - The numbers of an architecture that decide cycles ----------------===//

#include "softdpu/isa/Timing.h"
#include "softdpu/simulator/Schedule.h"

namespace softdpu {

CycleRules::CycleRules(const Arch &arch) : arch(arch) {
  const Timing timing = timingOf(arch);
  headQueueDepth = timing.headQueueDepth;
  mvmQueueDepth = timing.mvmQueueDepth;
  tailQueueDepth = timing.tailQueueDepth;
  issueRegisters = timing.issueRegisters;
  mvmRegisters = timing.mvmRegisters;
  bypassDepth = timing.bypassDepth;
  entryLatency = timing.entryLatency;
  dispatchLatency = timing.dispatchLatency;
  idleLatency = timing.idleLatency;
  matrixDoneLatency = timing.matrixDoneLatency;
  columnLatency = timing.columnLatency;
  engineLatency = timing.engineLatency;
  mfuEntry = timing.mfuEntry;
  writeBack = timing.writeBack;
  for (unsigned k = 0; k < arch.mfus; ++k) {
    addRead[k] = timing.addRead(k);
    multiplyRead[k] = timing.multiplyRead(k);
  }
}

} // namespace softdpu
