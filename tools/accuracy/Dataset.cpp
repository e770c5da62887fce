//===- Dataset.cpp - Inputs and labels from files ----------------------------------------===//

#include "accuracy/Dataset.h"

#include "Inputs.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <fmt/format.h>

namespace softdpu::tools {
namespace {

namespace fs = std::filesystem;

Sample sampleOf(std::string name, Tensors tensors) {
  Sample sample{.name = std::move(name), .tensors = std::move(tensors), .labels = {}};
  if (auto labels = sample.tensors.extract(labelsName))
    sample.labels = std::move(labels.mapped());
  return sample;
}

Expected<Sample> readArchive(const fs::path &path) {
  auto tensors = readTensors(path);
  if (!tensors)
    return tl::unexpected(tensors.error());
  return sampleOf(path.string(), std::move(*tensors));
}

/// \param files of single arrays.
Expected<Sample> readArrays(const fs::path &directory, const std::vector<fs::path> &files) {
  Tensors tensors;
  for (const fs::path &file : files) {
    auto read = readTensors(file);
    if (!read)
      return tl::unexpected(read.error());
    for (auto &[name, tensor] : *read)
      tensors.insert_or_assign(name.empty() ? file.stem().string() : name, std::move(tensor));
  }
  return sampleOf(directory.string(), std::move(tensors));
}

Expected<std::vector<Sample>> readSamples(const fs::path &path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (path.extension() != ".npz")
      return fail("{}: expected an .npz file, or a directory with .npz or .npy files", path.string());
    auto sample = readArchive(path);
    if (!sample)
      return tl::unexpected(sample.error());
    return std::vector{std::move(*sample)};
  }
  std::vector<fs::path> archives, arrays;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path extension = entry->path().extension();
    if (extension == ".npz")
      archives.push_back(entry->path());
    else if (extension == ".npy" || extension == ".pb")
      arrays.push_back(entry->path());
  }
  if (error)
    return fail("{}: {}", path.string(), error.message());
  if (archives.empty() && arrays.empty())
    return fail("{}: no .npz and no .npy file in this directory", path.string());
  std::ranges::sort(archives);
  std::ranges::sort(arrays);
  std::vector<Sample> samples;
  for (const fs::path &archive : archives) {
    auto sample = readArchive(archive);
    if (!sample)
      return tl::unexpected(sample.error());
    samples.push_back(std::move(*sample));
  }
  if (archives.empty()) {
    auto sample = readArrays(path, arrays);
    if (!sample)
      return tl::unexpected(sample.error());
    samples.push_back(std::move(*sample));
  }
  return samples;
}

} // namespace

Expected<std::vector<Sample>> readDataset(const fs::path &path, const fs::path &labels) {
  auto samples = readSamples(path);
  if (!samples || labels.empty())
    return samples;
  if (samples->size() != 1)
    return fail("--labels {}: {} holds {} samples; put an array \"{}\" into each of them instead", labels.string(), path.string(),
                samples->size(), labelsName);
  auto tensors = readTensors(labels);
  if (!tensors)
    return tl::unexpected(tensors.error());
  const auto named = tensors->find(labelsName);
  if (named == tensors->end() && tensors->size() != 1)
    return fail("{}: {} arrays, and none is called \"{}\"", labels.string(), tensors->size(), labelsName);
  samples->front().labels = std::move((named == tensors->end() ? tensors->begin() : named)->second);
  return samples;
}

Expected<Tensors> inputsOf(const Program &program, const Sample &sample, bool zeros) {
  InputSettings settings{.files = {}, .dimensions = {}, .steps = {}, .seed = 1, .missing = zeros ? Missing::Zero : Missing::Leave};
  for (const Port &port : program.inputs)
    if (const auto found = sample.tensors.find(port.name); found != sample.tensors.end()) {
      settings.given.insert(*found);
    } else if (!zeros) {
      std::string names;
      for (const auto &[name, tensor] : sample.tensors)
        names += (names.empty() ? "" : ", ") + name;
      return fail("{}: no array \"{}\" for the input {} {}; it holds {}. Add the array, or --zeros", sample.name, port.name,
                  elementTypeName(port.type), shapeText(port.shape), names.empty() ? "nothing" : names);
    }
  return makeInputs(program, settings);
}

} // namespace softdpu::tools
