//===- Pareto.cpp - The points that no other point beats ---------------------------------===//

#include "explore/Pareto.h"

#include <algorithm>
#include <numeric>

namespace softdpu::tools {

std::vector<size_t> paretoFront(std::span<const std::pair<double, double>> points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t i) { return std::pair(points[i], i); });
  std::vector<size_t> front;
  for (size_t i : order)
    if (front.empty() || points[i].second < points[front.back()].second)
      front.push_back(i);
  return front;
}

} // namespace softdpu::tools
