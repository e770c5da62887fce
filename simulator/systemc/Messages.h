//===- Messages.h - What travels between the blocks --------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"
#include "softdpu/numerics/Half.h"

#include <array>
#include <cstdint>

namespace softdpu::model {

using WideSum = Int128; ///< Holds the exact accumulator, Arch::accumulatorWidth() < 128 bits.

/// Values of the address registers.
using AddressValues = std::array<uint16_t, addressRegisters>;

/// Sequencer -> dispatch: a tail, perhaps with the head of its chain, that is executed.
struct DispatchJob {
  const Tail *tail = nullptr; ///< Outlives the run.
  AddressValues registers{};  ///< When it is executed.
};

/// Dispatch -> loader.
struct HeadJob {
  Source source = Source::NetIn;
  bool hasMvMul = false;
  uint16_t address = 0;
  uint16_t vectors = 1; ///< `cols`, or `rows` without mv_mul.
  uint8_t mantissa = 0;
  uint8_t tag = 0; ///< Tails dispatched before this chain, modulo 256.
  uint32_t pc = 0;
};

/// Dispatch -> mvm issue.
struct MvmJob {
  uint16_t matrix = 0;
  uint8_t group = 1;
  TileOrder order = TileOrder::Row;
  uint32_t rows = 1, cols = 1; ///< Native tiles; rows of all tails.
  uint32_t pc = 0;
};

/// An operand or destination; `used` false: none.
struct Place {
  bool used = false;
  bool tap = false; ///< Destinations: the vector at the input of the last MFU.
  uint16_t address = 0;
};

/// What one MFU does.
struct MfuJob {
  AddOp add = AddOp::None;
  ActivationOp activation = ActivationOp::None;
  bool multiply = false;
  uint16_t addOperand = 0, multiplyOperand = 0;
};

/// Dispatch -> beat issue; addresses are those of row 0.
struct TailJob {
  uint16_t rows = 1;
  bool matrixResult = false, lastOfChain = true;
  uint8_t group = 1;
  int8_t scale = 0; ///< Of the chain's mv_mul.
  bool tap = false; ///< Some destination takes the tap.
  std::array<MfuJob, maxMfus> mfus;
  Place netOut, initial;
  std::array<Place, maxMfus> addSub, multiply;
  uint32_t pc = 0;
};

/// Mvm issue -> tile engines: one pass.
struct Pass {
  uint32_t rowPass = 0, colPass = 0;
  uint32_t rows = 0, cols = 0; ///< Of the matrix, in native tiles.
  unsigned group = 1;
  unsigned matrixSlot = 0;      ///< Of the MRF.
  unsigned accumulatorSlot = 0; ///< The first column pass overwrites it.
  unsigned half = 0;            ///< Of the column buffer.
};

/// One vector on its way through reduction, rounding and MFUs. Beats live in a ring and are passed by pointer: each is in one stage at a
/// time.
struct Beat {
  TailJob tail; ///< With the addresses of this row.
  uint32_t row = 0;
  unsigned accumulatorSlot = 0, firstEngine = 0; ///< mv_mul chains.
  WideSum *sums = nullptr;                       ///< nativeDim
  Half *vector = nullptr, *tap = nullptr;        ///< nativeDim
};

/// Loader -> converter or bypass FIFO: a vector, to be read when this arrives.
struct LoadedVector {
  Source source = Source::NetIn;
  uint16_t address = 0;         ///< InitialVrf
  const Half *vector = nullptr; ///< NetIn
  uint8_t mantissa = 0;
  unsigned half = 0, column = 0;
};

} // namespace softdpu::model
