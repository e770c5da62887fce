//===- softdpu-archgen.cpp - Writes dpu_arch_pkg.sv for an architecture ------------------===//
//
// softdpu-archgen ARCH OUTPUT: ARCH is a name or the path of a .toml. An OUTPUT that already has the right contents is not touched, so that
// nothing is rebuilt.
//
//===-------------------------------------------------------------------------------------===//

#include "ArchPackage.h"

#include <cstdio>
#include <fstream>
#include <iterator>

namespace {

bool hasContents(const std::filesystem::path &path, const std::string &text) {
  std::ifstream file(path, std::ios::binary);
  return file && std::string{std::istreambuf_iterator<char>(file), {}} == text;
}

int complain(std::string_view message) {
  fmt::print(stderr, "softdpu-archgen: {}\n", message);
  return 2;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 3)
    return complain("usage: softdpu-archgen ARCH OUTPUT.sv");
  auto arch = softdpu::loadArch(argv[1]);
  if (!arch)
    return complain(arch.error().message);
  std::filesystem::path output(argv[2]);
  std::string text = softdpu::archPackage(*arch);
  if (hasContents(output, text))
    return 0;
  std::error_code error;
  if (output.has_parent_path())
    std::filesystem::create_directories(output.parent_path(), error);
  std::ofstream file(output, std::ios::binary);
  file << text;
  file.close();
  return file ? 0 : complain(fmt::format("{}: cannot write it", output.string()));
}
