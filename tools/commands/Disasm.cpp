//===- Disasm.cpp - softdpu disasm -------------------------------------------------------===//

#include "Commands.h"
#include "softdpu/isa/Chain.h"
#include "softdpu/isa/Program.h"

#include <map>

namespace softdpu::tools {
namespace {

/// Comment lines that go before instruction words: where sequences begin, and which chain of which ONNX node follows.
std::multimap<uint32_t, std::string> annotations(const Program &program) {
  std::multimap<uint32_t, std::string> notes;
  if (!program.instructions.empty())
    notes.emplace(program.loadEntry, "; ---- load sequence: fills MRF and constant VRF entries");
  for (const Step &step : program.steps)
    if (const auto *region = std::get_if<DpuRegion>(&step))
      notes.emplace(region->entryPoint, fmt::format("; ---- region {}", region->name));
  for (const DebugRange &range : program.debug)
    notes.emplace(range.begin, fmt::format("; {}: {}", range.node, range.chain));
  return notes;
}

Expected<Outcome> disasm(const std::string &path) {
  const auto program = readProgram(path);
  if (!program)
    return tl::unexpected(program.error());
  const std::string listing = disassemble(program->instructions);
  const auto notes = annotations(*program);
  std::string text;
  uint32_t word = 0;
  for (size_t begin = 0; begin < listing.size(); ++word) { // One line for each word.
    for (auto [note, end] = notes.equal_range(word); note != end; ++note)
      text += note->second + "\n";
    const size_t end = std::min(listing.find('\n', begin), listing.size());
    text += listing.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return Outcome{.json = {{"instructions", program->instructions.size()}, {"text", text}}, .text = text};
}

} // namespace

void addDisasm(CommandLine &line) {
  const auto path = std::make_shared<std::string>();
  CLI::App *app = line.add("disasm", "Print a program's instructions, with the ONNX nodes they come from",
                           "softdpu disasm gru.dpu\nsoftdpu disasm gru.dpu > gru.s && softdpu asm gru.s -o again.dpu --arch edge",
                           [path] { return disasm(*path); });
  app->add_option("PROGRAM", *path, "A .dpu file")->required();
}

} // namespace softdpu::tools
