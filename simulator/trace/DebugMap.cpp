//===- DebugMap.cpp - From a word index to text and ONNX node ----------------------------===//

#include "DebugMap.h"

#include "softdpu/isa/Chain.h"

namespace softdpu::trace {

const DebugRange *findRange(std::span<const DebugRange> debug, uint32_t pc) {
  for (const DebugRange &range : debug)
    if (range.begin <= pc && pc < range.end)
      return &range;
  return nullptr;
}

std::string instructionText(std::span<const uint64_t> words, uint32_t pc) {
  if (pc >= words.size())
    return {};
  std::string text = disassemble(words.subspan(pc, 1));
  if (const size_t comment = text.find_first_of("#;\n"); comment != std::string::npos)
    text.resize(comment);
  const size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

} // namespace softdpu::trace
