//===- Timing.h - Pipeline depths of an architecture -------------------------------------===//
//
// The one place where latencies are computed. SystemC takes them from here, the RTL from the package generated from here;
// docs/microarchitecture.md gives the table in prose.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"

namespace softdpu {

/// All values are in clock cycles or queue entries.
struct Timing {
  static constexpr unsigned headQueueDepth = 4;
  static constexpr unsigned mvmQueueDepth = 4;
  static constexpr unsigned tailQueueDepth = 8;
  static constexpr unsigned entryLatency = 3;      ///< Entry decoded -> it may be executed.
  static constexpr unsigned dispatchLatency = 2;   ///< Entry executed -> visible in its queues.
  static constexpr unsigned issueRegisters = 2;    ///< Between head or tail queue and the point where vectors fire.
  static constexpr unsigned mvmRegisters = 1;      ///< Between mvm queue and the point where passes fire.
  static constexpr unsigned idleLatency = 2;       ///< Last result written -> the machine is seen idle.
  static constexpr unsigned matrixDoneLatency = 1; ///< Last beat of weights taken -> the matrix entry completes.
  static constexpr unsigned bypassDepth = 16;
  static constexpr unsigned loopDepth = 4;
  static constexpr unsigned convertLatency = 4;
  static constexpr unsigned alignLatency = 2;
  static constexpr unsigned roundLatency = 4;
  static constexpr unsigned addLatency = 4;
  static constexpr unsigned activationLatency = 6;
  static constexpr unsigned multiplyLatency = 3;
  static constexpr unsigned mfuLatency = addLatency + activationLatency + multiplyLatency;

  unsigned broadcastLatency = 0;
  unsigned columnLatency = 0; ///< Column fired -> usable by a pass.
  unsigned dotLatency = 0;
  unsigned boxSumLatency = 0;
  unsigned engineLatency = 0; ///< Last chunk issued -> row pass complete.
  unsigned reduceLatency = 0;
  unsigned mfuEntry = 0;  ///< Beat fired -> vector enters MFU0.
  unsigned writeBack = 0; ///< Beat fired -> result written.

  unsigned addRead(unsigned mfu) const { return mfuEntry + mfu * mfuLatency - 1; }
  unsigned multiplyRead(unsigned mfu) const { return addRead(mfu) + addLatency + activationLatency; }
};

/// \param arch a validated architecture.
Timing timingOf(const Arch &arch);

} // namespace softdpu
