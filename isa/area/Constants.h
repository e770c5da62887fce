//===- Constants.h - What the modules take, measured -------------------------------------===//
//
// Each constant is the result of Yosys 0.23 for one module of rtl/, `synth_intel_alm -family cyclone10gx`, without place and route, at the
// parameters of `s10` unless it says otherwise; docs/explore.md has the command. Measure again when a module changes.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <array>
#include <utility>

namespace softdpu::area {

/// An ALM holds two ALUTs and four registers. Generous: an ALUT of six inputs needs a whole ALM.
inline constexpr double alutsPerAlm = 2, registersPerAlm = 4;

/// A small memory (MLAB) is 32 words of 20 bits in ten ALMs; a block RAM (M20K) 512 words of 40 bits.
inline constexpr unsigned mlabDepth = 32, mlabWidth = 20, almsPerMlab = 10, m20kDepth = 512, m20kWidth = 40;

// Per row and box of a chunk.

/// ALUTs of `box_dot` with bit planes (at most two mantissa bits) by lanes; in between and beyond, along the line.
inline constexpr std::array<std::pair<unsigned, double>, 8> planarDotAluts{
    {{8, 130}, {16, 233}, {32, 448}, {64, 907}, {128, 1857}, {176, 2602}, {256, 3787}, {400, 5969}}};
/// ALUTs for each lane of `box_dot` without bit planes by mantissa bits, from 2 on: 16 lanes (4 at two bits), `-nodsp`. At three bits and
/// 64 lanes it is 1.16 times as much.
inline constexpr std::array<double, 9> dotAlutsPerLane{25.3, 42.3, 65.7, 92.5, 129.0, 164.1, 209.2, 256.3, 316.5};
/// ALUTs of `box_dot` for each multiplier of three packed lanes: 1,932 for the 176 lanes of s10, of which 57 are packed.
inline constexpr double packedAlutsPerMultiplier = 11.0;
inline constexpr unsigned lanesPerMultiplier = 3;
/// ALUTs of `pack_triple`.
inline constexpr double packTripleAluts = 29;
/// ALUTs of `align`.
inline constexpr double alignAluts = 131;

// Per row.

/// ALUTs of an adder of exact sums for each of its bits: `adder_tree` of three inputs of 80 bits takes 160.
inline constexpr double adderAlutsPerBit = 1;
/// ALUTs of `accumulators` for each bit, beside its memories: 160 at 80 bits.
inline constexpr double accumulatorAlutsPerBit = 2;
/// ALUTs of `half_round`.
inline constexpr double roundAluts = 414;

// Per element of a native vector.

/// ALUTs of `quantizer`: 26 at two mantissa bits, 61 at seven; in between and beyond, along the line.
inline constexpr double quantizerAluts = 12, quantizerAlutsPerBit = 7;
/// ALUTs of `box_exponent` for each element of the box: 1,648 for the 176 of s10 (165 for 16).
inline constexpr double boxExponentAlutsPerElement = 1648.0 / 176;
/// ALUTs of `half_add`, `activation` and `half_multiply`.
inline constexpr double addAluts = 292, activationAluts = 266, multiplyAluts = 77;
inline constexpr unsigned activationMultipliers = 1, multiplyMultipliers = 1;
/// Block RAMs of `activation`: its table.
inline constexpr unsigned activationM20k = 1;

/// ALUTs of `vrf` for each bit of a vector: 2,828 for the 2,816 bits of s10.
inline constexpr double forwardAlutsPerBit = 1;

// Once.

/// ALUTs of the units that do not grow with the machine: `decoder` 553, `entry_writer` 146, `sequencer` 6,137, `dispatch` 229, `beat_issue`
/// 474, `mvm_issue` 277, `tail_queue` 2,175, `loader` 2,968, `control` 1,034, `matrix_loader` 287, `counters` 2,193.
inline constexpr double controlAluts = 553 + 146 + 6137 + 229 + 474 + 277 + 2175 + 2968 + 1034 + 287 + 2193;
inline constexpr unsigned decoderMultipliers = 1;
/// ALUTs of `beat_pipe`, two `source_scoreboard` and two `operand_scoreboard` for each age of a beat: 27, 1,163 and 1,532 for the 46 of
/// s10.
inline constexpr double beatPipeAlutsPerAge = (27 + 2 * 1163 + 2 * 1532) / 46.0;
inline constexpr unsigned instructionWidth = 64;
/// Bits of an entry of the chain buffer: dpu_pkg::entry_t.
inline constexpr unsigned chainEntryWidth = 268, chainEntryWidthPerMfu = 99;

} // namespace softdpu::area
