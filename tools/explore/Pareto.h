//===- Pareto.h - The points that no other point beats -----------------------------------===//

#pragma once

#include <span>
#include <utility>
#include <vector>

namespace softdpu::tools {

/// Indices of the points for which no other point is at most as large in both coordinates and smaller in one, by rising first coordinate;
/// of equal points the first.
std::vector<size_t> paretoFront(std::span<const std::pair<double, double>> points);

} // namespace softdpu::tools
