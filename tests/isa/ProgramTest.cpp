//===- ProgramTest.cpp - The .dpu container: round trip, damage, load policy ---------------===//

#include "Container.h"
#include "SampleProgram.h"
#include "softdpu/isa/WeightStream.h"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace softdpu;
using softdpu::test::archOf;
using softdpu::test::sampleProgram;

namespace {

const std::filesystem::path goldenDirectory = SOFTDPU_GOLDEN_DIRECTORY;

std::string parseError(std::span<const std::byte> bytes) {
  auto program = parseProgram(bytes, "x.dpu");
  return program ? "accepted" : program.error().message;
}

bool contains(const std::string &text, std::string_view part) { return text.find(part) != text.npos; }

/// The sample as a container whose header is changed by `change`; all CRCs are right.
template <typename Change> std::vector<std::byte> withHeader(Change change) {
  Program program = sampleProgram();
  program::Header header{.fingerprint = fingerprint(program.arch), .config = canonicalArch(program.arch)};
  change(header);
  std::vector<std::byte> model = program::writeModel(program);
  return program::writeContainer(
      header, {model, std::as_bytes(std::span(program.instructions)), std::as_bytes(std::span(program.loadNetIn)), program.weights});
}

TEST(Program, EverythingSurvivesTheRoundTrip) {
  Program program = sampleProgram();
  auto again = parseProgram(serialiseProgram(program), "x.dpu");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, program);
}

TEST(Program, EqualProgramsHaveEqualBytes) { EXPECT_EQ(serialiseProgram(sampleProgram()), serialiseProgram(sampleProgram())); }

TEST(Program, HostOnlyProgramsNeedNoInstructions) {
  Program program;
  program.arch = archOf("edge");
  program.format = {7, 16};
  auto again = parseProgram(serialiseProgram(program), "x.dpu");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, program);
}

TEST(Program, AlignmentOfTheBytesDoesNotMatter) {
  std::vector<std::byte> bytes = serialiseProgram(sampleProgram());
  for (size_t shift = 1; shift < 16; ++shift) {
    std::vector<std::byte> shifted(shift);
    shifted.insert(shifted.end(), bytes.begin(), bytes.end());
    auto program = parseProgram(std::span(shifted).subspan(shift), "x.dpu");
    ASSERT_TRUE(program) << program.error().message;
    EXPECT_EQ(*program, sampleProgram());
  }
}

// One file for each format. SOFTDPU_UPDATE_GOLDEN=1 writes that of the newest when a new version begins; old files stay.
TEST(Program, GoldenFilesOfEveryFormatStillLoad) {
  const std::filesystem::path newest = goldenDirectory / "v1.2.dpu";
  if (std::getenv("SOFTDPU_UPDATE_GOLDEN")) {
    ASSERT_TRUE(writeProgram(sampleProgram(), newest));
  }
  auto program = readProgram(newest);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(*program, sampleProgram());

  Program before = sampleProgram(); // Format 1.1 has no bodies of host steps.
  before.steps.pop_back();
  program = readProgram(goldenDirectory / "v1.1.dpu");
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(*program, before);

  before.constants.erase("int8"); // Format 1.0 has no int8 and uint8.
  before.constants.erase("uint8");
  program = readProgram(goldenDirectory / "v1.0.dpu");
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(*program, before);
}

TEST(Program, TruncatedAtEveryLengthIsAnError) {
  std::vector<std::byte> bytes = serialiseProgram(sampleProgram());
  for (size_t length = 0; length < bytes.size(); ++length) {
    // A copy of exactly this size, so that a sanitizer sees a read behind it.
    std::vector<std::byte> cut(bytes.begin(), bytes.begin() + std::ptrdiff_t(length));
    std::string message = parseError(cut);
    ASSERT_TRUE(message.starts_with("x.dpu: ")) << length << ": " << message;
  }
}

// Every flip is refused with a message, or it hit padding and the program is the same.
TEST(Program, EveryFlippedBitIsDetectedOrHarmless) {
  const Program expected = sampleProgram();
  std::vector<std::byte> bytes = serialiseProgram(expected);
  unsigned harmless = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[i] ^= std::byte(1u << bit);
      if (auto program = parseProgram(bytes, "x.dpu")) {
        ASSERT_EQ(*program, expected) << "byte " << i << " bit " << bit;
        ++harmless;
      }
      bytes[i] ^= std::byte(1u << bit);
    }
  EXPECT_LT(harmless, bytes.size() * 8 / 8);
}

TEST(Program, OtherFilesAreNoPrograms) {
  std::vector<std::byte> text(1000, std::byte('x'));
  EXPECT_EQ(parseError(text), "x.dpu: not a .dpu file (1000 bytes, no identifier 'SDPU')");
  EXPECT_EQ(parseError({}), "x.dpu: not a .dpu file (0 bytes, no identifier 'SDPU')");
}

TEST(Program, VersionsFollowTheLoadPolicy) {
  EXPECT_EQ(parseError(withHeader([](program::Header &h) { h.version.formatMajor = 2; })),
            "x.dpu: program format 2.2 found, this softdpu reads 1.0 to 1.2; update softdpu, or recompile the model with this one");
  EXPECT_EQ(parseError(withHeader([](program::Header &h) { h.version.formatMajor = 0; })),
            "x.dpu: program format 0.2 found, this softdpu reads 1.0 to 1.2; recompile the model");
  EXPECT_TRUE(contains(parseError(withHeader([](program::Header &h) { h.version.formatMinor = 3; })), "program format 1.3 found"));
  EXPECT_TRUE(contains(parseError(withHeader([](program::Header &h) { h.version.isaMajor = 2; })), "instruction set 2.0 found"));
  EXPECT_TRUE(contains(parseError(withHeader([](program::Header &h) { h.version.isaMinor = 7; })), "instruction set 1.7 found"));
  EXPECT_EQ(parseError(withHeader([](program::Header &h) { h.features = 4; })),
            "x.dpu: needs features 0x4, this softdpu knows 0x0; update softdpu, or recompile the model with this one");
  EXPECT_EQ(parseError(withHeader([](program::Header &) {})), "accepted");
}

TEST(Program, ArchitectureMustBelongToItsFingerprint) {
  EXPECT_TRUE(contains(parseError(withHeader([](program::Header &h) { ++h.fingerprint; })), "does not belong to its architecture tiny"));
  EXPECT_TRUE(contains(parseError(withHeader([](program::Header &h) { h.config = "lanes = 4"; })), "x.dpu: architecture: key 'name'"));
}

TEST(Program, AnotherArchitectureIsRefusedWithTheRemedy) {
  Program program = sampleProgram();
  EXPECT_TRUE(checkFingerprint(program, archOf("tiny")));
  auto result = checkFingerprint(program, archOf("edge"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "sample was compiled for architecture tiny (fingerprint b6409af61b9fc191), this device is edge (30e368c409d967c6). Recompile "
            "with --arch edge, or run with --arch tiny.");
}

struct BadPart {
  void (*change)(Program &);
  const char *message;
};

TEST(Program, PartsMustAgree) {
  const BadPart cases[] = {
      {[](Program &p) { p.format.mantissaBits = 8; },
       "format has 8 mantissa bits in boxes of 8, the architecture takes 2..7 in boxes of 8"},
      {[](Program &p) { p.format.box = 16; }, "in boxes of 16"},
      {[](Program &p) { p.loadEntry = 16; }, "load entry is word 16 of 16"},
      {[](Program &p) { p.instructions.resize(2049); }, "2049 instruction words, the instruction memory has 2048"},
      {[](Program &p) { p.loadNetIn.pop_back(); }, "7 values to load are no whole native vectors of 8"},
      {[](Program &p) { p.loadNetIn[3] = Half{0x7C00}; }, "value 3 to load is 0x7c00"},
      {[](Program &p) { p.loadNetIn[0] = Half{0x8000}; }, "value 0 to load is 0x8000"},
      {[](Program &p) { p.loadNetIn[0] = Half{0x0001}; }, "value 0 to load is 0x0001"},
      {[](Program &p) { p.weights.pop_back(); }, "79 bytes of weights are no whole beats of 5"},
      {[](Program &p) { std::get<DpuRegion>(p.steps[1]).entryPoint = 99; }, "region 'rnn' starts at word 99 of 16"},
      {[](Program &p) { p.debug[0].end = 17; }, "debug range 7..17 is outside the 16 instruction words"},
      {[](Program &p) { p.debug[0].begin = 16; }, "debug range 16..15"},
      {[](Program &p) { p.constants["embedding"].data.pop_back(); }, "constant 'embedding' has 63 bytes"},
      {[](Program &p) { p.constants["embedding"].shape[0] = -2; }, "constant 'embedding' has 64 bytes"},
      {[](Program &p) { p.constants["embedding"].shape = {int64_t(1) << 62, 4, 8}; }, "constant 'embedding' has 64 bytes"},
      {[](Program &p) { p.constants["empty"].shape = {0, int64_t(1) << 62, -5}; }, "constant 'empty' has 0 bytes"},
      {[](Program &p) { p.constants["scalar"].type = ElementType(9); }, "element type 9 does not exist"},
      {[](Program &p) { p.inputs[0].shape[0].size = -3; }, "a dimension is -3"},
  };
  for (const BadPart &bad : cases) {
    Program program = sampleProgram();
    bad.change(program);
    std::string message = parseError(serialiseProgram(program));
    EXPECT_TRUE(contains(message, bad.message)) << bad.message << ": " << message;
  }
}

TEST(Program, FilesAreWrittenAndReadBack) {
  auto path = std::filesystem::temp_directory_path() / fmt::format("softdpu-program-test-{}.dpu", ::getpid());
  auto written = writeProgram(sampleProgram(), path);
  ASSERT_TRUE(written) << written.error().message;
  auto program = readProgram(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(*program, sampleProgram());
}

TEST(Program, FilesThatCannotBeReadOrWrittenAreErrors) {
  auto missing = readProgram("/nosuch/x.dpu");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "/nosuch/x.dpu: No such file or directory");
  auto directory = readProgram("/");
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().message, "/: not a regular file");
  EXPECT_FALSE(writeProgram(sampleProgram(), "/nosuch/x.dpu"));
}

TEST(Program, FiftyMegabytesOfWeightsLoadFast) {
  Program program = sampleProgram();
  program.weights.assign(size_t(50) * 1000 * 1000, std::byte(0x5A));
  std::vector<std::byte> bytes = serialiseProgram(program);
  // Processor time: other work on the machine does not count.
  std::clock_t begin = std::clock();
  auto again = parseProgram(bytes, "x.dpu");
  auto milliseconds = 1000 * (std::clock() - begin) / CLOCKS_PER_SEC;
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->weights, program.weights);
  RecordProperty("milliseconds", int(milliseconds));
  EXPECT_LT(milliseconds, 1000) << "copying and checking 50 MB takes far less, sanitizers included";
}

TEST(Program, ElementTypesHaveSizesAndNames) {
  EXPECT_EQ(elementSize(ElementType::Int64), 8u);
  EXPECT_EQ(elementSize(ElementType::Float32), 4u);
  EXPECT_EQ(elementSize(ElementType::Float16), 2u);
  EXPECT_EQ(elementSize(ElementType::Int32), 4u);
  EXPECT_EQ(elementSize(ElementType::Bool), 1u);
  EXPECT_EQ(elementTypeName(ElementType::Float32), "float32");
  EXPECT_EQ(elementTypeName(ElementType::Bool), "bool");
}

} // namespace
