//===- Asm.cpp - softdpu asm -------------------------------------------------------------===//

#include "Commands.h"
#include "Text.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Program.h"

namespace softdpu::tools {
namespace {

struct Settings {
  std::string input, output, arch = "edge";
};

/// A program of instructions alone: no weights, no regions.
Expected<Outcome> assembleFile(const Settings &settings) {
  auto arch = loadArch(settings.arch);
  if (!arch)
    return tl::unexpected(arch.error());
  const auto bytes = readFile(settings.input);
  if (!bytes)
    return tl::unexpected(bytes.error());
  auto words = assemble({reinterpret_cast<const char *>(bytes->data()), bytes->size()}, settings.input);
  if (!words)
    return tl::unexpected(words.error());
  Program program;
  program.arch = std::move(*arch);
  program.format = {program.arch.mantissaBits, program.arch.box};
  program.model = std::filesystem::path(settings.input).stem().string();
  program.instructions = std::move(*words);
  for (uint32_t entry = 0; entry < program.instructions.size();) { // Sequence by sequence, so that errors are found here.
    const auto decoded = decodeProgram(program.instructions, entry, program.arch);
    if (!decoded)
      return fail("{}: {}", settings.input, decoded.error().message);
    entry += decoded->ready.back();
  }
  if (const auto written = writeProgram(program, settings.output); !written)
    return tl::unexpected(written.error());
  return Outcome{
      .json = {{"output", settings.output}, {"arch", program.arch.name}, {"instructions", program.instructions.size()}},
      .text = fmt::format("{}: {} for {}\n", settings.output, counted(program.instructions.size(), "instruction"), program.arch.name)};
}

} // namespace

void addAsm(CommandLine &line) {
  const auto settings = std::make_shared<Settings>();
  CLI::App *app = line.add("asm", "Assemble instructions into a .dpu file", "softdpu asm loop.s -o loop.dpu --arch tiny",
                           [settings] { return assembleFile(*settings); });
  app->add_option("FILE", settings->input, "Assembly text")->required();
  app->add_option("-o,--output", settings->output, "The .dpu file to write")->required();
  app->add_option("--arch", settings->arch, "Architecture: a name (softdpu arch lists them) or a .toml file")->capture_default_str();
}

} // namespace softdpu::tools
