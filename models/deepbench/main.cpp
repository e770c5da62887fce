//===- main.cpp - softdpu-deepbench-model: writes DeepBench layers as ONNX files ---------===//

#include "deepbench/LayerModel.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace softdpu::deepbench;

namespace {

int usage() {
  std::fputs("usage: softdpu-deepbench-model DIRECTORY [NAME...]\nNames (default: all):", stderr);
  for (const Point &point : points())
    std::fprintf(stderr, " %s", layerName(point.layer).c_str());
  std::fputs("\n", stderr);
  return 2;
}

bool write(const std::filesystem::path &path, const Layer &layer) {
  const auto bytes = layerModel(layer, 1);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  file.flush();
  if (!file)
    std::fprintf(stderr, "softdpu-deepbench-model: %s: cannot be written\n", path.c_str());
  return bool(file);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2 || argv[1][0] == '-')
    return usage();
  const std::filesystem::path directory = argv[1];
  if (argc == 2)
    for (const Point &point : points())
      if (!write(directory / (layerName(point.layer) + ".onnx"), point.layer))
        return 2;
  for (int i = 2; i < argc; ++i) {
    bool known = false;
    for (const Point &point : points())
      if (layerName(point.layer) == argv[i]) {
        known = true;
        if (!write(directory / (layerName(point.layer) + ".onnx"), point.layer))
          return 2;
      }
    if (!known)
      return usage();
  }
  return 0;
}
