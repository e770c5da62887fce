//===- WaveFile.cpp - Signals of the RTL as an FST file ----------------------------------===//

#include "WaveFile.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace softdpu {

void WaveFile::record(const sc_core::sc_time &time) {
  if (empty)
    begin = time;
  empty = false;
  fst.dump(uint64_t((time - begin).value()));
}

Expected<void> WaveFile::checkWritable(const std::string &path) {
  errno = 0;
  if (!std::ofstream(path, std::ios::binary))
    return fail("{}: cannot be written: {}", path, std::strerror(errno));
  return {};
}

} // namespace softdpu
