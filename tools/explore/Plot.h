//===- Plot.h - Latency against area, as a picture ---------------------------------------===//

#pragma once

#include "explore/Evaluation.h"

namespace softdpu::tools {

/// An SVG: every evaluation without error as a dot (hollow if it does not fit the device), the Pareto front as a line with its
/// architectures named, and the base architecture as a diamond.
/// \param front indices into `evaluations`, by rising area.
std::string plotSvg(std::span<const Evaluation> evaluations, std::span<const size_t> front, const std::string &title);

} // namespace softdpu::tools
