//===- Container.cpp - The outer layer of a .dpu file ------------------------------------===//

#include "Container.h"

#include "program_generated.h"

#include "softdpu/isa/Instruction.h"

#include <bit>
#include <cstring>
#include <zlib.h>

namespace softdpu::program {
namespace {

// Arrays are stored as they lie in memory.
static_assert(std::endian::native == std::endian::little);

constexpr std::array<std::string_view, sectionCount> sectionNames{"model", "instructions", "loadNetIn", "weights"};
static_assert(unsigned(fb::SectionKind::Weights) + 1 == sectionCount);

constexpr size_t sectionAlignment = 16;

uint32_t crcOf(std::span<const std::byte> bytes, uint32_t crc = 0) {
  return uint32_t(crc32_z(crc, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

template <typename T> uint32_t crcOfValue(T value, uint32_t crc) { return crcOf(std::as_bytes(std::span(&value, 1)), crc); }

struct SectionHeader {
  fb::SectionKind kind;
  uint32_t crc;
  uint64_t size;
};

/// Covers everything but the data of sections, field by field.
uint32_t headerCrc(const Header &header, std::span<const SectionHeader> sections) {
  uint32_t crc = 0;
  for (uint16_t value : {header.version.formatMajor, header.version.formatMinor, header.version.isaMajor, header.version.isaMinor})
    crc = crcOfValue(value, crc);
  crc = crcOfValue(header.features, crc);
  crc = crcOfValue(header.fingerprint, crc);
  crc = crcOfValue(uint32_t(header.config.size()), crc);
  crc = crcOf(std::as_bytes(std::span(header.config)), crc);
  for (const SectionHeader &section : sections) {
    crc = crcOfValue(section.kind, crc);
    crc = crcOfValue(section.crc, crc);
    crc = crcOfValue(section.size, crc);
  }
  return crc;
}

std::span<const std::byte> dataOf(const fb::Section &section) {
  return {reinterpret_cast<const std::byte *>(section.data()->data()), section.data()->size()};
}

Expected<void> checkVersion(std::string_view origin, std::string_view what, unsigned major, unsigned minor, unsigned myMajor,
                            unsigned myMinor) {
  if (major == myMajor && minor <= myMinor)
    return {};
  bool newer = major > myMajor || (major == myMajor && minor > myMinor);
  return fail("{}: {} {}.{} found, this softdpu reads {}.0 to {}.{}; {}", origin, what, major, minor, myMajor, myMajor, myMinor,
              newer ? "update softdpu, or recompile the model with this one" : "recompile the model");
}

Expected<void> checkFeatures(std::string_view origin, uint64_t features) {
  if (uint64_t unknown = features & ~knownFeatures)
    return fail("{}: needs features 0x{:x}, this softdpu knows 0x{:x}; update softdpu, or recompile the model with this one", origin,
                unknown, knownFeatures);
  return {};
}

tl::unexpected<Error> damaged(std::string_view origin, std::string_view what) {
  return fail("{}: damaged, {}; copy or compile it again", origin, what);
}

} // namespace

std::vector<std::byte> writeContainer(const Header &header, const Sections &sections) {
  size_t total = header.config.size() + 1024;
  for (std::span<const std::byte> data : sections)
    total += data.size() + 64;
  flatbuffers::FlatBufferBuilder builder(total);

  std::vector<SectionHeader> headers;
  std::vector<flatbuffers::Offset<fb::Section>> offsets;
  for (size_t i = 0; i < sectionCount; ++i) {
    headers.push_back({fb::SectionKind(i), crcOf(sections[i]), sections[i].size()});
    builder.ForceVectorAlignment(sections[i].size(), 1, sectionAlignment);
    auto data = builder.CreateVector(reinterpret_cast<const uint8_t *>(sections[i].data()), sections[i].size());
    offsets.push_back(fb::CreateSection(builder, headers[i].kind, headers[i].crc, data));
  }
  auto config = builder.CreateString(header.config);
  auto sectionVector = builder.CreateVector(offsets);
  fb::FinishContainerBuffer(builder, fb::CreateContainer(builder, header.version.formatMajor, header.version.formatMinor,
                                                         header.version.isaMajor, header.version.isaMinor, header.features,
                                                         header.fingerprint, config, sectionVector, headerCrc(header, headers)));
  auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

Expected<Container> readContainer(std::span<const std::byte> bytes, std::string_view origin) {
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  constexpr size_t identifierEnd = 2 * sizeof(flatbuffers::uoffset_t);
  if (bytes.size() < identifierEnd || !fb::ContainerBufferHasIdentifier(data))
    return fail("{}: not a .dpu file ({} bytes, no identifier '{}')", origin, bytes.size(), fb::ContainerIdentifier());
  if (bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return fail("{}: {} bytes; a .dpu file has less than {}", origin, bytes.size(), size_t(FLATBUFFERS_MAX_BUFFER_SIZE));
  flatbuffers::Verifier verifier(data, bytes.size());
  // A file is as aligned as its sections, so that cutting off the padding at its end shows as well.
  if (bytes.size() % sectionAlignment != 0 || !fb::VerifyContainerBuffer(verifier))
    return damaged(origin, fmt::format("its structure is not valid ({} bytes; truncated or overwritten)", bytes.size()));

  const fb::Container &stored = *fb::GetContainer(data);
  const ProgramVersion mine = currentProgramVersion();
  Container result;
  Header &header = result.header;
  header.version = {stored.format_major(), stored.format_minor(), stored.isa_major(), stored.isa_minor()};
  header.features = stored.features();
  header.fingerprint = stored.fingerprint();
  header.config = stored.config()->str();

  // Another major version may compute its CRC in another way, so it is told apart first.
  if (header.version.formatMajor != mine.formatMajor)
    return tl::unexpected(
        checkVersion(origin, "program format", header.version.formatMajor, header.version.formatMinor, mine.formatMajor, mine.formatMinor)
            .error());
  std::vector<SectionHeader> headers;
  for (const fb::Section *section : *stored.sections())
    headers.push_back({section->kind(), section->crc(), section->data()->size()});
  if (headerCrc(header, headers) != stored.header_crc())
    return damaged(origin, "the CRC of its header is wrong");

  if (auto ok = checkVersion(origin, "program format", header.version.formatMajor, header.version.formatMinor, mine.formatMajor,
                             mine.formatMinor);
      !ok)
    return tl::unexpected(ok.error());
  if (auto ok = checkVersion(origin, "instruction set", header.version.isaMajor, header.version.isaMinor, mine.isaMajor, mine.isaMinor);
      !ok)
    return tl::unexpected(ok.error());
  if (auto ok = checkFeatures(origin, header.features); !ok)
    return tl::unexpected(ok.error());

  unsigned seen = 0;
  for (const fb::Section *section : *stored.sections()) {
    size_t kind = size_t(section->kind());
    if (kind >= sectionCount || (seen >> kind & 1))
      return damaged(origin, fmt::format("section kind {} is unknown or there twice", kind));
    seen |= 1u << kind;
    if (uint32_t crc = crcOf(dataOf(*section)); crc != section->crc())
      return damaged(origin, fmt::format("section '{}' has CRC 0x{:08x}, expected 0x{:08x}", sectionNames[kind], crc, section->crc()));
    result.sections[kind] = dataOf(*section);
  }
  for (size_t kind = 0; kind < sectionCount; ++kind)
    if (!(seen >> kind & 1))
      return damaged(origin, fmt::format("section '{}' is missing", sectionNames[kind]));
  return result;
}

} // namespace softdpu::program
