//===- Tool.cpp - Runs the softdpu command and looks at what it says ---------------------===//

#include "Tool.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

namespace softdpu::test {
namespace {

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

ToolResult softdpu(const std::string &arguments) {
  const TemporaryDirectory directory;
  const std::string out = directory / "out", err = directory / "err";
  const int status = std::system((SOFTDPU_TOOL " " + arguments + " >" + out + " 2>" + err + " </dev/null").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "softdpu-test-XXXXXX").string();
  path = mkdtemp(name.data());
}
TemporaryDirectory::~TemporaryDirectory() { std::filesystem::remove_all(path); }

std::string charlm(const std::string &name) { return SOFTDPU_SOURCE "/models/charlm/" + name; }

} // namespace softdpu::test
