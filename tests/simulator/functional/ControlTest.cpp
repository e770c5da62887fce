//===- ControlTest.cpp - Loops and address registers -------------------------------------===//

#include "Programs.h"

using namespace softdpu;
using namespace softdpu::test;

namespace {

/// How often a loop with these operands runs.
size_t trips(Loop loop, uint32_t scalar) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  RunOptions options;
  options.scalars[3] = scalar;
  const auto program = (Sequence() << toInitial(fromNetIn(), at(0)) << loop << toNetOut(fromInitial(0)) << EndLoop{}).done();
  const auto result = device.run(program, vectors(arch, 1), {}, options);
  EXPECT_TRUE(result) << result.error().message;
  return result ? result->netOut.size() / arch.nativeDim : ~size_t(0);
}

TEST(Loop, CountIsClampedScalarPlusOffset) {
  const std::optional<uint8_t> none, s3 = 3;
  EXPECT_EQ(trips({none, 4, 0xFFFF}, 0), 4u);
  EXPECT_EQ(trips({none, 0, 0xFFFF}, 0), 0u);
  EXPECT_EQ(trips({none, -3, 0xFFFF}, 0), 0u);
  EXPECT_EQ(trips({none, 9, 2}, 0), 2u);
  EXPECT_EQ(trips({s3, 0, 0xFFFF}, 5), 5u);
  EXPECT_EQ(trips({s3, -2, 0xFFFF}, 5), 3u);
  EXPECT_EQ(trips({s3, -7, 0xFFFF}, 5), 0u);
  EXPECT_EQ(trips({s3, 2, 6}, 5), 6u);
  EXPECT_EQ(trips({s3, 0, 0}, 5), 0u);
  EXPECT_EQ(trips({s3, 0, 0xFFFF}, 70'000), 70'000u);
  EXPECT_EQ(trips({s3, 32767, 0xFFFE}, 0xFFFF'FFFF), 65'534u);
}

TEST(Loop, NestsAndSkipsWholeBodies) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  const Tail out = toNetOut(fromInitial(0));
  const auto program = (Sequence() << toInitial(fromNetIn(), at(0)) << Loop{{}, 3} << out << Loop{{}, 2} << out << Loop{{}, 0} << out
                                   << Loop{{}, 5} << out << EndLoop{} << EndLoop{} << EndLoop{} << EndLoop{} << out)
                           .done();
  const auto result = device.run(program, vectors(arch, 1), {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->netOut.size() / arch.nativeDim, 3 * (1 + 2) + 1u);
}

TEST(AddressRegister, AdvancesAndWrapsAroundItsRing) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  const auto program = (Sequence() << toInitial(fromNetIn(5), at(4)) << AddressWrite{7, 3, 2, 5} << Loop{{}, 6}
                                   << toNetOut(pass(Source::InitialVrf, at(7, 1))) << EndLoop{1u << 7})
                           .done();
  const auto result = device.run(program, vectors(arch, 5, 4), {}, {}); // entry e holds e
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{4, 6, 8, 5, 7, 4}));
}

TEST(AddressRegister, OnlyAdvancesWhereItIsNamedAndRestartsWhenWritten) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  const auto program = (Sequence() << toInitial(fromNetIn(8), at(0)) << AddressWrite{0, 0, 1, 8} << AddressWrite{31, 4, 1, 4} << Loop{{}, 2}
                                   << toNetOut(pass(Source::InitialVrf, at(0, 0))) << toNetOut(pass(Source::InitialVrf, at(31, 0)))
                                   << EndLoop{1u << 31} << AddressWrite{31, 6, 0, 1} << toNetOut(pass(Source::InitialVrf, at(31, 0))))
                           .done();
  const auto result = device.run(program, vectors(arch, 8, 0), {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{0, 4, 0, 5, 6}));
}

TEST(AddressRegister, AddsModulo65536) {
  const Arch arch = testArch();
  functional::Interpreter device(arch);
  const auto program = (Sequence() << toInitial(fromNetIn(), at(2)) << AddressWrite{0, 5, 1, 9}
                                   << toNetOut(pass(Source::InitialVrf, at(0, uint16_t(65536 - 3)))))
                           .done();
  const auto result = device.run(program, vectors(arch, 1, 2), {}, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(firstElements(arch, result->netOut), (std::vector<float>{2}));
}

} // namespace
