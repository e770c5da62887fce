//===- Arch.cpp - softdpu arch -----------------------------------------------------------===//

#include "Commands.h"
#include "Text.h"
#include "softdpu/isa/Area.h"
#include "softdpu/isa/Program.h"

#include <cmath>
#include <set>

namespace softdpu::tools {
namespace {

/// Names of all .toml files in the configuration directories.
std::set<std::string> knownArchs() {
  std::set<std::string> names;
  for (const auto &directory : configDirectories()) {
    std::error_code error;
    for (const auto &file : std::filesystem::directory_iterator(directory, error))
      if (file.path().extension() == ".toml")
        names.insert(file.path().stem().string());
  }
  return names;
}

Json jsonOf(const Arch &arch) {
  return {{"name", arch.name},
          {"description", arch.description},
          {"fingerprint", fmt::format("{:016x}", fingerprint(arch))},
          {"native_dim", arch.nativeDim},
          {"lanes", arch.lanes},
          {"tile_engines", arch.tileEngines},
          {"mfus", arch.mfus},
          {"mantissa_bits", arch.mantissaBits},
          {"box", arch.box},
          {"mrf_tiles", arch.mrfTiles},
          {"macs", arch.macs()},
          {"clock_mhz", arch.clockMhz}};
}

Expected<Outcome> list() {
  Outcome outcome;
  outcome.json["archs"] = Json::array();
  Table table({"name", ">MACs", ">native", ">lanes", ">engines", "widest format", ">weights", ">clock"});
  for (const std::string &name : knownArchs()) {
    const auto arch = loadArch(name);
    if (!arch)
      return tl::unexpected(arch.error());
    outcome.json["archs"].push_back(jsonOf(*arch));
    const uint64_t weights = uint64_t(arch->nativeDim) * arch->nativeDim * arch->mrfTiles * arch->tileEngines;
    table.add({name, grouped(arch->macs()), std::to_string(arch->nativeDim), std::to_string(arch->lanes), std::to_string(arch->tileEngines),
               formatName({arch->mantissaBits, arch->box}), magnitude(double(weights)), fmt::format("{} MHz", arch->clockMhz)});
  }
  outcome.text = table.str("");
  return outcome;
}

std::string tenths(double alms) {
  const auto rounded = uint64_t(std::llround(alms * 10));
  return fmt::format("{}.{}", grouped(rounded / 10), rounded % 10);
}

Json jsonOf(const Area &area) {
  return {{"estimated_alms", area.alms}, {"estimated_dsp_blocks", area.dspBlocks()}, {"estimated_m20k", area.m20k}};
}

/// What it would take of an FPGA, part by part.
Outcome showArea(const Arch &arch) {
  const FpgaDevice &device = stratix10Gx2800();
  const Area sum = estimateArea(arch);
  Outcome outcome;
  outcome.json = {{"name", arch.name}, {"parts", Json::array()}, {"total", jsonOf(sum)}, {"device", device.name}};
  Table table({"part", ">instances", ">ALMs each", ">ALMs", ">multipliers", ">M20K"});
  for (const AreaItem &item : itemiseArea(arch)) {
    const Area total = item.total();
    outcome.json["parts"].push_back({{"part", item.block}, {"instances", item.instances}});
    outcome.json["parts"].back().update(jsonOf(total));
    table.add({item.block, grouped(item.instances), tenths(item.each.alms), grouped(uint64_t(std::llround(total.alms))),
               grouped(total.multipliers), grouped(total.m20k)});
  }
  outcome.json["device_share"] = deviceShare(sum, device);
  outcome.text = fmt::format("estimated area of {} (synthesis of single modules, no place and route)\n\n{}\n"
                             "together {} ALMs, {} DSP blocks, {} M20K; a {} has {}, {} and {}: {:.1f} % of it, {}\n",
                             arch.name, table.str(), grouped(uint64_t(std::llround(sum.alms))), grouped(sum.dspBlocks()), grouped(sum.m20k),
                             device.name, grouped(uint64_t(device.alms)), grouped(device.dspBlocks), grouped(device.m20k),
                             deviceShare(sum, device) * 100, deviceShare(sum, device) <= 1 ? "it fits" : "it does not fit");
  return outcome;
}

Expected<Outcome> show(const std::string &name, bool area) {
  const auto arch = loadArch(name);
  if (!arch)
    return tl::unexpected(arch.error());
  if (area)
    return showArea(*arch);
  return Outcome{.json = jsonOf(*arch), .text = fmt::format("# fingerprint {:016x}\n{}", fingerprint(*arch), canonicalArch(*arch))};
}

} // namespace

void addArch(CommandLine &line) {
  const auto name = std::make_shared<std::string>();
  const auto area = std::make_shared<bool>(false);
  CLI::App *app = line.add("arch", "List the architectures, or show one", "softdpu arch\nsoftdpu arch edge\nsoftdpu arch s10 --area",
                           [name, area] { return name->empty() ? list() : show(*name, *area); });
  CLI::Option *one = app->add_option("NAME", *name, "An architecture, or a path to its .toml file");
  app->add_flag("--area", *area, "What it would take of an FPGA, estimated part by part")->needs(one);
}

} // namespace softdpu::tools
