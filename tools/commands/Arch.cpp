//===- Arch.cpp - softdpu arch -----------------------------------------------------------===//

#include "Commands.h"
#include "Text.h"
#include "softdpu/isa/Program.h"

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

Expected<Outcome> show(const std::string &name) {
  const auto arch = loadArch(name);
  if (!arch)
    return tl::unexpected(arch.error());
  return Outcome{.json = jsonOf(*arch), .text = fmt::format("# fingerprint {:016x}\n{}", fingerprint(*arch), canonicalArch(*arch))};
}

} // namespace

void addArch(CommandLine &line) {
  const auto name = std::make_shared<std::string>();
  CLI::App *app = line.add("arch", "List the architectures, or show one", "softdpu arch\nsoftdpu arch edge",
                           [name] { return name->empty() ? list() : show(*name); });
  app->add_option("NAME", *name, "An architecture, or a path to its .toml file");
}

} // namespace softdpu::tools
