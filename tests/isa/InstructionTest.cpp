//===- InstructionTest.cpp - The generated tables and checkWord ---------------------------===//

#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/simulator/Engine.h"

#include <gtest/gtest.h>
#include <set>

using namespace softdpu;
using namespace softdpu::isa;

namespace {

/// A valid word for every instruction, with every operand at a value that is not its default.
const std::pair<Opcode, uint64_t> examples[] = {
    {Opcode::VRd, encode::vRd(values::VectorSourceInitialVrf, {.immediate = 7, .reg = 3})},
    {Opcode::VWr, encode::vWr(values::VectorTargetMultiplyVrf + 2, {.immediate = 65535, .reg = 31})},
    {Opcode::MRd, encode::mRd()},
    {Opcode::MWr, encode::mWr(300, 3, values::OrderColumn)},
    {Opcode::MvMul, encode::mvMul(12, 2, 4, -20, values::OrderColumn)},
    {Opcode::VvAdd, encode::vvAdd(1, {.immediate = 9, .reg = 1})},
    {Opcode::VvASubB, encode::vvASubB(2, {.immediate = 9, .reg = {}})},
    {Opcode::VvBSubA, encode::vvBSubA(0, {.immediate = 1, .reg = 2})},
    {Opcode::VvMax, encode::vvMax(1, {.immediate = 2, .reg = {}})},
    {Opcode::VvMin, encode::vvMin(2, {.immediate = 3, .reg = {}})},
    {Opcode::VvMul, encode::vvMul(1, {.immediate = 4, .reg = 30})},
    {Opcode::VRelu, encode::vRelu(2)},
    {Opcode::VSigm, encode::vSigm(1)},
    {Opcode::VTanh, encode::vTanh(2)},
    {Opcode::VOneMinusSigm, encode::vOneMinusSigm(1)},
    {Opcode::NextTail, encode::nextTail()},
    {Opcode::EndChain, encode::endChain()},
    {Opcode::SWr, encode::sWr(values::ChainScalarMantissa, 7)},
    {Opcode::Loop, encode::loop({.immediate = -1, .reg = 15}, 9)},
    {Opcode::EndLoop, encode::endLoop(0x80000001)},
    {Opcode::AWr, encode::aWr(31, 4, 2, 8)},
    {Opcode::Halt, encode::halt()},
};

TEST(Instruction, EveryInstructionHasAnExampleThatIsValid) {
  std::set<Opcode> seen;
  for (auto [opcode, word] : examples) {
    auto info = checkWord(word);
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ((*info)->opcode, opcode);
    EXPECT_EQ(findInstruction((*info)->mnemonic), *info);
    seen.insert(opcode);
  }
  EXPECT_EQ(seen.size(), allInstructions().size());
}

// The encoding is a contract with hardware and with stored programs: these words may not change within an ISA major version.
TEST(Instruction, EncodingIsStable) {
  EXPECT_EQ(encode::vRd(values::VectorSourceInitialVrf, {.immediate = 7, .reg = 3}), 0x0000'0007'0000'7101u);
  EXPECT_EQ(encode::vWr(values::VectorTargetAddSubVrf + 1, {.immediate = 2, .reg = {}}), 0x0000'0002'0000'0502u);
  EXPECT_EQ(encode::mWr(300, 3, values::OrderColumn), 0x0003'012C'0004'0004u);
  EXPECT_EQ(encode::mvMul(12, 2, 4, -20, values::OrderColumn), 0xEC02'000C'0024'0010u);
  EXPECT_EQ(encode::vvMul(2, {.immediate = 7, .reg = {}}), 0x0000'0007'0000'0228u);
  EXPECT_EQ(encode::vTanh(1), 0x0000'0000'0000'0132u);
  EXPECT_EQ(encode::sWr(values::ChainScalarCols, 4), 0x0000'0004'0000'0150u);
  EXPECT_EQ(encode::loop({.immediate = -1, .reg = 0}, 65535), 0xFFFF'FFFF'0000'1051u);
  EXPECT_EQ(encode::endLoop(0x9), 0x0000'0009'0000'0052u);
  EXPECT_EQ(encode::aWr(3, 4, 2, 8), 0x0008'0004'0008'6053u);
  EXPECT_EQ(encode::halt(), 0x54u);
}

TEST(Instruction, UnusedBitsMustBeZero) {
  for (auto [opcode, word] : examples) {
    const InstructionInfo &info = *findInstruction(uint8_t(opcode));
    for (unsigned bit = 0; bit < 64; ++bit)
      if (!(info.usedBits >> bit & 1)) {
        auto result = checkWord(word | uint64_t(1) << bit);
        ASSERT_FALSE(result) << info.mnemonic << " accepts bit " << bit;
        EXPECT_NE(result.error().message.find("must be 0"), std::string::npos) << result.error().message;
      }
  }
}

TEST(Instruction, UnknownOpcodesAreRefused) {
  for (unsigned opcode = 0; opcode < 256; ++opcode)
    if (!findInstruction(uint8_t(opcode))) {
      EXPECT_FALSE(checkWord(opcode)) << opcode;
    }
}

struct BadWord {
  uint64_t word;
  const char *message;
};

TEST(Instruction, OperandsOutOfRangeAreNamed) {
  const BadWord cases[] = {
      {encode::vRd(2), "v_rd: 'source' is memory 2, allowed are 0 (netin), 1 (initial)"},
      {encode::vWr(7), "v_wr: 'target' is memory 7"},
      {encode::vvAdd(3), "vv_add: 'operand' is memory 3"},
      {encode::vRd(values::VectorSourceNetIn, {.immediate = 1, .reg = {}}), "v_rd: netin takes no address"},
      {encode::vRd(values::VectorSourceInitialVrf) | insert(fields::Reg, 4), "names register 4 but does not use it"},
      {encode::loop({.immediate = 0, .reg = 16}, 1), "loop: 'count' names register 16, allowed are 0..15"},
      {encode::vTanh(3), "v_tanh: 'mfu' is 3, allowed are 0..2"},
      {encode::mvMul(0, 0, 1, 0, 0), "mv_mul: 'group' is 0, allowed are 1..255"},
      {encode::mvMul(0, 1, 0, 0, 0), "mv_mul: 'tails' is 0, allowed are 1..255"},
      {encode::sWr(3, 1), "s_wr: 'name' is 3, allowed are 0..2"},
      {encode::sWr(0, 0), "s_wr: 'value' is 0, allowed are 1..65535"},
      {encode::aWr(0, 0, 0, 0), "a_wr: 'length' is 0, allowed are 1..65535"},
  };
  for (const BadWord &bad : cases) {
    auto result = checkWord(bad.word);
    ASSERT_FALSE(result) << bad.message;
    EXPECT_NE(result.error().message.find(bad.message), std::string::npos) << result.error().message;
  }
}

TEST(Instruction, CountersHaveTheOrderOfTheStruct) {
  EXPECT_EQ(counterNames.size() * sizeof(uint64_t), sizeof(Counters));
  EXPECT_EQ(counterNames.front(), "Cycles");
  EXPECT_EQ(counterNames.back(), "SequencerStallIdle");
}

} // namespace
