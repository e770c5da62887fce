//===- DecoderTest.cpp - Chains from words, and every static check -------------------------===//

#include "TestSupport.h"
#include "softdpu/isa/Instruction.h"

#include <gtest/gtest.h>
#include <random>

using namespace softdpu;
using softdpu::test::archOf;
using softdpu::test::wordsOf;

namespace {

DecodedProgram decoded(std::string_view text, const Arch &arch) {
  auto program = decodeProgram(wordsOf(text), 0, arch);
  EXPECT_TRUE(program) << program.error().message;
  return program ? *program : DecodedProgram{};
}

constexpr std::string_view lstmStep = R"(
  a_wr a0, base=4, stride=2, length=8
  loop s0-1, max=7
    s_wr rows, 2
    s_wr cols, 3
    s_wr mantissa, 5
    v_rd initial[a0+1]
      mv_mul mrf[12], group=2, tails=2, scale=-20, order=column
      vv_add addsub0[a0+3]
      v_tanh mfu1
      v_wr netout
    next_tail
      v_sigm mfu0
      v_wr addsub1[2]
      vv_mul multiply2[7]
      v_wr initial[0]
      v_wr multiply1[a0-1]
    end_chain
  end_loop a0
  halt
)";

/// A tail of the chain above that does nothing yet.
Tail tailAt(uint32_t pc) {
  Tail tail;
  tail.rows = 2;
  tail.matrixResult = true;
  tail.group = 2;
  tail.pc = pc;
  return tail;
}

TEST(Decoder, ReadsChainsWithTailsAndTaps) {
  DecodedProgram program = decoded(lstmStep, archOf("edge"));
  ASSERT_EQ(program.entries.size(), 6u);
  EXPECT_EQ(program.ready, (std::vector<uint32_t>{1, 2, 11, 17, 18, 19}));

  EXPECT_EQ(std::get<AddressWrite>(program.entries[0]), (AddressWrite{.reg = 0, .base = 4, .stride = 2, .length = 8, .pc = 0}));
  EXPECT_EQ(std::get<Loop>(program.entries[1]), (Loop{.scalar = 0, .add = -1, .max = 7, .pc = 1}));
  EXPECT_EQ(std::get<EndLoop>(program.entries[4]), (EndLoop{.advance = 1, .pc = 17}));
  EXPECT_EQ(std::get<Halt>(program.entries[5]), (Halt{.pc = 18}));

  Tail first = tailAt(5);
  first.lastOfChain = false;
  first.head = Head{.source = Source::InitialVrf,
                    .address = {1, 0},
                    .rows = 2,
                    .cols = 3,
                    .mantissa = 5,
                    .mvMul = MvMul{.matrix = 12, .group = 2, .tails = 2, .scale = -20, .order = TileOrder::Column}};
  first.mfus[0].add = AddOp::Add;
  first.mfus[0].addOperand = {3, 0};
  first.mfus[1].activation = ActivationOp::Tanh;
  first.netOut = Write{};
  EXPECT_EQ(std::get<Tail>(program.entries[2]), first);

  Tail second = tailAt(11);
  second.mfus[0].activation = ActivationOp::Sigmoid;
  second.mfus[2].multiply = true;
  second.mfus[2].multiplyOperand = {7, {}};
  second.addSub[1] = Write{.tap = true, .address = {2, {}}};
  second.multiply[1] = Write{.tap = false, .address = {65535, 0}};
  second.initial = Write{.tap = false, .address = {0, {}}};
  EXPECT_EQ(std::get<Tail>(program.entries[3]), second);
}

// The last MFU, in front of which a tap stands, is a matter of the architecture.
TEST(Decoder, TapIsInFrontOfTheLastMfu) {
  constexpr std::string_view text = "v_rd netin\nv_wr netout\nv_tanh mfu1\nv_wr initial[0]\nend_chain\nhalt";
  DecodedProgram program = decoded(text, archOf("small")); // two MFUs
  EXPECT_TRUE(std::get<Tail>(program.entries[0]).netOut->tap);
  EXPECT_FALSE(std::get<Tail>(program.entries[0]).initial->tap);
  EXPECT_FALSE(decodeProgram(wordsOf(text), 0, archOf("edge"))); // three
}

// s_wr holds for what follows in memory, also behind the loop it stands in.
TEST(Decoder, ScalarsAreLexical) {
  DecodedProgram program = decoded("loop 0\ns_wr rows, 3\nend_loop\nv_rd netin\nv_wr netout\nend_chain\nhalt", archOf("tiny"));
  EXPECT_EQ(std::get<Tail>(program.entries[2]).rows, 3);
}

TEST(Decoder, ScalarsBeginAnewAtEachEntryPoint) {
  auto words = wordsOf("s_wr rows, 3\nhalt\nv_rd netin\nv_wr netout\nend_chain\nhalt");
  auto program = decodeProgram(words, 2, archOf("tiny"));
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(std::get<Tail>(program->entries[0]).rows, 1);
  EXPECT_EQ(std::get<Tail>(program->entries[0]).pc, 2u);
  EXPECT_EQ(program->ready, (std::vector<uint32_t>{3, 4}));
}

TEST(Decoder, ReadsMatrixLoads) {
  DecodedProgram program = decoded("s_wr rows, 8\ns_wr cols, 2\nm_rd\nm_wr mrf[3], group=2, order=column\nend_chain\nhalt", archOf("tiny"));
  EXPECT_EQ(std::get<MatrixLoad>(program.entries[0]),
            (MatrixLoad{.matrix = 3, .group = 2, .order = TileOrder::Column, .rows = 8, .cols = 2, .pc = 2}));
}

struct BadProgram {
  const char *text, *message;
};

TEST(Decoder, EachRuleHasItsError) {
  const BadProgram cases[] = {
      // On tiny: 8-wide, 2 engines, 3 MFUs, 128 MRF tiles, VRFs of 64, 4 accumulators, 16 columns, chain buffer 128, mantissa 7.
      {"v_rd netin", "word 1: the program ends without halt"},
      {".word 0x77", "word 0: unknown opcode 0x77"},
      {".word 0x100000000000041", "word 0: end_chain: bits 0x0100000000000000 are set"},
      {"v_wr netout",
       "word 0 (v_wr): may not stand at the begin of a sequence; allowed there: v_rd, m_rd, s_wr, loop, end_loop, a_wr, halt"},
      {"v_rd netin\nend_chain", "word 1 (end_chain): may not stand after v_rd; allowed there: v_wr, mv_mul, vv_add"},
      {"v_rd netin\nv_tanh mfu0\nend_chain", "word 2 (end_chain): may not stand after v_tanh"},
      {"v_rd netin\nv_tanh mfu0\nmv_mul mrf[0]", "word 2 (mv_mul): may not stand after v_tanh"},
      {"v_rd netin\ns_wr rows, 2", "word 1 (s_wr): may not stand after v_rd"},
      {"v_rd netin\nv_wr netout\nhalt", "word 2 (halt): may not stand after v_wr"},
      {"m_rd\nend_chain", "word 1 (end_chain): may not stand after m_rd; allowed there: m_wr"},
      {"m_rd\nm_wr mrf[0]\nnext_tail", "word 2 (next_tail): may not stand after m_wr; allowed there: end_chain"},

      {"v_rd netin\nv_tanh mfu1\nv_sigm mfu0", "word 2 (v_sigm): MFU 0 has already done this or a later operation"},
      {"v_rd netin\nv_tanh mfu0\nv_sigm mfu0", "word 2 (v_sigm): MFU 0 has already done"},
      {"v_rd netin\nvv_mul multiply0[0]\nvv_add addsub0[0]", "word 2 (vv_add): MFU 0 has already done"},
      {"v_rd netin\nv_wr netout\nv_tanh mfu1", "word 2 (v_tanh): stands after a v_wr; only a tap"},
      {"v_rd netin\nv_tanh mfu2\nv_wr netout\nvv_mul multiply2[0]", "word 3 (vv_mul): stands after a v_wr"},
      {"v_rd netin\nv_wr netout\nv_tanh mfu2\nv_wr netout", "word 3 (v_wr): netout is already written by this tail"},
      {"v_rd netin\nv_wr addsub1[0]\nv_wr addsub1[1]", "word 2 (v_wr): addsub1 is already written by this tail"},

      {"v_rd netin\nmv_mul mrf[0], tails=2\nv_wr netout\nend_chain", "word 3 (end_chain): ends tail 1 of 2; next_tail"},
      {"v_rd netin\nmv_mul mrf[0]\nv_wr netout\nnext_tail", "word 3 (next_tail): ends tail 1 of 1; the chain must end here"},
      {"v_rd netin\nv_wr netout\nnext_tail", "word 2 (next_tail): ends tail 1 of 1"},

      {"s_wr rows, 2\nv_rd initial[63]", "word 1 (v_rd): 2 entries from initial[63] on do not fit; the memory has 64 entries"},
      {"s_wr cols, 3\nv_rd initial[62]\nmv_mul mrf[0]", "word 1 (v_rd): 3 entries from initial[62]"},
      {"v_rd netin\nv_wr initial[64]", "word 1 (v_wr): 1 entries from initial[64] on do not fit"},
      {"v_rd netin\nv_wr addsub0[64]", "1 entries from addsub0[64]"},
      {"v_rd netin\nv_wr multiply2[64]", "1 entries from multiply2[64]"},
      {"v_rd netin\nvv_add addsub2[64]", "word 1 (vv_add): 1 entries from addsub2[64]"},
      {"v_rd netin\nvv_mul multiply1[99]", "word 1 (vv_mul): 1 entries from multiply1[99]"},
      {"v_rd initial[a3]", "word 0 (v_rd): address register a3 is used before any a_wr sets it"},
      {"loop 1\nend_loop a1", "word 1 (end_loop): advances address registers that no a_wr sets before (mask 0x00000002)"},

      {"v_rd netin\nmv_mul mrf[0], group=3", "word 1 (mv_mul): group is 3, allowed are 1..2 (tile_engines)"},
      {"s_wr cols, 17\nv_rd netin\nmv_mul mrf[0]", "word 2 (mv_mul): cols is 17, allowed are 1..16 (max_columns)"},
      {"v_rd netin\nmv_mul mrf[128]", "word 1 (mv_mul): 1 x 1 tiles with group 1 take slots 128..128; the MRF has 128 (mrf_tiles)"},
      {"s_wr rows, 9\nv_rd netin\nmv_mul mrf[0], group=2, order=column",
       "word 2 (mv_mul): column order needs 9 accumulators for 9 row tiles with group 2; there are 4"},
      {"s_wr rows, 3\ns_wr cols, 2\nm_rd\nm_wr mrf[126]", "word 3 (m_wr): 3 x 2 tiles with group 1 take slots 126..129; the MRF has 128"},
      {"m_rd\nm_wr mrf[0], group=3", "word 1 (m_wr): group is 3"},

      {"s_wr mantissa, 8", "word 0 (s_wr): mantissa is 8, allowed are 2..7 (mantissa_bits)"},
      {"s_wr mantissa, 1", "word 0 (s_wr): mantissa is 1, allowed are 2..7"},
      {"loop 1\nloop 1\nloop 1\nloop 1\nloop 1", "word 4 (loop): loops nest 5 deep, at most 4 are allowed"},
      {"end_loop", "word 0 (end_loop): there is no open loop"},
      {"loop 1\nhalt", "word 1 (halt): stands inside a loop"},
      {"a_wr a0, stride=9, length=8", "word 0 (a_wr): stride is 9, allowed are 0..8 (length)"},
      {"a_wr a0, base=60000, length=6000", "word 0 (a_wr): base + length is 66000, allowed are at most 65536"},
  };
  const Arch tiny = archOf("tiny");
  for (const BadProgram &bad : cases) {
    auto program = decodeProgram(wordsOf(bad.text), 0, tiny);
    ASSERT_FALSE(program) << bad.text;
    EXPECT_NE(program.error().message.find(bad.message), std::string::npos) << bad.text << ":\n" << program.error().message;
  }
}

TEST(Decoder, MfusOfTheArchitectureOnly) {
  for (const char *line : {"v_tanh mfu2", "vv_add addsub2[0]", "v_wr multiply2[0]"}) {
    auto program = decodeProgram(wordsOf(fmt::format("v_rd netin\n{}", line)), 0, archOf("small"));
    ASSERT_FALSE(program);
    EXPECT_NE(program.error().message.find("names MFU 2, allowed are 0..1 (mfus)"), std::string::npos) << program.error().message;
  }
}

std::string loopOf(unsigned tails) {
  std::string text = "loop 1\n";
  for (unsigned i = 0; i < tails; ++i)
    text += "v_rd netin\nv_wr netout\nend_chain\n";
  return text + "end_loop\nhalt\n";
}

// A longer one would wait for ever for room in the buffer.
TEST(Decoder, OutermostLoopMustFitTheChainBuffer) {
  const Arch tiny = archOf("tiny");
  EXPECT_TRUE(decodeProgram(wordsOf(loopOf(tiny.chainBuffer - 2)), 0, tiny));
  auto program = decodeProgram(wordsOf(loopOf(tiny.chainBuffer - 1)), 0, tiny);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().message.find("the loop takes 129 entries, the chain buffer has 128"), std::string::npos)
      << program.error().message;
}

TEST(Decoder, ProgramMustFitTheInstructionMemory) {
  const Arch tiny = archOf("tiny");
  std::vector<uint64_t> words(tiny.instructionMemory + 1, isa::encode::halt());
  EXPECT_FALSE(decodeProgram(words, 0, tiny));
  words.pop_back();
  EXPECT_TRUE(decodeProgram(words, uint32_t(words.size() - 1), tiny));
  EXPECT_FALSE(decodeProgram(words, uint32_t(words.size()), tiny));
  EXPECT_FALSE(decodeProgram({}, 0, tiny));
}

TEST(Encoder, IsTheInverseOfDecoding) {
  const Arch edge = archOf("edge");
  DecodedProgram program = decoded(lstmStep, edge);
  std::vector<uint64_t> words = encodeProgram(program.entries, edge);
  EXPECT_EQ(words, wordsOf(lstmStep));
}

TEST(Encoder, WritesScalarsWhereTheyChange) {
  const Arch tiny = archOf("tiny");
  constexpr std::string_view text = "s_wr rows, 2\nv_rd netin\nv_wr netout\nend_chain\n"
                                    "s_wr cols, 2\nv_rd netin\nmv_mul mrf[0]\nv_wr netout\nend_chain\n"
                                    "v_rd netin\nv_wr netout\nend_chain\n"
                                    "s_wr rows, 1\nm_rd\nm_wr mrf[0]\nend_chain\nhalt";
  EXPECT_EQ(encodeProgram(decoded(text, tiny).entries, tiny), wordsOf(text));
}

// Random words, most of them valid by themselves: decoding must end with a program or an error, and a program must survive encoding.
TEST(Decoder, RandomWordsNeverCrash) {
  std::mt19937_64 random(7);
  const Arch tiny = archOf("tiny");
  unsigned accepted = 0;
  for (unsigned round = 0; round < 20000; ++round) {
    std::vector<uint64_t> words;
    isa::ChainRole role = isa::ChainRole::Control;
    for (unsigned i = 0; i < 12; ++i) {
      const isa::InstructionInfo &info = isa::allInstructions()[random() % isa::allInstructions().size()];
      if (!isa::mayFollow(role, info.role) && random() % 16 != 0)
        continue;
      role = info.role;
      words.push_back((random() & random() & random() & info.usedBits & ~isa::fields::Opcode.mask()) | uint64_t(info.opcode));
    }
    words.push_back(isa::encode::halt());
    auto program = decodeProgram(words, 0, tiny);
    if (!program)
      continue;
    ++accepted;
    auto again = decodeProgram(encodeProgram(program->entries, tiny), 0, tiny);
    ASSERT_TRUE(again) << again.error().message << "\n" << disassemble(words);
    EXPECT_EQ(encodeProgram(again->entries, tiny), encodeProgram(program->entries, tiny));
  }
  EXPECT_GT(accepted, 20u);
}

} // namespace
