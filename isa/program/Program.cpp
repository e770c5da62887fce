//===- Program.cpp - Writing and loading .dpu files --------------------------------------===//

#include "Container.h"
#include "MappedFile.h"

#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>
#include <cstring>
#include <fstream>

namespace softdpu {
namespace {

constexpr uint16_t formatMajor = 1, formatMinor = 2;
constexpr size_t maxFileBytes = size_t(1) << 31;
constexpr size_t bufferAlignment = 16;

template <typename T> std::vector<T> arrayOf(std::span<const std::byte> bytes) {
  std::vector<T> result(bytes.size() / sizeof(T));
  if (!result.empty())
    std::memcpy(result.data(), bytes.data(), result.size() * sizeof(T));
  return result;
}

bool isAligned(std::span<const std::byte> bytes) { return reinterpret_cast<uintptr_t>(bytes.data()) % bufferAlignment == 0; }

/// What vectors inside the DPU may hold: +0 and normal numbers.
bool isCanonical(Half value) {
  unsigned exponent = value.bits >> 10 & 31;
  return value.bits == 0 || (exponent != 0 && exponent != 31);
}

/// Checks that the parts agree with each other. What instruction words mean is checked by decodeProgram when a sequence is to run.
Expected<void> checkParts(const Program &program, std::string_view origin) {
  const Arch &arch = program.arch;
  if (program.format.mantissaBits < 2 || program.format.mantissaBits > arch.mantissaBits || program.format.box != arch.box)
    return fail("{}: format has {} mantissa bits in boxes of {}, the architecture takes 2..{} in boxes of {}", origin,
                program.format.mantissaBits, program.format.box, arch.mantissaBits, arch.box);
  const size_t words = program.instructions.size();
  if (words > arch.instructionMemory)
    return fail("{}: {} instruction words, the instruction memory has {}", origin, words, arch.instructionMemory);
  if (program.loadEntry > words || (words > 0 && program.loadEntry == words))
    return fail("{}: load entry is word {} of {}", origin, program.loadEntry, words);
  if (program.loadNetIn.size() % arch.nativeDim != 0)
    return fail("{}: {} values to load are no whole native vectors of {}", origin, program.loadNetIn.size(), arch.nativeDim);
  auto bad = std::find_if_not(program.loadNetIn.begin(), program.loadNetIn.end(), isCanonical);
  if (bad != program.loadNetIn.end())
    return fail("{}: value {} to load is 0x{:04x}, allowed are +0 and normal float16 numbers", origin, bad - program.loadNetIn.begin(),
                bad->bits);
  if (program.weights.size() % weightBeatBytes(arch) != 0)
    return fail("{}: {} bytes of weights are no whole beats of {}", origin, program.weights.size(), weightBeatBytes(arch));
  for (const Step &step : program.steps)
    if (const auto *region = std::get_if<DpuRegion>(&step); region && region->entryPoint >= words)
      return fail("{}: region '{}' starts at word {} of {}", origin, region->name, region->entryPoint, words);
  for (const DebugRange &range : program.debug)
    if (range.begin > range.end || range.end > words)
      return fail("{}: debug range {}..{} is outside the {} instruction words", origin, range.begin, range.end, words);
  return {};
}

Expected<Program> parseAligned(std::span<const std::byte> bytes, std::string_view origin) {
  auto container = program::readContainer(bytes, origin);
  if (!container)
    return tl::unexpected(container.error());
  const program::Header &header = container->header;
  const auto &[model, instructions, loadNetIn, weights] = container->sections;

  auto arch = parseArch(header.config, fmt::format("{}: architecture", origin));
  if (!arch)
    return tl::unexpected(arch.error());
  if (uint64_t expected = fingerprint(*arch); expected != header.fingerprint)
    return fail("{}: damaged, fingerprint {:016x} does not belong to its architecture {} ({:016x}); compile it again", origin,
                header.fingerprint, arch->name, expected);
  if (instructions.size() % sizeof(uint64_t) != 0 || loadNetIn.size() % sizeof(Half) != 0)
    return fail("{}: damaged, {} bytes of instructions and {} of vectors to load are no whole words; compile it again", origin,
                instructions.size(), loadNetIn.size());

  Program result;
  result.arch = std::move(*arch);
  result.instructions = arrayOf<uint64_t>(instructions);
  result.loadNetIn = arrayOf<Half>(loadNetIn);
  result.weights.assign(weights.begin(), weights.end());
  // The verifier of the container does not know that this section wants alignment.
  std::vector<std::byte> copy;
  if (!isAligned(model))
    copy.assign(model.begin(), model.end());
  if (auto ok = program::readModel(copy.empty() ? model : copy, result, origin); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = checkParts(result, origin); !ok)
    return tl::unexpected(ok.error());
  return result;
}

} // namespace

unsigned elementSize(ElementType type) {
  switch (type) {
  case ElementType::Int64:
    return 8;
  case ElementType::Float32:
  case ElementType::Int32:
    return 4;
  case ElementType::Float16:
    return 2;
  case ElementType::Bool:
  case ElementType::Int8:
  case ElementType::UInt8:
    return 1;
  }
  return 0;
}

std::string_view elementTypeName(ElementType type) {
  switch (type) {
  case ElementType::Float32:
    return "float32";
  case ElementType::Float16:
    return "float16";
  case ElementType::Int64:
    return "int64";
  case ElementType::Int32:
    return "int32";
  case ElementType::Bool:
    return "bool";
  case ElementType::Int8:
    return "int8";
  case ElementType::UInt8:
    return "uint8";
  }
  return "unknown";
}

ProgramVersion currentProgramVersion() { return {formatMajor, formatMinor, isa::isaMajor, isa::isaMinor}; }

std::vector<std::byte> serialiseProgram(const Program &program) {
  std::vector<std::byte> model = program::writeModel(program);
  program::Header header{.fingerprint = fingerprint(program.arch), .config = canonicalArch(program.arch)};
  return program::writeContainer(
      header, {model, std::as_bytes(std::span(program.instructions)), std::as_bytes(std::span(program.loadNetIn)), program.weights});
}

Expected<Program> parseProgram(std::span<const std::byte> bytes, std::string_view origin) {
  if (isAligned(bytes))
    return parseAligned(bytes, origin);
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  return parseAligned(copy, origin);
}

Expected<void> writeProgram(const Program &program, const std::filesystem::path &path) {
  size_t payload = program.weights.size() + program.instructions.size() * sizeof(uint64_t) + program.loadNetIn.size() * sizeof(Half);
  for (const auto &[name, tensor] : program.constants)
    payload += tensor.data.size();
  if (payload > maxFileBytes / 2)
    return fail("{}: the program has {} bytes, a .dpu file holds at most {}", path.string(), payload, maxFileBytes / 2);
  std::vector<std::byte> bytes = serialiseProgram(program);

  // Renamed when complete, so that no reader finds half a file.
  std::filesystem::path temporary = path;
  temporary += ".part";
  std::ofstream file(temporary, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  file.close();
  std::error_code error;
  if (file)
    std::filesystem::rename(temporary, path, error);
  if (!file || error)
    return fail("{}: cannot write it ({} bytes){}{}", path.string(), bytes.size(), error ? ": " : "", error ? error.message() : "");
  return {};
}

Expected<Program> readProgram(const std::filesystem::path &path) {
  auto file = program::MappedFile::open(path);
  if (!file)
    return tl::unexpected(file.error());
  return parseProgram(file->bytes(), path.string());
}

Expected<void> checkFingerprint(const Program &program, const Arch &device) {
  uint64_t compiled = fingerprint(program.arch), present = fingerprint(device);
  if (compiled == present)
    return {};
  return fail(
      "{} was compiled for architecture {} (fingerprint {:016x}), this device is {} ({:016x}). Recompile with --arch {}, or run with "
      "--arch {}.",
      program.model.empty() ? "the program" : program.model, program.arch.name, compiled, device.name, present, device.name,
      program.arch.name);
}

} // namespace softdpu
