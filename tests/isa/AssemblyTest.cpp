//===- AssemblyTest.cpp - Text to words and back ------------------------------------------===//

#include "TestSupport.h"
#include "softdpu/isa/Instruction.h"

#include <gtest/gtest.h>
#include <random>

using namespace softdpu;
using namespace softdpu::isa;
using softdpu::test::wordsOf;

namespace {

struct Line {
  const char *text;
  uint64_t word;
};

const Line lines[] = {
    {"v_rd netin", encode::vRd(values::VectorSourceNetIn)},
    {"v_rd initial[a0+4]", encode::vRd(values::VectorSourceInitialVrf, {.immediate = 4, .reg = 0})},
    {"v_rd initial[a31-1]", encode::vRd(values::VectorSourceInitialVrf, {.immediate = -1, .reg = 31})},
    {"v_wr netout", encode::vWr(values::VectorTargetNetOut)},
    {"v_wr addsub1[a1+3]", encode::vWr(values::VectorTargetAddSubVrf + 1, {.immediate = 3, .reg = 1})},
    {"v_wr multiply2[65535]", encode::vWr(values::VectorTargetMultiplyVrf + 2, {.immediate = 65535, .reg = {}})},
    {"m_rd", encode::mRd()},
    {"m_wr mrf[12], group=2, order=column", encode::mWr(12, 2, values::OrderColumn)},
    {"mv_mul mrf[12], group=2, tails=4, scale=-20, order=column", encode::mvMul(12, 2, 4, -20, values::OrderColumn)},
    {"mv_mul mrf[0]", encode::mvMul(0, 1, 1, 0, values::OrderRow)},
    {"vv_add addsub0[a1+3]", encode::vvAdd(0, {.immediate = 3, .reg = 1})},
    {"vv_a_sub_b addsub1[0]", encode::vvASubB(1)},
    {"vv_b_sub_a addsub2[a0]", encode::vvBSubA(2, {.immediate = 0, .reg = 0})},
    {"vv_max addsub0[1]", encode::vvMax(0, {.immediate = 1, .reg = {}})},
    {"vv_min addsub0[2]", encode::vvMin(0, {.immediate = 2, .reg = {}})},
    {"vv_mul multiply2[7]", encode::vvMul(2, {.immediate = 7, .reg = {}})},
    {"v_relu mfu0", encode::vRelu(0)},
    {"v_sigm mfu1", encode::vSigm(1)},
    {"v_tanh mfu2", encode::vTanh(2)},
    {"v_one_minus_sigm mfu1", encode::vOneMinusSigm(1)},
    {"next_tail", encode::nextTail()},
    {"end_chain", encode::endChain()},
    {"s_wr rows, 4", encode::sWr(values::ChainScalarRows, 4)},
    {"s_wr mantissa, 7", encode::sWr(values::ChainScalarMantissa, 7)},
    {"loop 5", encode::loop({.immediate = 5, .reg = {}}, 65535)},
    {"loop s0", encode::loop({.immediate = 0, .reg = 0}, 65535)},
    {"loop s0-1, max=1", encode::loop({.immediate = -1, .reg = 0}, 1)},
    {"loop s15+2", encode::loop({.immediate = 2, .reg = 15}, 65535)},
    {"end_loop", encode::endLoop(0)},
    {"end_loop a0, a3, a31", encode::endLoop(0x80000009)},
    {"a_wr a3, base=4, stride=2, length=8", encode::aWr(3, 4, 2, 8)},
    {"halt", encode::halt()},
};

std::string firstLine(std::string text) {
  text = text.substr(0, text.find(';'));
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

TEST(Assembly, EachLineIsItsWordAndBack) {
  for (const Line &line : lines) {
    auto words = assemble(line.text, "test");
    ASSERT_TRUE(words) << words.error().message;
    ASSERT_EQ(words->size(), 1u);
    EXPECT_EQ(words->front(), line.word) << line.text;
    EXPECT_EQ(firstLine(disassemble(*words)), line.text);
  }
}

TEST(Assembly, SpacesCommentsAndKeywordOrderDoNotMatter) {
  EXPECT_EQ(wordsOf("\t mv_mul  mrf[ 0x0c ] , order = column,scale=-20,tails=4 , group=2 # why\r\n\n; nothing\n"),
            wordsOf("mv_mul mrf[12], group=2, tails=4, scale=-20, order=column"));
}

// Whatever the words are, valid or not.
TEST(Assembly, DisassembledWordsAssembleToThemselves) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> words;
  for (const Line &line : lines)
    words.push_back(line.word);
  for (unsigned i = 0; i < 2000; ++i) {
    const InstructionInfo &info = allInstructions()[random() % allInstructions().size()];
    uint64_t bits = random() & info.usedBits & ~fields::Opcode.mask();
    if (i % 3 == 0) // Small numbers are more often valid.
      bits &= random() & random();
    words.push_back(bits | uint64_t(info.opcode));
  }
  std::string text = disassemble(words);
  auto again = assemble(text, "again");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, words);
  EXPECT_NE(text.find(".word"), std::string::npos);
}

TEST(Assembly, LoopsAndChainsAreIndented) {
  EXPECT_EQ(disassemble(wordsOf("loop s0\nv_rd netin\nv_wr netout\nend_chain\nend_loop\nhalt")),
            "loop s0                                                  ; 0\n"
            "  v_rd netin                                             ; 1\n"
            "    v_wr netout                                          ; 2\n"
            "  end_chain                                              ; 3\n"
            "end_loop                                                 ; 4\n"
            "halt                                                     ; 5\n");
}

struct BadLine {
  const char *text, *message;
};

TEST(Assembly, ErrorsNameLineAndColumn) {
  const BadLine cases[] = {
      {"halt\n  foo bar", "t.s:2:3: expected an instruction, found 'foo'"},
      {"v_rd nowhere", "t.s:1:6: 'source' must be one of netin, initial[address]; found 'nowhere'"},
      {"v_rd initial", "t.s:1:13: expected '[address]' after initial, found the end of the line"},
      {"v_rd initial[a32]", "t.s:1:14: the address must be a number in 0..65535, found 'a32'"},
      {"v_rd initial[65536]", "t.s:1:14: the address is 65536, allowed are 0..65535"},
      {"v_rd initial[3", "t.s:1:15: expected ']', found the end of the line"},
      {"v_wr addsub3[0]", "t.s:1:6: 'target' must be one of netout"},
      {"vv_add multiply0[0]", "t.s:1:8: 'operand' must be one of addsub0..2[address]; found 'multiply0'"},
      {"v_tanh mfu3", "t.s:1:8: 'mfu' must be mfu0..mfu2, found 'mfu3'"},
      {"mv_mul 12", "t.s:1:8: 'matrix' must be mrf[slot], found '12'"},
      {"mv_mul mrf[0], group=0", "t.s:1:22: 'group' is 0, allowed are 1..255"},
      {"mv_mul mrf[0], group=1, group=2", "t.s:1:25: mv_mul takes tails, scale, order here, found 'group'"},
      {"mv_mul mrf[0] group=1", "t.s:1:15: expected ',', found 'group'"},
      {"mv_mul mrf[0], order=diagonal", "t.s:1:22: 'order' must be one of row, column; found 'diagonal'"},
      {"mv_mul mrf[0], scale=-129", "'scale' is -129, allowed are -128..127"},
      {"s_wr depth, 3", "t.s:1:6: 'name' must be one of rows, cols, mantissa; found 'depth'"},
      {"s_wr rows 3", "t.s:1:11: expected ',', found '3'"},
      {"loop s16", "the count must be a number in -32768..32767, found 's16'"},
      {"loop s0-40000", "the offset is 40000, allowed are 0..32768"},
      {"end_loop a0,", "expected an address register a0..a31, found the end of the line"},
      {"a_wr s0", "'reg' must be an address register a0..a31, found 's0'"},
      {"halt halt", "t.s:1:6: expected the end of the line, found 'halt'"},
      {".word x", ".word takes a 64-bit number, found 'x'"},
      {"loop 99999999999", "the count must be a number"},
      {"\x80\xff", "expected an instruction"},
  };
  for (const BadLine &bad : cases) {
    auto words = assemble(bad.text, "t.s");
    ASSERT_FALSE(words) << bad.text;
    EXPECT_NE(words.error().message.find(bad.message), std::string::npos) << bad.text << ": " << words.error().message;
  }
}

} // namespace
