//===- Svg.h - Axes, lines and text of pictures ------------------------------------------===//

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace softdpu::tools::svg {

/// One axis: values `low` .. `high` to pixels `from` .. `to`, linear or logarithmic.
struct Axis {
  double low, high, from, to;
  bool logarithmic;

  double place(double value) const;
};

/// Values that get a line: 1, 2, 5, 10, ... on a logarithmic axis; all of 1 .. 9 where that leaves fewer than three.
std::vector<double> ticks(const Axis &axis);

/// The beginning of a picture in pixels, with a white background. "</svg>" ends it.
std::string begin(double width, double height);
/// `text` with what XML would misread written out.
std::string escaped(std::string_view text);
/// \param anchor "start", "middle" or "end": which part of the text stands at (x, y).
std::string label(double x, double y, std::string_view anchor, std::string_view content, int size = 12);
/// \param style attributes, as in `stroke="#444"`.
std::string line(double x1, double y1, double x2, double y2, std::string_view style);

/// What stands beside an axis: its name, what follows each number, and how many digits numbers have.
struct AxisText {
  std::string name, unit;
  int digits = 6;
};
/// The field between two axes: grid lines with their numbers, a border, the names of the axes.
std::string field(const Axis &x, const AxisText &xText, const Axis &y, const AxisText &yText);

} // namespace softdpu::tools::svg
