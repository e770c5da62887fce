//===- main.cpp - softdpu-zoo-model: writes the models of the zoo as ONNX files ----------===//

#include "zoo/ZooModel.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

using namespace softdpu::zoo;

namespace {

int usage() {
  std::fputs("usage: softdpu-zoo-model DIRECTORY [--scale N] [NAME...]\n"
             "--scale N divides widths and vocabulary by N. Names (default: all):",
             stderr);
  for (const Entry &entry : entries())
    std::fprintf(stderr, " %s", std::string(entry.name).c_str());
  std::fputs("\n", stderr);
  return 2;
}

const Entry *find(std::string_view name) {
  for (const Entry &entry : entries())
    if (entry.name == name)
      return &entry;
  return nullptr;
}

bool write(const std::filesystem::path &directory, const Entry &entry, const ModelOptions &options) {
  const auto path = directory / (std::string(entry.name) + ".onnx");
  const auto bytes = zooModel(entry, options);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  file.flush();
  if (!file)
    std::fprintf(stderr, "softdpu-zoo-model: %s: cannot be written\n", path.c_str());
  return bool(file);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-')
    return usage();
  ModelOptions options;
  std::vector<const Entry *> chosen;
  for (int i = 2; i < argc; ++i) {
    if (std::strcmp(argv[i], "--scale") == 0 && i + 1 < argc) {
      const std::string_view text = argv[++i];
      if (std::from_chars(text.begin(), text.end(), options.scale).ptr != text.end() || options.scale == 0)
        return usage();
    } else if (const Entry *entry = find(argv[i])) {
      chosen.push_back(entry);
    } else {
      return usage();
    }
  }
  if (chosen.empty())
    for (const Entry &entry : entries())
      chosen.push_back(&entry);
  for (const Entry *entry : chosen)
    if (!write(argv[1], *entry, options))
      return 2;
  return 0;
}
