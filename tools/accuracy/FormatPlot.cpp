//===- FormatPlot.cpp - What formats cost and what they save, as a picture ---------------===//

#include "accuracy/FormatPlot.h"

#include "Svg.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace softdpu::tools {
namespace {

using svg::Axis, svg::label, svg::line;

constexpr double width = 800, height = 480, left = 80, right = 30, top = 50, bottom = 60;

std::string mark(const FormatPoint &point, double x, double y, std::string_view colour) {
  const std::string shape =
      point.suggested ? fmt::format(R"(<path d="M {:.1f} {:.1f} l 8 8 l -8 8 l -8 -8 z" fill="#d9822b" stroke="#7a4408"/>)", x, y - 8)
                      : fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}"/>)", x, y, colour);
  return shape + "\n" + label(x + 10, y - 8, "start", point.name);
}

/// A dashed line across the picture, with its name.
std::string level(const Axis &y, double value, const std::string &name, std::string_view colour) {
  return line(left, y.place(value), width - right, y.place(value),
              fmt::format(R"(stroke="{}" stroke-width="1.5" stroke-dasharray="6 4")", colour)) +
         label(left + 6, y.place(value) - 5, "start", name);
}

} // namespace

std::string formatPlotSvg(const std::vector<FormatPoint> &points, const std::optional<FormatPoint> &mixed, const std::string &title,
                          const std::string &valueName, std::optional<double> baseline, std::optional<double> limit) {
  std::vector<double> values;
  double mostBytes = 0;
  const auto look = [&](const FormatPoint &point) {
    values.push_back(point.value);
    mostBytes = std::max(mostBytes, point.bytes);
  };
  std::ranges::for_each(points, look);
  if (mixed)
    look(*mixed);
  for (const auto &other : {baseline, limit})
    if (other)
      values.push_back(*other);
  const auto [least, most] = std::ranges::minmax(values);
  const double margin = most > least ? (most - least) * 0.08 : std::max(std::abs(most) * 0.1, 1e-6);
  constexpr double kibibyte = 1024, nameMargin = 1.12;
  const Axis x{0, std::max(mostBytes / kibibyte, 1e-3) * nameMargin, left, width - right, false};
  const Axis y{least - margin, most + margin, height - bottom, top, false};

  std::string picture = svg::begin(width, height) + label(width / 2, 26, "middle", title, 16);
  picture += svg::field(x, {.name = "weights (KiB)", .unit = ""}, y, {.name = valueName, .unit = "", .digits = 4});
  if (baseline)
    picture += level(y, *baseline, "float32", "#2a7d4f");
  if (limit)
    picture += level(y, *limit, "allowed", "#c33");
  std::string path;
  for (const FormatPoint &point : points)
    path += fmt::format("{:.1f},{:.1f} ", x.place(point.bytes / kibibyte), y.place(point.value));
  picture += fmt::format(R"(<polyline points="{}" fill="none" stroke="#8aa9c8" stroke-width="2"/>)"
                         "\n",
                         path);
  for (const FormatPoint &point : points)
    picture += mark(point, x.place(point.bytes / kibibyte), y.place(point.value), "#1b5e9e");
  if (mixed)
    picture += mark(*mixed, x.place(mixed->bytes / kibibyte), y.place(mixed->value), "#7b3fa0");
  return picture + "</svg>\n";
}

} // namespace softdpu::tools
