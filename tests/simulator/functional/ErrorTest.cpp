//===- ErrorTest.cpp - One test per mistake that the golden engine must find -------------===//

#include "Programs.h"

#include <gmock/gmock.h>

using namespace softdpu;
using namespace softdpu::test;
using testing::HasSubstr;

namespace {

class Mistake : public testing::Test {
protected:
  Arch arch = testArch();
  functional::Interpreter device{arch};

  std::string messageOf(const DecodedProgram &program, const HalfBuffer &netIn = {}, std::span<const std::byte> weights = {},
                        const RunOptions &options = {}) {
    const auto result = device.run(program, netIn, weights, options);
    return result ? "no error" : result.error().message;
  }

  std::vector<std::byte> someWeights() {
    const auto matrix = quantiseMatrix(std::vector<float>(64, 1.0f), 8, 8, {7, arch.box});
    return packWeights(arch, *matrix, 1, TileOrder::Row);
  }

  static Tail multiplyTail(uint16_t slot) {
    Tail tail = toNetOut(fromNetIn());
    tail.matrixResult = true;
    tail.head->mvMul = MvMul{slot, 1, 1, 0, TileOrder::Row};
    return tail;
  }
};

TEST_F(Mistake, SourceNeverWritten) {
  EXPECT_EQ(messageOf((Sequence() << toInitial(fromNetIn(), at(3)) << toNetOut(fromInitial(3, 2))).done(), vectors(arch, 1)),
            "word 1: v_rd reads entry 4 of InitialVrf, which was never written");
}

TEST_F(Mistake, OperandNeverWritten) {
  Tail add = toNetOut(fromNetIn()), multiply = add;
  add.mfus[1].add = AddOp::BSubA;
  add.mfus[1].addOperand = at(6);
  EXPECT_EQ(messageOf((Sequence() << add).done(), vectors(arch, 1)),
            "word 0: vv_b_sub_a reads entry 6 of AddSubVrf[1], which was never written");
  multiply.mfus[2].multiply = true;
  EXPECT_EQ(messageOf((Sequence() << multiply).done(), vectors(arch, 1)),
            "word 0: vv_mul reads entry 0 of MultiplyVrf[2], which was never written");
}

TEST_F(Mistake, MatrixNeverWritten) {
  EXPECT_EQ(messageOf((Sequence() << multiplyTail(5)).done(), vectors(arch, 1)),
            "word 0: mv_mul reads tile (0, 0) in slot 5 of MatrixRf of engine 0, which was never written");
}

TEST_F(Mistake, AddressRegisterNeverWritten) {
  EXPECT_EQ(messageOf((Sequence() << toInitial(fromNetIn(), at(12, 0))).done(), vectors(arch, 1)),
            "word 0: address register a12 is used but was never written");
}

TEST_F(Mistake, AddressOutOfRange) {
  EXPECT_EQ(messageOf((Sequence() << toInitial(fromNetIn(3), at(14))).done(), vectors(arch, 3)),
            "word 0: InitialVrf entry 16, out of range: there are 16");
  Tail tail = fromNetIn();
  tail.multiply[1] = Write{false, at(9, 65535)};
  EXPECT_EQ(messageOf((Sequence() << AddressWrite{9, 0, 1, 4} << tail).done(), vectors(arch, 1)),
            "word 1: MultiplyVrf[1] entry 65535, out of range: there are 16");
}

TEST_F(Mistake, MatrixOutOfRange) {
  EXPECT_THAT(messageOf((Sequence() << MatrixLoad{64, 1, TileOrder::Row, 1, 1}).done(), {}, someWeights()),
              HasSubstr("m_wr fills slot 64 of MatrixRf, which has 64 slots"));
  EXPECT_THAT(messageOf((Sequence() << multiplyTail(70)).done(), vectors(arch, 1)), HasSubstr("mv_mul reads slot 70"));
}

TEST_F(Mistake, NetInTooShortOrLeftOver) {
  EXPECT_EQ(messageOf((Sequence() << toNetOut(fromNetIn(2))).done(), vectors(arch, 1)), "word 0: v_rd finds NetIn empty");
  EXPECT_EQ(messageOf((Sequence() << toNetOut(fromNetIn(2))).done(), vectors(arch, 5)), "the program halted with 3 vectors left in NetIn");
  EXPECT_THAT(messageOf((Sequence() << toNetOut(fromNetIn())).done(), HalfBuffer(5)), HasSubstr("5 values"));
}

TEST_F(Mistake, WeightsTooShortOrLeftOver) {
  auto weights = someWeights();
  const auto load = (Sequence() << MatrixLoad{0, 1, TileOrder::Row, 1, 1}).done();
  EXPECT_THAT(messageOf(load, {}, std::span(weights).first(weights.size() - 1)),
              HasSubstr("in the weight stream for tile (0, 0), expected"));
  weights.resize(weights.size() + 3);
  EXPECT_EQ(messageOf(load, {}, weights), "the program halted with 3 bytes left in the weight stream");
}

TEST_F(Mistake, ChunksOfABoxWithDifferentExponents) {
  auto weights = someWeights();
  weights[2 * weightBeatBytes(arch) - 1] ^= std::byte(1); // the exponent of the second beat follows 4 mantissas of 8 bits
  EXPECT_THAT(messageOf((Sequence() << MatrixLoad{0, 1, TileOrder::Row, 1, 1}).done(), {}, weights), HasSubstr("row 0, box 0"));
}

TEST_F(Mistake, ValuesThatCannotEnterADevice) {
  for (uint16_t bits : {0x7C00, 0xFC00, 0x7E00, 0x0001, 0x83FF, 0x8000}) {
    HalfBuffer in = vectors(arch, 2);
    in[arch.nativeDim + 3].bits = bits;
    EXPECT_THAT(messageOf((Sequence() << toNetOut(fromNetIn(2))).done(), in), HasSubstr("NetIn vector 1, element 3"));
  }
}

TEST_F(Mistake, EndlessProgram) {
  RunOptions options;
  options.cycleLimit = 1000;
  EXPECT_THAT(messageOf((Sequence() << Loop{{}, 32767} << EndLoop{}).done(), {}, {}, options), HasSubstr("more than 1000"));
}

TEST_F(Mistake, LeavesTheDeviceUsable) {
  EXPECT_NE(messageOf((Sequence() << toInitial(fromNetIn(), at(1)) << toNetOut(fromInitial(9))).done(), vectors(arch, 1, 7)), "no error");
  const auto result = device.run((Sequence() << toNetOut(fromInitial(1))).done(), {}, {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{7}));
}

} // namespace
