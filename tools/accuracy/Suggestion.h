//===- Suggestion.h - The narrowest formats for a loss that one can live with ------------===//

#pragma once

#include "accuracy/Measurement.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace softdpu::tools {

/// How much worse than float32 the metric may be.
struct AllowedLoss {
  double value = 0;
  bool relative = false; ///< A share of float32's metric; otherwise in the metric's own unit.

  /// The largest metric allowed.
  double limit(double reference) const { return relative ? reference * (1 + value) : reference + value; }
};

/// "1%", "0.5 %" or "0.02". \returns an error unless it is a number that is not negative.
Expected<AllowedLoss> parseAllowedLoss(const std::string &text);

/// Index of the measurement with the fewest bytes of weights whose loss is at most `limit`; none if there is no such.
std::optional<size_t> narrowestWithin(std::span<const Measured> measured, double limit);

using Measure = std::function<Expected<Measured>(const Assignment &)>;

/// Narrows one layer after another, greedily, as long as the loss stays within `limit`: each time the layer that loses least for each byte
/// that it saves, by one format. A layer that breaks the limit once stays as it is.
///
/// \param start an assignment within the limit. \param formats from wide to narrow; all layers of `start` have one of them.
/// \returns the last assignment, `start` itself if no layer can be narrowed; or the first error of `measure`.
Expected<Measured> narrowLayers(const Measured &start, std::span<const std::string> formats, double limit, const Measure &measure);

} // namespace softdpu::tools
