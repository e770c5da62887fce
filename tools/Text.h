//===- Text.h - Numbers with units, tables -----------------------------------------------===//

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace softdpu::tools {

/// 1234567 -> "1,234,567"
std::string grouped(uint64_t value);
/// 0.00123 -> "1.23 ms"
std::string duration(double seconds);
/// 2048 -> "2.0 KiB"
std::string byteSize(uint64_t bytes);
/// 1234567 -> "1.23 M"; a unit follows.
std::string magnitude(double value);
/// "1 step", "2 steps"
std::string counted(uint64_t count, const std::string &noun);

/// Columns as wide as their longest cell.
class Table {
public:
  /// \param header a heading that begins with '>' has its column aligned to the right.
  explicit Table(std::vector<std::string> header);
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  /// One line per row, each behind `indent`.
  std::string str(const std::string &indent = "  ") const;

private:
  std::vector<bool> right;
  std::vector<std::vector<std::string>> rows;
};

} // namespace softdpu::tools
