//===- FormatPlot.h - What formats cost and what they save, as a picture -----------------===//

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace softdpu::tools {

/// One assignment of formats.
struct FormatPoint {
  std::string name;
  double bytes = 0; ///< Of weights.
  double value = 0;
  bool suggested = false;
};

/// An SVG: value against bytes of weights, points joined in the order given, suggested ones as diamonds.
/// \param valueName what `value` is, with its unit. \param baseline float32's value: a dashed line. \param limit the largest value allowed:
/// another. \param mixed a point apart.
std::string formatPlotSvg(const std::vector<FormatPoint> &points, const std::optional<FormatPoint> &mixed, const std::string &title,
                          const std::string &valueName, std::optional<double> baseline, std::optional<double> limit);

} // namespace softdpu::tools
