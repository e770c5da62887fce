//===- Arch.cpp - Reading, checking and naming architectures -----------------------------===//

#include "softdpu/isa/Arch.h"

#include <algorithm>
#include <bit>
#include <cmath>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace softdpu {
namespace {

/// An integer parameter: its key, where it is kept, and its range.
struct Parameter {
  std::string_view key;
  unsigned Arch::*member;
  unsigned min, max;
};

/// In canonical order. The upper bounds keep every index within the fields of the instruction word and the accumulator below 102 bits.
constexpr Parameter parameters[] = {
    {"native_dim", &Arch::nativeDim, 8, 1024},      {"lanes", &Arch::lanes, 2, 1024},
    {"tile_engines", &Arch::tileEngines, 1, 64},    {"mfus", &Arch::mfus, 2, 3},
    {"mantissa_bits", &Arch::mantissaBits, 2, 10},  {"box", &Arch::box, 8, 1024},
    {"mrf_tiles", &Arch::mrfTiles, 2, 65536},       {"initial_vrf", &Arch::initialVrf, 2, 65536},
    {"addsub_vrf", &Arch::addSubVrf, 2, 65536},     {"multiply_vrf", &Arch::multiplyVrf, 2, 65536},
    {"accumulators", &Arch::accumulators, 2, 256},  {"max_columns", &Arch::maxColumns, 2, 256},
    {"chain_buffer", &Arch::chainBuffer, 16, 4096}, {"instruction_memory", &Arch::instructionMemory, 16, 65536},
    {"net_in_depth", &Arch::netInDepth, 2, 1024},   {"net_out_depth", &Arch::netOutDepth, 2, 1024},
};

/// Not in the fingerprint, and 0 unless given: programs of every device run with it.
constexpr Parameter packedLanes{"packed_lanes", &Arch::packedLanes, 0, 1023};

constexpr double minClockMhz = 1, maxClockMhz = 10000;
constexpr size_t maxNameLength = 32, maxDescriptionLength = 200;

constexpr bool isNameCharacter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }
bool isName(std::string_view name) {
  return !name.empty() && name.size() <= maxNameLength && std::all_of(name.begin(), name.end(), isNameCharacter);
}
bool isDescription(std::string_view text) {
  return text.size() <= maxDescriptionLength &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '"' || c == '\\'; });
}

Expected<unsigned> readInteger(const toml::table &table, const Parameter &parameter, std::string_view origin) {
  const toml::node *node = table.get(parameter.key);
  if (!node)
    return fail("{}: key '{}' is missing; it takes an integer in {}..{}", origin, parameter.key, parameter.min, parameter.max);
  const auto *value = node->as_integer();
  if (!value)
    return fail("{}:{}: '{}' must be an integer in {}..{}", origin, node->source().begin.line, parameter.key, parameter.min, parameter.max);
  if (**value < parameter.min || **value > parameter.max)
    return fail("{}:{}: '{}' is {}, it must be in {}..{}", origin, node->source().begin.line, parameter.key, **value, parameter.min,
                parameter.max);
  return unsigned(**value);
}

Expected<std::string> readString(const toml::table &table, std::string_view key, bool (*isValid)(std::string_view),
                                 std::string_view allowed, std::string_view origin) {
  const toml::node *node = table.get(key);
  const auto *value = node ? node->as_string() : nullptr;
  if (!value)
    return fail("{}: key '{}' is missing or no string; it takes {}", origin, key, allowed);
  if (!isValid(**value))
    return fail("{}:{}: '{}' is not valid; it takes {}", origin, node->source().begin.line, key, allowed);
  return **value;
}

/// Rules between parameters.
Expected<void> checkRelations(const Arch &arch, std::string_view origin) {
  auto isMultiple = [](unsigned a, unsigned b) { return a % b == 0; };
  if (!isMultiple(arch.box, 8))
    return fail("{}: 'box' is {}, it must be a multiple of 8", origin, arch.box);
  if (!isMultiple(arch.nativeDim, arch.box))
    return fail("{}: 'native_dim' is {}, it must be a multiple of box = {}", origin, arch.nativeDim, arch.box);
  if (!isMultiple(arch.nativeDim, arch.lanes))
    return fail("{}: 'native_dim' is {}, it must be a multiple of lanes = {}", origin, arch.nativeDim, arch.lanes);
  if (!isMultiple(arch.box, arch.lanes) && !isMultiple(arch.lanes, arch.box))
    return fail("{}: 'lanes' is {}, it must divide box = {} or be a multiple of it", origin, arch.lanes, arch.box);
  if (arch.packedLanes % 3 != 0 || arch.packedLanes > arch.maxPackedLanes())
    return fail(
        "{}: 'packed_lanes' is {}, it must be a multiple of 3 and at most {}: two mantissa bits, and more than 16 lanes in a box of "
        "which one or more stay unpacked",
        origin, arch.packedLanes, arch.maxPackedLanes());
  if (!std::has_single_bit(arch.chainBuffer))
    return fail("{}: 'chain_buffer' is {}, it must be a power of two", origin, arch.chainBuffer);
  return {};
}

/// Smallest n with 2^n >= value.
unsigned ceilLog2(uint64_t value) { return unsigned(std::bit_width(value - 1)); }

/// What the fingerprint covers.
std::string canonicalParameters(const Arch &arch) {
  std::string result;
  for (const Parameter &parameter : parameters)
    result += fmt::format("{} = {}\n", parameter.key, arch.*parameter.member);
  return result;
}

} // namespace

unsigned Arch::accumulatorWidth() const { return 62 + 2 * mantissaBits + ceilLog2(uint64_t(maxColumns) * nativeDim) + 1; }

Expected<Arch> parseArch(std::string_view text, std::string_view origin) {
  toml::parse_result parsed = toml::parse(text, origin);
  if (!parsed)
    return fail("{}:{}: {}", origin, parsed.error().source().begin.line, parsed.error().description());
  const toml::table &table = parsed.table();

  for (const auto &[key, node] : table) {
    std::string_view name = key.str();
    bool known = name == "name" || name == "description" || name == "clock_mhz" || name == packedLanes.key ||
                 std::any_of(std::begin(parameters), std::end(parameters), [&](const Parameter &p) { return p.key == name; });
    if (!known)
      return fail("{}:{}: unknown key '{}'; configs/README.md lists the keys", origin, node.source().begin.line, name);
  }

  Arch arch;
  auto name = readString(table, "name", isName, fmt::format("1 to {} characters of a-z, 0-9, _", maxNameLength), origin);
  if (!name)
    return tl::unexpected(name.error());
  arch.name = *name;
  auto description =
      readString(table, "description", isDescription,
                 fmt::format("at most {} characters, no quotes, backslashes or control characters", maxDescriptionLength), origin);
  if (!description)
    return tl::unexpected(description.error());
  arch.description = *description;

  for (const Parameter &parameter : parameters) {
    auto value = readInteger(table, parameter, origin);
    if (!value)
      return tl::unexpected(value.error());
    arch.*parameter.member = *value;
  }

  if (table.contains(packedLanes.key)) {
    auto value = readInteger(table, packedLanes, origin);
    if (!value)
      return tl::unexpected(value.error());
    arch.packedLanes = *value;
  }

  auto clock = table["clock_mhz"].value<double>();
  if (!clock || !(*clock >= minClockMhz && *clock <= maxClockMhz))
    return fail("{}: 'clock_mhz' is missing or out of range; it takes a number in {}..{}", origin, minClockMhz, maxClockMhz);
  arch.clockMhz = *clock;

  if (auto ok = checkRelations(arch, origin); !ok)
    return tl::unexpected(ok.error());
  return arch;
}

std::string canonicalArch(const Arch &arch) {
  const std::string packed = arch.packedLanes ? fmt::format("{} = {}\n", packedLanes.key, arch.packedLanes) : "";
  return fmt::format("name = \"{}\"\ndescription = \"{}\"\n{}{}clock_mhz = {}{}\n", arch.name, arch.description, canonicalParameters(arch),
                     packed, arch.clockMhz, arch.clockMhz == std::floor(arch.clockMhz) ? ".0" : "");
}

uint64_t fingerprint(const Arch &arch) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char c : canonicalParameters(arch))
    hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

} // namespace softdpu
