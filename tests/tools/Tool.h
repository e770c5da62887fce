//===- Tool.h - Runs the softdpu command and looks at what it says -----------------------===//

#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace softdpu::test {

struct ToolResult {
  int exitCode = -1; ///< -1 if the command died of a signal.
  std::string out, err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// Runs `softdpu` with `arguments`, through the shell: quote what needs it.
ToolResult softdpu(const std::string &arguments);

/// A directory that is gone when the test is over.
class TemporaryDirectory {
public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;

  std::string operator/(const std::string &name) const { return (path / name).string(); }

private:
  std::filesystem::path path;
};

/// A model of the repository's models/charlm.
std::string charlm(const std::string &name);

} // namespace softdpu::test
