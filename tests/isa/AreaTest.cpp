//===- AreaTest.cpp - The area estimate against the documentation, and its shape -----------===//

#include "softdpu/isa/Area.h"
#include "TestSupport.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>

using namespace softdpu;
using softdpu::test::archOf;

namespace {

double number(std::string text) {
  std::erase(text, ',');
  return std::stod(text);
}

const AreaItem &itemOf(const std::vector<AreaItem> &items, const std::string &block) {
  const auto found = std::ranges::find(items, block, &AreaItem::block);
  if (found == items.end()) {
    ADD_FAILURE() << "no item " << block;
    return items.front();
  }
  return *found;
}

// docs/microarchitecture.md, "What s10 would need of a device": | `module`... | instances | ALMs each | multipliers each | ALMs |
TEST(Area, ReproducesTheDocumentedTableOfS10) {
  std::ifstream page(std::string(SOFTDPU_DOCS_DIRECTORY) + "/microarchitecture.md");
  ASSERT_TRUE(page);
  const auto items = itemiseArea(archOf("s10"));
  const std::regex row(R"(\| `(\w+)`[^|]*\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|)");
  unsigned rows = 0;
  for (std::string line; std::getline(page, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row))
      continue;
    ++rows;
    SCOPED_TRACE(line);
    const AreaItem &item = itemOf(items, cells[1]);
    EXPECT_EQ(double(item.instances), number(cells[2]));
    EXPECT_NEAR(item.each.alms, number(cells[3]), 0.51);
    EXPECT_EQ(double(item.each.multipliers), number(cells[4]));
    EXPECT_NEAR(item.total().alms, number(cells[5]), 500);
  }
  EXPECT_GE(rows, 6u) << "the table is not found any more; if its form changed, change the pattern above";
}

TEST(Area, WeightMemoryOfS10FollowsFromItsShape) {
  const AreaItem item = itemOf(itemiseArea(archOf("s10")), "MRF");
  EXPECT_EQ(item.instances, 3u);
  EXPECT_EQ(item.each.m20k, 2346u); // 512 words of 176 x 533 bits, in blocks of 512 x 40.
}

TEST(Area, TotalIsTheSumOfItsItems) {
  for (const char *name : {"tiny", "edge", "odd", "s10", "bw_s10"}) {
    const Arch arch = archOf(name);
    Area sum;
    for (const AreaItem &item : itemiseArea(arch)) {
      EXPECT_GE(item.each.alms, 0) << name << " " << item.block;
      sum += item.total();
    }
    EXPECT_EQ(sum, estimateArea(arch)) << name;
    EXPECT_GT(sum.alms, 0) << name;
    EXPECT_GT(sum.m20k, 0u) << name;
  }
}

// More of anything never takes less.
TEST(Area, GrowsWithEveryParameter) {
  Arch base = archOf("s10");
  base.packedLanes = 0;
  base.box = 16; // So that lanes can change alone.
  base.lanes = 16;
  const Area before = estimateArea(base);
  const auto grows = [&](const char *what, auto change) {
    Arch more = base;
    change(more);
    const Area after = estimateArea(more);
    EXPECT_GT(after.alms + double(after.m20k), before.alms + double(before.m20k)) << what;
    EXPECT_GE(after.alms, before.alms) << what;
    EXPECT_GE(after.multipliers, before.multipliers) << what;
    EXPECT_GE(after.m20k, before.m20k) << what;
  };
  grows("native_dim", [](Arch &a) { a.nativeDim = 352; });
  grows("tile_engines", [](Arch &a) { a.tileEngines = 4; });
  grows("mantissa_bits", [](Arch &a) { a.mantissaBits = 3; });
  grows("mrf_tiles", [](Arch &a) { a.mrfTiles = 1024; });
  grows("accumulators", [](Arch &a) { a.accumulators = 64; });
  grows("initial_vrf", [](Arch &a) { a.initialVrf = 1024; });
  base.mfus = 2;
  const Area two = estimateArea(base);
  base.mfus = 3;
  EXPECT_GT(estimateArea(base).alms, two.alms);
  EXPECT_GT(estimateArea(base).multipliers, two.multipliers);
}

TEST(Area, DotProductsGrowWithLanesAndMantissaBits) {
  Arch arch = archOf("s10");
  arch.packedLanes = 0;
  const auto dot = [&] { return itemOf(itemiseArea(arch), "box_dot").each.alms; };
  double last = 0;
  for (unsigned lanes : {8u, 16u, 48u, 100u, 176u, 400u, 512u}) {
    arch.nativeDim = arch.box = arch.lanes = lanes;
    EXPECT_GT(dot(), last) << lanes << " lanes";
    last = dot();
  }
  arch.nativeDim = arch.box = arch.lanes = 16;
  last = 0;
  for (arch.mantissaBits = 2; arch.mantissaBits <= 10; ++arch.mantissaBits) {
    EXPECT_GT(dot(), last) << arch.mantissaBits << " bits";
    last = dot();
  }
}

TEST(Area, PackedLanesTradeLogicForMultipliersUntilTheDeviceIsUsedEvenly) {
  const FpgaDevice &device = stratix10Gx2800();
  Arch arch = archOf("s10");
  EXPECT_EQ(packedLanesFor(arch, device), arch.packedLanes);
  const Area best = estimateArea(arch);
  arch.packedLanes += 3;
  const Area more = estimateArea(arch);
  arch.packedLanes -= 6;
  const Area fewer = estimateArea(arch);
  EXPECT_LT(more.alms, best.alms);
  EXPECT_GT(more.dspBlocks(), best.dspBlocks());
  EXPECT_GT(deviceShare(more, device), deviceShare(best, device));
  EXPECT_GT(deviceShare(fewer, device), deviceShare(best, device));
  EXPECT_EQ(packedLanesFor(archOf("edge"), device), 0u); // Seven mantissa bits.
}

TEST(Area, ShareIsThatOfTheScarcestResource) {
  const FpgaDevice device{.name = "x", .alms = 1000, .dspBlocks = 10, .m20k = 100};
  EXPECT_DOUBLE_EQ(deviceShare({.alms = 500, .multipliers = 2, .m20k = 10}, device), 0.5);
  EXPECT_DOUBLE_EQ(deviceShare({.alms = 500, .multipliers = 17, .m20k = 10}, device), 0.9); // Two to a block.
  EXPECT_DOUBLE_EQ(deviceShare({.alms = 500, .multipliers = 2, .m20k = 120}, device), 1.2);
}

} // namespace
