//===- Npz.cpp - Archives of .npy files --------------------------------------------------===//

#include "Npz.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <memory>
#include <zip.h>

namespace softdpu {
namespace {

struct DiscardArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;

struct CloseMember {
  void operator()(zip_file_t *member) const { zip_fclose(member); }
};
using Member = std::unique_ptr<zip_file_t, CloseMember>;

Expected<Archive> openArchive(const std::filesystem::path &path, int flags) {
  int code = 0;
  if (zip_t *archive = zip_open(path.c_str(), flags, &code))
    return Archive(archive);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  return fail("{}: cannot be opened as a zip archive: {}", path.string(), reason);
}

/// Reads at most as many bytes as the directory states, and that is bounded: a forged size or a zip bomb ends in an error.
Expected<std::vector<std::byte>> readMember(zip_t *archive, zip_uint64_t index, const std::string &origin) {
  zip_stat_t stat;
  if (zip_stat_index(archive, index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
    return fail("{}: the archive does not state its size", origin);
  if (stat.size > maxTensorBytes)
    return fail("{}: {} bytes, at most {} are supported", origin, stat.size, maxTensorBytes);
  const Member member(zip_fopen_index(archive, index, 0));
  if (!member)
    return fail("{}: cannot be unpacked: {}", origin, zip_strerror(archive));
  std::vector<std::byte> bytes;
  std::byte buffer[1 << 16];
  while (bytes.size() < stat.size) {
    const zip_int64_t count = zip_fread(member.get(), buffer, std::min<zip_uint64_t>(sizeof buffer, stat.size - bytes.size()));
    if (count <= 0)
      return fail("{}: corrupted: {} of {} bytes could be unpacked", origin, bytes.size(), stat.size);
    bytes.insert(bytes.end(), buffer, buffer + count);
  }
  // The read that finds the end also checks the CRC.
  if (zip_fread(member.get(), buffer, 1) != 0)
    return fail("{}: corrupted: size or checksum does not match", origin);
  return bytes;
}

} // namespace

Expected<std::map<std::string, Tensor>> readNpz(const std::filesystem::path &path) {
  const auto archive = openArchive(path, ZIP_RDONLY | ZIP_CHECKCONS);
  if (!archive)
    return tl::unexpected(archive.error());
  std::map<std::string, Tensor> result;
  const zip_int64_t count = zip_get_num_entries(archive->get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *stored = zip_get_name(archive->get(), zip_uint64_t(i), 0);
    std::string name = stored ? stored : "";
    const std::string origin = fmt::format("{} ({})", path.string(), name);
    if (!name.ends_with(".npy"))
      return fail("{}: an .npz file holds only .npy members", origin);
    const auto bytes = readMember(archive->get(), zip_uint64_t(i), origin);
    if (!bytes)
      return tl::unexpected(bytes.error());
    auto tensor = parseNpy(*bytes, origin);
    if (!tensor)
      return tl::unexpected(tensor.error());
    name.resize(name.size() - 4);
    if (!result.emplace(name, std::move(*tensor)).second)
      return fail("{}: occurs twice", origin);
  }
  return result;
}

Expected<void> writeNpz(const std::map<std::string, Tensor> &tensors, const std::filesystem::path &path) {
  auto archive = openArchive(path, ZIP_CREATE | ZIP_TRUNCATE);
  if (!archive)
    return tl::unexpected(archive.error());
  std::vector<std::vector<std::byte>> members; // libzip reads them when the archive is closed.
  members.reserve(tensors.size());
  for (const auto &[name, tensor] : tensors) {
    const auto &bytes = members.emplace_back(serialiseNpy(tensor));
    zip_source_t *source = zip_source_buffer(archive->get(), bytes.data(), bytes.size(), 0);
    const zip_int64_t index = source ? zip_file_add(archive->get(), (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
      zip_source_free(source);
      return fail("{}: {} cannot be added: {}", path.string(), name, zip_strerror(archive->get()));
    }
    zip_set_file_compression(archive->get(), zip_uint64_t(index), ZIP_CM_STORE, 0);
  }
  if (zip_close(archive->get()) != 0)
    return fail("{}: writing failed: {}", path.string(), zip_strerror(archive->get()));
  archive->release(); // zip_close has freed it.
  return {};
}

} // namespace softdpu
