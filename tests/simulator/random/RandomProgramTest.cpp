//===- RandomProgramTest.cpp - Random programs are valid, reproducible and varied --------===//

#include "softdpu/simulator/RandomProgram.h"
#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/Timing.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

using namespace softdpu;

namespace {

class RandomPrograms : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    auto loaded = loadArch(GetParam());
    ASSERT_TRUE(loaded) << loaded.error().message;
    arch = *loaded;
  }
  RandomProgram generate(uint64_t seed) {
    auto program = generateRandomProgram(arch, seed);
    EXPECT_TRUE(program) << program.error().message;
    return program.value_or(RandomProgram{});
  }
  Arch arch;
};

TEST_P(RandomPrograms, RunOnTheGoldenEngineWithoutError) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomProgram program = generate(seed);
    const auto engine = createFunctionalEngine(arch);
    const auto loaded = engine->loadInstructions(program.words);
    ASSERT_TRUE(loaded) << loaded.error().message << "\n" << replayCommand(arch, seed);
    for (const RandomRun &run : program.runs) {
      const auto result = engine->run(run.entryPoint, run.netIn, run.weights, run.options());
      ASSERT_TRUE(result) << result.error().message << "\n" << replayCommand(arch, seed) << "\n" << disassemble(program.words);
      ASSERT_LT(result->counters.beatBusy, 5000u) << "the budget bounds the run; " << replayCommand(arch, seed);
    }
  }
}

TEST_P(RandomPrograms, SurviveEncodingUnchanged) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const RandomProgram program = generate(seed);
    for (const RandomRun &run : program.runs) {
      const auto decoded = decodeProgram(program.words, run.entryPoint, arch);
      ASSERT_TRUE(decoded) << decoded.error().message;
      const auto words = encodeProgram(decoded->entries, arch);
      const auto first = program.words.begin() + run.entryPoint;
      ASSERT_TRUE(std::equal(words.begin(), words.end(), first)) << replayCommand(arch, seed);
    }
  }
}

TEST_P(RandomPrograms, AreAFunctionOfTheSeed) {
  std::set<std::vector<uint64_t>> different;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const RandomProgram a = generate(seed), b = generate(seed);
    EXPECT_EQ(a.words, b.words);
    ASSERT_EQ(a.runs.size(), b.runs.size());
    for (size_t i = 0; i < a.runs.size(); ++i) {
      EXPECT_EQ(a.runs[i].netIn, b.runs[i].netIn);
      EXPECT_EQ(a.runs[i].weights, b.runs[i].weights);
      EXPECT_EQ(a.runs[i].scalars, b.runs[i].scalars);
    }
    different.insert(a.words);
  }
  EXPECT_EQ(different.size(), 20u);
}

TEST_P(RandomPrograms, CoverTheInstructionSet) {
  std::set<isa::Opcode> opcodes;
  std::map<std::string, unsigned> seen;
  const auto engine = createFunctionalEngine(arch);
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomProgram program = generate(seed);
    for (uint64_t word : program.words)
      opcodes.insert(isa::Opcode(isa::extract(word, isa::fields::Opcode)));
    ASSERT_TRUE(engine->loadInstructions(program.words));
    for (const RandomRun &run : program.runs) {
      const auto result = engine->run(run.entryPoint, run.netIn, run.weights, run.options());
      ASSERT_TRUE(result);
      seen["so many entries that sequence numbers wrap around"] += result->counters.sequencerEntries > 600;
      seen["pauses"] += run.pauses.netInRate && run.pauses.netOutRate && run.pauses.weightRate;
      const auto decoded = decodeProgram(program.words, run.entryPoint, arch);
      ASSERT_TRUE(decoded);
      seen["chain buffer that wraps around"] += decoded->entries.size() > arch.chainBuffer;
      unsigned depth = 0;
      for (const Entry &entry : decoded->entries) {
        if (const auto *loop = std::get_if<Loop>(&entry)) {
          ++depth;
          seen["nested loop"] += depth > 1;
          seen["scalar count"] += loop->scalar.has_value();
          seen["loop that never runs"] += !loop->scalar && loop->add <= 0;
        }
        depth -= std::holds_alternative<EndLoop>(entry);
        if (const auto *write = std::get_if<AddressWrite>(&entry))
          seen["ring that wraps with a stride above one"] += write->stride > 1 && write->length % write->stride != 0;
        if (std::holds_alternative<MatrixLoad>(entry))
          seen["matrix load in a loop"] += depth > 0;
        const auto *tail = std::get_if<Tail>(&entry);
        if (!tail)
          continue;
        unsigned writes = 0, taps = 0;
        auto note = [&](const std::optional<Write> &write) {
          writes += write.has_value();
          taps += write && write->tap;
        };
        note(tail->netOut);
        note(tail->initial);
        for (unsigned k = 0; k < arch.mfus; ++k) {
          note(tail->addSub[k]);
          note(tail->multiply[k]);
        }
        seen["multicast"] += writes > 2;
        seen["tap beside a final write"] += taps > 0;
        seen["long burst to NetOut"] += tail->netOut && tail->rows > arch.netOutDepth;
        if (!tail->head)
          continue;
        const Head &head = *tail->head;
        seen["address register in a head"] += head.address.reg.has_value();
        if (!head.mvMul) {
          seen["row that reads an earlier row of its chain"] += head.source == Source::InitialVrf && tail->initial && !head.address.reg &&
                                                                !tail->initial->address.reg &&
                                                                tail->initial->address.immediate > head.address.immediate &&
                                                                tail->initial->address.immediate < head.address.immediate + tail->rows;
          continue;
        }
        seen["column order"] += head.mvMul->order == TileOrder::Column;
        seen["row order with several row passes"] +=
            head.mvMul->order == TileOrder::Row && unsigned(head.rows * head.mvMul->tails) > arch.groups(head.mvMul->group);
        seen["several engines per row"] += arch.tileEngines == 1 || (head.mvMul->group > 1 && head.cols > 1);
        seen["more tails than the tail queue holds"] += head.mvMul->tails > Timing::tailQueueDepth;
        seen["long rows"] += head.cols >= std::min(arch.maxColumns, 12u);
        seen["four tails"] += head.mvMul->tails == 4;
        seen["narrow activations"] += head.mantissa < arch.mantissaBits || arch.mantissaBits == 2;
        seen["recurrence"] +=
            head.source == Source::InitialVrf && tail->lastOfChain && tail->initial && tail->initial->address == head.address;
      }
    }
  }
  for (const isa::InstructionInfo &info : isa::allInstructions())
    EXPECT_TRUE(opcodes.contains(info.opcode)) << info.mnemonic << " never occurs";
  for (const auto &[what, count] : seen)
    EXPECT_GT(count, 4u) << what << " is too rare";
  EXPECT_EQ(seen.size(), 21u);
}

INSTANTIATE_TEST_SUITE_P(Archs, RandomPrograms, testing::Values("tiny", "small", "odd", "edge"),
                         [](const auto &info) { return std::string(info.param); });

TEST(RandomProgram, ShrinksToTheInstructionMemoryOrSaysWhyNot) {
  auto arch = loadArch("tiny");
  ASSERT_TRUE(arch);
  for (unsigned words : {2000u, 400u, 150u}) {
    arch->instructionMemory = words;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      const auto program = generateRandomProgram(*arch, seed);
      ASSERT_TRUE(program) << program.error().message;
      EXPECT_LE(program->words.size(), words);
    }
  }
  arch->instructionMemory = 16;
  const auto program = generateRandomProgram(*arch, 1);
  ASSERT_FALSE(program);
  EXPECT_NE(program.error().message.find("instruction_memory"), std::string::npos);
}

} // namespace
