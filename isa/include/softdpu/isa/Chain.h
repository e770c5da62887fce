//===- Chain.h - A program as the sequencer sees it --------------------------------------===//
//
// Decoding turns instruction words into entries: tails (the first of a chain carries the head), matrix loads, loops and
// address-register writes. `s_wr` is resolved here, because it is lexical. All engines run entries; none decodes words itself
// (except the RTL, in hardware).
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Arch.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace softdpu {

constexpr unsigned maxMfus = 3;
constexpr unsigned addressRegisters = 32;
constexpr unsigned scalarRegisters = 16;

/// immediate + address register, modulo 2^16, in native vectors.
struct Address {
  uint16_t immediate = 0;
  std::optional<uint8_t> reg; ///< 0..31
  bool operator==(const Address &) const = default;
};

enum class AddOp : uint8_t { None, Add, ASubB, BSubA, Max, Min };
enum class ActivationOp : uint8_t { None, Relu, Sigmoid, Tanh, OneMinusSigmoid };
enum class Source : uint8_t { NetIn, InitialVrf };
enum class TileOrder : uint8_t { Row, Column };

struct MvMul {
  uint16_t matrix = 0; ///< First MRF slot.
  uint8_t group = 1;   ///< Engines per row tile.
  uint8_t tails = 1;
  int8_t scale = 0; ///< The dot product of mantissas and stored exponents is multiplied by 2^scale before rounding.
  TileOrder order = TileOrder::Row;
  bool operator==(const MvMul &) const = default;
};

struct Head {
  Source source = Source::NetIn;
  Address address; ///< Unused for NetIn.
  uint16_t rows = 1;
  uint16_t cols = 1;    ///< 1 without mv_mul.
  uint8_t mantissa = 0; ///< Magnitude bits that activations are quantised to; 0 without mv_mul.
  std::optional<MvMul> mvMul;
  bool operator==(const Head &) const = default;
};

struct Mfu {
  AddOp add = AddOp::None;
  Address addOperand; ///< AddSubVrf[k]
  ActivationOp activation = ActivationOp::None;
  bool multiply = false;
  Address multiplyOperand; ///< MultiplyVrf[k]
  bool operator==(const Mfu &) const = default;
};

/// One destination: written with the final vector, or with the tap at the input of the last MFU.
struct Write {
  bool tap = false;
  Address address;
  bool operator==(const Write &) const = default;
};

struct Tail {
  std::optional<Head> head; ///< Present in the first tail of a chain.
  uint16_t rows = 1;
  bool matrixResult = false; ///< Beats come from mv_mul, not from the bypass.
  uint8_t group = 1;         ///< Of the chain's mv_mul.
  bool lastOfChain = true;
  std::array<Mfu, maxMfus> mfus;
  std::optional<Write> netOut, initial;
  std::array<std::optional<Write>, maxMfus> addSub, multiply;
  uint32_t pc = 0; ///< Word index of the first instruction of this tail: the v_rd, or what follows next_tail.
  bool operator==(const Tail &) const = default;
};

struct MatrixLoad {
  uint16_t matrix = 0;
  uint8_t group = 1;
  TileOrder order = TileOrder::Row;
  uint16_t rows = 1, cols = 1; ///< Native tiles; rows counts those of all tails.
  uint32_t pc = 0;
  bool operator==(const MatrixLoad &) const = default;
};

struct Loop {
  std::optional<uint8_t> scalar; ///< 0..15
  int16_t add = 0;
  uint16_t max = 0xFFFF; ///< 65535: no limit.
  uint32_t pc = 0;
  bool operator==(const Loop &) const = default;
};

struct EndLoop {
  uint32_t advance = 0; ///< Mask of address registers.
  uint32_t pc = 0;
  bool operator==(const EndLoop &) const = default;
};

struct AddressWrite {
  uint8_t reg = 0;
  uint16_t base = 0, stride = 0, length = 1; ///< stride <= length, stride < 2^14, base + length <= 2^16
  uint32_t pc = 0;
  bool operator==(const AddressWrite &) const = default;
};

struct Halt {
  uint32_t pc = 0;
  bool operator==(const Halt &) const = default;
};

using Entry = std::variant<Tail, MatrixLoad, Loop, EndLoop, AddressWrite, Halt>;

/// One instruction sequence up to its `halt`, and what decoding took: `ready[i]` is the number of instruction words consumed when entry i
/// is complete (the decoder's timing follows from it).
struct DecodedProgram {
  std::vector<Entry> entries;
  std::vector<uint32_t> ready;
};

/// Decodes from word `entryPoint` up to the first `halt`.
///
/// Checks everything that can be known without running: encodings, chain shape (units in order, taps, one write per memory),
/// register and address ranges against `arch` (addresses without a register; registers must have been set by an a_wr before), loop
/// nesting, the outermost loop fitting the chain buffer, `tails` matching the tails that follow, column order fitting the accumulators.
/// \returns an error naming the word index, the instruction, what was found and what is allowed.
Expected<DecodedProgram> decodeProgram(std::span<const uint64_t> words, uint32_t entryPoint, const Arch &arch);

/// The inverse for one sequence: the words that decode to `entries`; rows, cols and mantissa get an `s_wr` where they change. `pc` is not
/// used. A tap needs an operation in the last MFU.
std::vector<uint64_t> encodeProgram(std::span<const Entry> entries, const Arch &arch);

/// Assembly text of `words`, one instruction per line, loops and chains indented, word index as a comment. Words that are no instruction
/// become `.word 0x...`, so that assembling gives `words` again, whatever they are.
std::string disassemble(std::span<const uint64_t> words);

/// Assembles text; errors name line and column.
Expected<std::vector<uint64_t>> assemble(std::string_view text, std::string_view origin);

} // namespace softdpu
