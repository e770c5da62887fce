//===- AssertionTest.cpp - The assertions of rtl/sva hold, and can fail ------------------===//

#include "Vdpu_checked.h"
#include "Vfifo_checked.h"

#include "BenchEngine.h"
#include "RtlDut.h"
#include "Unit.h"

#include "softdpu/simulator/RandomProgram.h"

#include <gtest/gtest.h>

using namespace softdpu;
using namespace softdpu::rtltest;

namespace {

TEST(Assertions, HoldInRandomPrograms) {
  const Arch arch = archNamed("tiny");
  const auto engine = makeBenchEngine("rtl", arch, [](const sc_core::sc_module_name &name, const Arch &deviceArch) -> std::unique_ptr<Dut> {
    return std::make_unique<RtlDut<Vdpu_checked>>(name, deviceArch);
  });
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(replayCommand(arch, seed));
    const auto program = generateRandomProgram(arch, seed);
    ASSERT_TRUE(program) << program.error().message;
    const auto loaded = engine->loadInstructions(program->words);
    ASSERT_TRUE(loaded) << loaded.error().message;
    for (const RandomRun &run : program->runs) {
      const auto result = engine->run(run.entryPoint, run.netIn, run.weights, run.options());
      ASSERT_TRUE(result) << result.error().message;
    }
  }
}

void pushIntoFifoOfFour(int count) {
  Unit<Vfifo_checked> fifo;
  fifo->rst_ni = 0;
  fifo.tick();
  fifo->rst_ni = 1;
  fifo->push_i = 1;
  for (int i = 0; i < count; ++i)
    fifo.tick();
  fifo->push_i = 0;
  fifo.tick();
}

TEST(AssertionsDeathTest, OverflowOfAFifoIsNoticed) {
  pushIntoFifoOfFour(4);
  EXPECT_DEATH(pushIntoFifoOfFour(5), ""); // The message goes to standard output.
}

} // namespace
