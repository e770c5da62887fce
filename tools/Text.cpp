//===- Text.cpp - Numbers with units, tables ---------------------------------------------===//

#include "Text.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace softdpu::tools {
namespace {

/// Three significant digits.
std::string significant(double value) {
  if (value >= 99.95)
    return fmt::format("{:.0f}", value);
  return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

/// Columns on a terminal: UTF-8 continuation bytes take none.
size_t width(const std::string &text) {
  return size_t(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

std::string grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3;)
    digits.insert(i -= 3, 1, ',');
  return digits;
}

std::string duration(double seconds) {
  if (seconds >= 1)
    return significant(seconds) + " s";
  if (seconds >= 1e-3)
    return significant(seconds * 1e3) + " ms";
  return significant(seconds * 1e6) + " us";
}

std::string byteSize(uint64_t bytes) {
  constexpr std::array<const char *, 4> units{"bytes", "KiB", "MiB", "GiB"};
  size_t unit = 0;
  double value = double(bytes);
  for (; value >= 1024 && unit + 1 < units.size(); ++unit)
    value /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string magnitude(double value) {
  constexpr std::array<const char *, 5> prefixes{"", "k", "M", "G", "T"};
  size_t prefix = 0;
  for (; value >= 999.5 && prefix + 1 < prefixes.size(); ++prefix)
    value /= 1000;
  return fmt::format("{} {}", significant(value), prefixes[prefix]);
}

std::string counted(uint64_t count, const std::string &noun) { return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s"); }

Table::Table(std::vector<std::string> header) {
  for (std::string &heading : header) {
    right.push_back(heading.starts_with('>'));
    if (right.back())
      heading.erase(0, 1);
  }
  rows.push_back(std::move(header));
}

std::string Table::str(const std::string &indent) const {
  std::vector<size_t> widths;
  for (const auto &row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto &row : rows) {
    std::string line = indent;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width(row[i]), ' ');
      line += (i ? "  " : "") + (right[i] ? padding + row[i] : row[i] + padding);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

} // namespace softdpu::tools
