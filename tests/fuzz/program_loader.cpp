//===- program_loader.cpp - Any bytes as a .dpu file, a program, assembly, an architecture ---===//
//
// CRCs would stop nearly all changed inputs at the door, so every part behind them is also fed directly. What loads must survive a round
// trip.
//
//===-------------------------------------------------------------------------------------===//

#include "Container.h"

#include "softdpu/isa/Chain.h"

#include <cstdlib>
#include <cstring>

using namespace softdpu;

namespace {

void require(bool holds) {
  if (!holds)
    std::abort();
}

const Arch &tiny() {
  static const Arch arch = [] {
    auto loaded = parseArch(R"(
name = "tiny"
description = ""
native_dim = 8
lanes = 4
tile_engines = 2
mfus = 3
mantissa_bits = 7
box = 8
mrf_tiles = 128
initial_vrf = 64
addsub_vrf = 64
multiply_vrf = 64
accumulators = 4
max_columns = 16
chain_buffer = 128
instruction_memory = 2048
net_in_depth = 4
net_out_depth = 4
clock_mhz = 250.0
)",
                            "tiny");
    require(loaded.has_value());
    return *loaded;
  }();
  return arch;
}

void fuzzFile(std::span<const std::byte> bytes) {
  auto program = parseProgram(bytes, "fuzz");
  if (!program)
    return;
  auto again = parseProgram(serialiseProgram(*program), "again");
  require(again.has_value());
}

/// The model section, wrapped in a container whose CRCs are right.
void fuzzModel(std::span<const std::byte> bytes) {
  program::Header header{.fingerprint = fingerprint(tiny()), .config = canonicalArch(tiny())};
  fuzzFile(program::writeContainer(header, {bytes, {}, {}, {}}));
}

void fuzzWords(std::span<const std::byte> bytes) {
  std::vector<uint64_t> words(bytes.size() / sizeof(uint64_t));
  if (!words.empty())
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof(uint64_t));
  auto again = assemble(disassemble(words), "disassembled");
  require(again && *again == words);
  if (auto decoded = decodeProgram(words, 0, tiny()))
    require(decodeProgram(encodeProgram(decoded->entries, tiny()), 0, tiny()).has_value());
}

void fuzzAssembly(std::string_view text) {
  if (auto words = assemble(text, "fuzz")) {
    auto again = assemble(disassemble(*words), "disassembled");
    require(again && *again == *words);
  }
}

void fuzzArch(std::string_view text) {
  if (auto arch = parseArch(text, "fuzz")) {
    auto again = parseArch(canonicalArch(*arch), "canonical");
    require(again && *again == *arch);
  }
}

} // namespace

/// The first byte says what the others are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  std::span<const std::byte> bytes = std::as_bytes(std::span(data + 1, size - 1));
  std::string_view text(reinterpret_cast<const char *>(data + 1), size - 1);
  switch (data[0]) {
  case 'm':
    fuzzModel(bytes);
    break;
  case 'w':
    fuzzWords(bytes);
    break;
  case 's':
    fuzzAssembly(text);
    break;
  case 'a':
    fuzzArch(text);
    break;
  default:
    fuzzFile(bytes);
  }
  return 0;
}
