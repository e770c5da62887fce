//===- Npz.h - Archives of .npy files ----------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <filesystem>
#include <map>

namespace softdpu {

/// All arrays of an .npz file, by name without ".npy". Errors name the file and the member.
Expected<std::map<std::string, Tensor>> readNpz(const std::filesystem::path &path);

} // namespace softdpu
