//===- BadProgramTest.cpp - Damaged programs end in a message, never in a crash ----------===//

#include "softdpu/simulator/RandomProgram.h"

#include <gtest/gtest.h>
#include <random>

using namespace softdpu;

namespace {

TEST(BadProgram, RunsOrGivesOneMessage) {
  const auto arch = loadArch("tiny");
  ASSERT_TRUE(arch);
  const auto engine = createFunctionalEngine(*arch);
  std::mt19937_64 random(1);
  unsigned failures = 0, successes = 0;
  for (uint64_t seed = 1; seed <= 1500; ++seed) {
    auto program = generateRandomProgram(*arch, 1 + seed % 50);
    ASSERT_TRUE(program);
    for (unsigned i = 0, flips = 1 + random() % 3; i < flips; ++i)
      program->words[random() % program->words.size()] ^= uint64_t(1) << random() % 64;
    if (!engine->loadInstructions(program->words))
      continue;
    for (const RandomRun &run : program->runs) {
      RunOptions options = run.options();
      options.cycleLimit = 20'000;
      const auto result = engine->run(run.entryPoint, run.netIn, run.weights, options);
      ++(result ? successes : failures);
      if (!result) {
        EXPECT_FALSE(result.error().message.empty());
        EXPECT_EQ(result.error().message.find('\n'), std::string::npos) << result.error().message;
      }
    }
  }
  EXPECT_GT(failures, 100u);
  EXPECT_GT(successes, 100u);
}

} // namespace
