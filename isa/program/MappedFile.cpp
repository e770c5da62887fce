//===- MappedFile.cpp - A file in memory, read on demand ---------------------------------===//

#include "MappedFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace softdpu::program {
namespace {

/// Closes a descriptor; a mapping outlives it.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd_; }

private:
  int fd_;
};

tl::unexpected<Error> systemError(const std::filesystem::path &path) { return fail("{}: {}", path.string(), std::strerror(errno)); }

} // namespace

Expected<MappedFile> MappedFile::open(const std::filesystem::path &path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    return systemError(path);
  if (!S_ISREG(status.st_mode))
    return fail("{}: not a regular file", path.string());
  if (status.st_size == 0)
    return MappedFile(nullptr, 0);
  void *data = ::mmap(nullptr, size_t(status.st_size), PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED)
    return systemError(path);
  ::madvise(data, size_t(status.st_size), MADV_SEQUENTIAL);
  return MappedFile(static_cast<const std::byte *>(data), size_t(status.st_size));
}

MappedFile::MappedFile(MappedFile &&other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile::~MappedFile() {
  if (data_)
    ::munmap(const_cast<std::byte *>(data_), size_);
}

} // namespace softdpu::program
