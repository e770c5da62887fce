//===- ShrinkTest.cpp - Failing programs become small and stay valid ---------------------===//

#include "softdpu/isa/Instruction.h"
#include "softdpu/simulator/RandomProgram.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace softdpu;

namespace {

bool contains(const RandomProgram &program, isa::Opcode opcode) {
  return std::any_of(program.words.begin(), program.words.end(),
                     [&](uint64_t word) { return isa::Opcode(isa::extract(word, isa::fields::Opcode)) == opcode; });
}

/// Counts the chains that an engine really ran.
bool executes(const Arch &arch, const RandomProgram &program, auto matches) {
  struct Finder final : Observer {
    explicit Finder(std::function<bool(uint32_t)> matches) : matches(std::move(matches)) {}
    std::function<bool(uint32_t)> matches;
    bool found = false;
    void onEvent(const Event &event, std::span<const Half>, std::span<const Half>) override { found |= matches(event.pc); }
  } finder([&](uint32_t pc) { return matches(program.words[pc]); });
  const auto engine = createFunctionalEngine(arch);
  EXPECT_TRUE(engine->loadInstructions(program.words));
  for (const RandomRun &run : program.runs) {
    RunOptions options = run.options();
    options.observer = &finder;
    const auto result = engine->run(run.entryPoint, run.netIn, run.weights, options);
    EXPECT_TRUE(result) << "a candidate must be valid: " << result.error().message;
  }
  return finder.found;
}

TEST(Shrink, LeavesLittleButWhatFails) {
  const auto arch = loadArch("tiny");
  ASSERT_TRUE(arch);
  unsigned tried = 0;
  for (uint64_t seed = 1; seed <= 30 && tried < 5; ++seed) {
    const auto whole = generateRandomProgram(*arch, seed);
    ASSERT_TRUE(whole);
    if (!contains(*whole, isa::Opcode::VOneMinusSigm))
      continue;
    ++tried;
    const auto small = shrinkRandomProgram(*arch, seed, [](const RandomProgram &p) { return contains(p, isa::Opcode::VOneMinusSigm); });
    ASSERT_TRUE(small);
    EXPECT_TRUE(contains(*small, isa::Opcode::VOneMinusSigm));
    // v_rd, v_one_minus_sigm, v_wr, end_chain, a halt per sequence; what gives v_rd its data and registers.
    EXPECT_LE(small->words.size(), 14u) << disassemble(small->words);
    EXPECT_LT(small->words.size(), whole->words.size());
  }
  EXPECT_EQ(tried, 5u);
}

TEST(Shrink, KeepsWhatAFailureNeedsAndOffersOnlyValidPrograms) {
  const auto arch = loadArch("tiny");
  ASSERT_TRUE(arch);
  auto runsMultiply = [&](const RandomProgram &program) {
    return executes(*arch, program, [&](uint64_t word) {
      return isa::Opcode(isa::extract(word, isa::fields::Opcode)) == isa::Opcode::VRd && contains(program, isa::Opcode::MvMul);
    });
  };
  uint64_t seed = 1;
  while (!contains(*generateRandomProgram(*arch, seed), isa::Opcode::MvMul))
    ++seed;
  const auto small = shrinkRandomProgram(*arch, seed, runsMultiply);
  ASSERT_TRUE(small);
  EXPECT_TRUE(runsMultiply(*small));
  EXPECT_LE(small->words.size(), 25u) << disassemble(small->words);
}

TEST(Shrink, StopsAfterTheGivenNumberOfAttempts) {
  const auto arch = loadArch("tiny");
  ASSERT_TRUE(arch);
  unsigned calls = 0;
  const auto result = shrinkRandomProgram(*arch, 3, [&](const RandomProgram &) { return ++calls % 2 == 0; }, {}, 7);
  ASSERT_TRUE(result);
  EXPECT_EQ(calls, 7u);
}

} // namespace
