//===- TensorFile.h - Tensors in .npy, .npz and ONNX .pb files ---------------------------===//
//
// Files are untrusted: every length is checked before it is used, and an error names the file, what was found and what was expected.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Program.h"

#include <filesystem>
#include <map>
#include <span>
#include <string_view>

namespace softdpu {

/// Reads the bytes of a .npy file, version 1.0 to 3.0, little-endian float32, float64, float16, int64, int32, int8, uint8 or bool, C or
/// Fortran order. float64 is rounded to float32; all else is kept. \param origin names the file in messages.
Expected<Tensor> parseNpy(std::span<const std::byte> bytes, std::string_view origin);

/// The bytes of a .npy file, version 1.0, C order.
std::vector<std::byte> serialiseNpy(const Tensor &tensor);

/// Reads an ONNX TensorProto (as ONNX's test data has them). Its name, if any, goes to `name`.
Expected<Tensor> parseTensorProto(std::span<const std::byte> bytes, std::string_view origin, std::string *name = nullptr);

/// Reads one .npy or .pb file, or all arrays of an .npz file, by the file's extension.
/// \returns tensors by name: the name in the archive or the TensorProto; "" for an .npy and an unnamed TensorProto.
Expected<std::map<std::string, Tensor>> readTensors(const std::filesystem::path &path);

Expected<void> writeNpy(const Tensor &tensor, const std::filesystem::path &path);
/// Writes an uncompressed archive, as numpy.savez does. Replaces an existing file only if writing succeeds.
Expected<void> writeNpz(const std::map<std::string, Tensor> &tensors, const std::filesystem::path &path);

/// Reads a whole file. \returns an error that says why it cannot be read (missing, a directory, no permission, larger than maxTensorBytes).
Expected<std::vector<std::byte>> readFile(const std::filesystem::path &path);
/// Writes a whole file.
Expected<void> writeFile(const std::filesystem::path &path, std::span<const std::byte> bytes);

} // namespace softdpu
