//===- main.cpp - softdpu-streaming-model: writes the streaming model as an ONNX file ------===//

#include "streaming/StreamingModel.h"

#include <cstdio>
#include <fstream>

int main(int argc, char **argv) {
  if (argc != 2 || argv[1][0] == '-') {
    std::fputs("usage: softdpu-streaming-model FILE.onnx\n", stderr);
    return 2;
  }
  const auto bytes = softdpu::models::streamingModel();
  std::ofstream file(argv[1], std::ios::binary);
  file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  file.flush();
  if (file)
    return 0;
  std::fprintf(stderr, "softdpu-streaming-model: %s: cannot be written\n", argv[1]);
  return 2;
}
