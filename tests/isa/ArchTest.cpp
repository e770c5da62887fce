//===- ArchTest.cpp - Architectures: parsing, fingerprints, timing -------------------------===//

#include "ArchPackage.h"
#include "TestSupport.h"
#include "softdpu/isa/Timing.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

using namespace softdpu;
using softdpu::test::archOf;

namespace {

/// The canonical text of `tiny` with `line` in place of the line of its key, or added.
std::string tinyWith(const std::string &line) {
  std::string text = canonicalArch(archOf("tiny"));
  std::string key = line.substr(0, line.find(' ')) + " =";
  size_t begin = text.starts_with(key) ? 0 : text.find("\n" + key);
  if (begin == text.npos)
    return text + line + "\n";
  begin += begin != 0;
  return text.replace(begin, text.find('\n', begin) - begin, line);
}

std::string errorOf(const std::string &toml) {
  auto arch = parseArch(toml, "x.toml");
  return arch ? "accepted" : arch.error().message;
}

TEST(Arch, EveryShippedConfigurationLoadsAndIsItsOwnCanonicalForm) {
  unsigned count = 0;
  for (const auto &entry : std::filesystem::directory_iterator(SOFTDPU_CONFIG_DIRECTORY)) {
    if (entry.path().extension() != ".toml")
      continue;
    auto arch = loadArch(entry.path().string());
    ASSERT_TRUE(arch) << arch.error().message;
    EXPECT_EQ(arch->name, entry.path().stem().string());
    auto again = parseArch(canonicalArch(*arch), "canonical");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, *arch);
    ++count;
  }
  EXPECT_GE(count, 6u);
}

// A program stored today must still find its device tomorrow: a change here makes every .dpu file incompatible.
TEST(Arch, FingerprintsAreStable) {
  EXPECT_EQ(fingerprint(archOf("tiny")), 0xB6409AF61B9FC191u);
  EXPECT_EQ(fingerprint(archOf("edge")), 0x30E368C409D967C6u);
  EXPECT_EQ(fingerprint(archOf("s10")), 0x72DD55CDC9FAFF48u);
  EXPECT_EQ(fingerprint(archOf("bw_s10")), 0x95022EEAC532ACCFu);
}

TEST(Arch, FingerprintCoversEverythingThatProgramsSee) {
  Arch tiny = archOf("tiny");
  Arch renamed = tiny;
  renamed.name = "other";
  renamed.description = "Another text";
  renamed.clockMhz = 300;
  renamed.packedLanes = 3;
  EXPECT_EQ(fingerprint(renamed), fingerprint(tiny));
  for (unsigned Arch::*member : {&Arch::nativeDim, &Arch::lanes, &Arch::tileEngines, &Arch::mfus, &Arch::mantissaBits, &Arch::box,
                                 &Arch::mrfTiles, &Arch::initialVrf, &Arch::addSubVrf, &Arch::multiplyVrf, &Arch::accumulators,
                                 &Arch::maxColumns, &Arch::chainBuffer, &Arch::instructionMemory, &Arch::netInDepth, &Arch::netOutDepth}) {
    Arch changed = tiny;
    ++(changed.*member);
    EXPECT_NE(fingerprint(changed), fingerprint(tiny));
  }
}

struct BadArch {
  const char *line, *message;
};

TEST(Arch, EachRuleHasItsError) {
  const BadArch cases[] = {
      {"native_dim = 4", "'native_dim' is 4, it must be in 8..1024"},
      {"native_dim = 12", "'native_dim' is 12, it must be a multiple of box = 8"},
      {"lanes = 3", "'native_dim' is 8, it must be a multiple of lanes = 3"},
      {"lanes = 0", "'lanes' is 0, it must be in 2..1024"},
      {"tile_engines = 65", "'tile_engines' is 65, it must be in 1..64"},
      {"mfus = 1", "'mfus' is 1, it must be in 2..3"},
      {"mantissa_bits = 11", "'mantissa_bits' is 11, it must be in 2..10"},
      {"box = 12", "'box' is 12, it must be a multiple of 8"},
      {"box = 16", "'native_dim' is 8, it must be a multiple of box = 16"},
      {"mrf_tiles = 65537", "'mrf_tiles' is 65537"},
      {"initial_vrf = 1", "'initial_vrf' is 1"},
      {"addsub_vrf = -1", "'addsub_vrf' is -1"},
      {"multiply_vrf = 99999999999", "'multiply_vrf' is 99999999999"},
      {"accumulators = 1", "'accumulators' is 1, it must be in 2..256"},
      {"max_columns = 257", "'max_columns' is 257"},
      {"chain_buffer = 100", "'chain_buffer' is 100, it must be a power of two"},
      {"instruction_memory = 8", "'instruction_memory' is 8"},
      {"net_in_depth = 1", "'net_in_depth' is 1"},
      {"net_out_depth = 2.0", "'net_out_depth' must be an integer"},
      {"clock_mhz = 0", "'clock_mhz' is missing or out of range"},
      {"clock_mhz = nan", "'clock_mhz' is missing or out of range"},
      {"name = \"No Spaces\"", "'name' is not valid"},
      {"name = 3", "key 'name' is missing or no string"},
      {"description = \"a \\\" quote\"", "'description' is not valid"},
      {"lane = 4", "unknown key 'lane'"},
      {"packed_lanes = 3", "'packed_lanes' is 3, it must be a multiple of 3 and at most 0: two mantissa bits"},
      {"packed_lanes = 1024", "'packed_lanes' is 1024, it must be in 0..1023"},
      {"lanes = ", "x.toml:4: "},
  };
  for (const BadArch &bad : cases) {
    std::string message = errorOf(tinyWith(bad.line));
    EXPECT_NE(message.find(bad.message), std::string::npos) << bad.line << ": " << message;
    EXPECT_TRUE(message.starts_with("x.toml")) << message;
  }
}

TEST(Arch, LanesMustDivideTheBoxOrTheOtherWayRound) {
  std::string text = tinyWith("native_dim = 48");
  text.replace(text.find("lanes = 4"), 9, "lanes = 12");
  EXPECT_EQ(errorOf(text), "x.toml: 'lanes' is 12, it must divide box = 8 or be a multiple of it");
}

TEST(Arch, LanesArePackedInThreesButNotAllOfThem) {
  Arch arch = archOf("s10_mini");
  ASSERT_EQ(arch.lanesPerBox(), 48u);
  const auto error = [&](unsigned packed) {
    arch.packedLanes = packed;
    return errorOf(canonicalArch(arch));
  };
  for (unsigned packed : {0u, 3u, 45u})
    EXPECT_EQ(error(packed), "accepted") << packed;
  EXPECT_NE(error(4).find("'packed_lanes' is 4, it must be a multiple of 3 and at most 45"), std::string::npos) << error(4);
  EXPECT_NE(error(48).find("'packed_lanes' is 48"), std::string::npos) << error(48);
}

TEST(Arch, MissingKeysAreNamed) {
  std::string text = canonicalArch(archOf("tiny"));
  size_t begin = text.find("box = ");
  EXPECT_NE(errorOf(text.erase(begin, text.find('\n', begin) - begin)).find("key 'box' is missing"), std::string::npos);
}

TEST(Arch, UnknownNamesListTheKnownOnes) {
  auto arch = loadArch("nosuch");
  ASSERT_FALSE(arch);
  EXPECT_NE(arch.error().message.find("unknown architecture 'nosuch'"), std::string::npos) << arch.error().message;
  EXPECT_NE(arch.error().message.find("bw_s10, edge, odd"), std::string::npos) << arch.error().message;
}

TEST(Arch, FilesThatCannotBeReadAreErrors) {
  EXPECT_FALSE(loadArch("/nosuch/arch.toml"));
  EXPECT_FALSE(loadArch("/"));
  EXPECT_FALSE(loadArch(""));
}

TEST(Arch, AccumulatorHoldsTheLongestRow) {
  EXPECT_EQ(archOf("edge").accumulatorWidth(), 62u + 14 + 11 + 1);
  EXPECT_EQ(archOf("small").accumulatorWidth(), 62u + 20 + 7 + 1);
  EXPECT_EQ(archOf("bw_s10").accumulatorWidth(), 62u + 4 + 13 + 1); // 6,400 elements
}

// The table in docs/microarchitecture.md, worked out by hand.
TEST(Timing, FollowsTheTable) {
  Timing edge = timingOf(archOf("edge")); // T = 4, L = 16, box 16, 3 MFUs
  EXPECT_EQ(edge.broadcastLatency, 2u);
  EXPECT_EQ(edge.columnLatency, 8u);
  EXPECT_EQ(edge.dotLatency, 3u);
  EXPECT_EQ(edge.boxSumLatency, 0u);
  EXPECT_EQ(edge.engineLatency, 7u);
  EXPECT_EQ(edge.reduceLatency, 2u);
  EXPECT_EQ(edge.mfuEntry, 7u);
  EXPECT_EQ(edge.writeBack, 46u);
  EXPECT_EQ(edge.addRead(1), 19u);
  EXPECT_EQ(edge.multiplyRead(1), 29u);

  Timing small = timingOf(archOf("small")); // T = 1, L = 16, box 8, 2 MFUs
  EXPECT_EQ(small.broadcastLatency, 1u);
  EXPECT_EQ(small.dotLatency, 3u);
  EXPECT_EQ(small.boxSumLatency, 1u);
  EXPECT_EQ(small.engineLatency, 8u);
  EXPECT_EQ(small.reduceLatency, 1u);
  EXPECT_EQ(small.writeBack, 32u);

  Timing s10 = timingOf(archOf("s10")); // T = 3, L = 176, box 176
  EXPECT_EQ(s10.broadcastLatency, 2u);
  EXPECT_EQ(s10.dotLatency, 5u);
  EXPECT_EQ(s10.reduceLatency, 2u);
}

TEST(ArchPackage, HasParametersLatenciesWidthsAndFingerprint) {
  std::string text = archPackage(archOf("edge"));
  for (const char *line :
       {"package dpu_arch_pkg;", "NativeDim                 = 64;", "EngineLatency             = 7;", "AccWidth                  = 88;",
        "WeightBeatBits            = 133;", "EngineIndexWidth          = 2;", "Fingerprint = 64'h30E368C409D967C6;"})
    EXPECT_NE(text.find(line), std::string::npos) << line;
}

} // namespace
