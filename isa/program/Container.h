//===- Container.h - The outer layer of a .dpu file --------------------------------------===//
//
// Versions, features, architecture and CRC-checked sections of bytes. What the sections hold is the business of ModelWriter, ModelReader
// and Program.cpp.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <array>

namespace softdpu::program {

/// What stands before the sections.
struct Header {
  ProgramVersion version = currentProgramVersion();
  uint64_t features = 0; ///< Bits that a reader must know.
  uint64_t fingerprint = 0;
  std::string config; ///< The architecture as canonical TOML.
};

/// Feature bits that this build knows: none have been needed so far.
constexpr uint64_t knownFeatures = 0;

constexpr size_t sectionCount = 4;
/// Indexed like fb::SectionKind: model, instructions, loadNetIn, weights.
using Sections = std::array<std::span<const std::byte>, sectionCount>;

struct Container {
  Header header;
  Sections sections; ///< Inside the bytes that were read.
};

/// The bytes of a file. \param sections together below 2 GiB.
std::vector<std::byte> writeContainer(const Header &header, const Sections &sections);

/// Checks size, structure, versions, features, CRCs and that every section is there once.
/// \param bytes aligned to 16 bytes; must outlive the result.
Expected<Container> readContainer(std::span<const std::byte> bytes, std::string_view origin);

/// A FlatBuffer with root fb::Model: everything that is not an array of a section of its own.
std::vector<std::byte> writeModel(const Program &program);
/// Fills the fields of `program` that writeModel wrote; checks what the verifier cannot: enumerations, sizes, doubled names.
/// \param bytes aligned to 16 bytes.
Expected<void> readModel(std::span<const std::byte> bytes, Program &program, std::string_view origin);

} // namespace softdpu::program
