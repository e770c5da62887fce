//===- TensorFile.cpp - Which reader a file needs ----------------------------------------===//

#include "softdpu/host_runtime/TensorFile.h"

#include "Npz.h"

namespace softdpu {

Expected<std::map<std::string, Tensor>> readTensors(const std::filesystem::path &path) {
  const std::string extension = path.extension().string();
  if (extension != ".npy" && extension != ".npz" && extension != ".pb")
    return fail("{}: the file name ends in \"{}\", expected .npy, .npz or .pb", path.string(), extension);
  const auto bytes = readFile(path); // Before .npz too: its messages for missing files are better than libzip's.
  if (!bytes)
    return tl::unexpected(bytes.error());
  if (extension == ".npz")
    return readNpz(path);
  std::string name;
  auto tensor = extension == ".npy" ? parseNpy(*bytes, path.string()) : parseTensorProto(*bytes, path.string(), &name);
  if (!tensor)
    return tl::unexpected(tensor.error());
  std::map<std::string, Tensor> result;
  result.emplace(std::move(name), std::move(*tensor));
  return result;
}

} // namespace softdpu
