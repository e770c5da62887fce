//===- Dataset.h - Inputs and labels from files ------------------------------------------===//

#pragma once

#include "softdpu/host_runtime/Session.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace softdpu::tools {

/// What one run of the model takes, and what should come out.
struct Sample {
  std::string name; ///< Of the file or the directory.
  Tensors tensors;
  std::optional<Tensor> labels;
};

/// The array with this name is no input but the labels.
inline constexpr const char *labelsName = "labels";

/// Reads an .npz file (one sample), a directory with .npz files (one sample each, in the order of their names), or a directory with
/// .npy files (one sample, of arrays that are named like the files).
/// \param labels a file that holds the labels instead; empty for none. Then there must be one sample.
Expected<std::vector<Sample>> readDataset(const std::filesystem::path &path, const std::filesystem::path &labels);

/// The inputs of `program` from `sample`. \param zeros inputs that it lacks are zeros.
/// \returns an error that names an input that is missing, and what there is.
Expected<Tensors> inputsOf(const Program &program, const Sample &sample, bool zeros);

} // namespace softdpu::tools
