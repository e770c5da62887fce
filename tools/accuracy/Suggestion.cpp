//===- Suggestion.cpp - The narrowest formats for a loss that one can live with ----------===//

#include "accuracy/Suggestion.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace softdpu::tools {

Expected<AllowedLoss> parseAllowedLoss(const std::string &text) {
  AllowedLoss loss;
  const char *end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, loss.value);
  std::string unit(rest, end);
  std::erase(unit, ' ');
  loss.relative = unit == "%";
  if (error != std::errc() || !std::isfinite(loss.value) || loss.value < 0 || (!unit.empty() && !loss.relative))
    return fail("--loss {}: expected a share of float32's metric, as in 1%, or a number in the metric's unit, as in 0.02", text);
  if (loss.relative)
    loss.value /= 100;
  return loss;
}

std::optional<size_t> narrowestWithin(std::span<const Measured> measured, double limit) {
  std::optional<size_t> best;
  for (size_t i = 0; i < measured.size(); ++i)
    if (measured[i].loss && *measured[i].loss <= limit && (!best || measured[i].totalWeightBytes() < measured[*best].totalWeightBytes()))
      best = i;
  return best;
}

Expected<Measured> narrowLayers(const Measured &start, std::span<const std::string> formats, double limit, const Measure &measure) {
  Measured current = start;
  const size_t layers = start.weightBytes.size();
  if (current.assignment.layers.empty())
    current.assignment.layers.assign(layers, start.assignment.format);
  std::vector<bool> settled(layers, false);
  while (true) {
    std::optional<Measured> best;
    std::pair<double, int64_t> leastCost; // Loss for each byte saved, then bytes, the more the better.
    for (size_t layer = 0; layer < layers; ++layer) {
      const auto format = std::ranges::find(formats, current.assignment.layers[layer]);
      if (settled[layer] || format == formats.end() || format + 1 == formats.end())
        continue;
      Assignment narrower = current.assignment;
      narrower.layers[layer] = *(format + 1);
      auto tried = measure(narrower);
      if (!tried)
        return tried;
      const auto saved = int64_t(current.totalWeightBytes()) - int64_t(tried->totalWeightBytes());
      if (!tried->loss || *tried->loss > limit || saved <= 0) {
        settled[layer] = true;
        continue;
      }
      const std::pair cost(std::max(0.0, *tried->loss - *current.loss) / double(saved), -saved);
      if (!best || cost < leastCost) {
        leastCost = cost;
        best = std::move(*tried);
      }
    }
    if (!best)
      return current;
    current = std::move(*best);
  }
}

} // namespace softdpu::tools
