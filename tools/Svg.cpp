//===- Svg.cpp - Axes, lines and text of pictures ----------------------------------------===//

#include "Svg.h"

#include <cmath>
#include <fmt/format.h>

namespace softdpu::tools::svg {
namespace {

/// 1, 2 or 5 times a power of ten: about `count` of them cover `span`.
double roundStep(double span, double count) {
  const double power = std::pow(10, std::floor(std::log10(span / count)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power * count >= span)
      return factor * power;
  return 10 * power;
}

} // namespace

double Axis::place(double value) const {
  const double part = logarithmic ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return from + part * (to - from);
}

std::vector<double> ticks(const Axis &axis) {
  std::vector<double> values;
  if (!axis.logarithmic) {
    const double step = roundStep(axis.high - axis.low, 8);
    for (double i = std::ceil(axis.low / step); i * step <= axis.high; ++i)
      values.push_back(i * step);
    return values;
  }
  for (const std::vector<double> &digits : {std::vector<double>{1, 2, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
    values.clear();
    for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high; power *= 10)
      for (double digit : digits)
        if (digit * power >= axis.low && digit * power <= axis.high)
          values.push_back(digit * power);
    if (values.size() >= 3)
      break;
  }
  return values;
}

std::string begin(double width, double height) {
  return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" height="{1}" font-family="sans-serif">)"
                     "\n"
                     R"(<rect width="{0}" height="{1}" fill="white"/>)"
                     "\n",
                     width, height);
}

std::string escaped(std::string_view text) {
  std::string result;
  for (char c : text)
    switch (c) {
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '&':
      result += "&amp;";
      break;
    default:
      result += c;
    }
  return result;
}

std::string label(double x, double y, std::string_view anchor, std::string_view content, int size) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" font-size="{}" text-anchor="{}">{}</text>)"
                     "\n",
                     x, y, size, anchor, escaped(content));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style) {
  return fmt::format(R"(<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" {}/>)"
                     "\n",
                     x1, y1, x2, y2, style);
}

std::string field(const Axis &x, const AxisText &xText, const Axis &y, const AxisText &yText) {
  constexpr std::string_view gridStyle = R"(stroke="#e4e4e4")";
  const auto number = [](double value, const AxisText &text) { return fmt::format("{:.{}g}{}", value, text.digits, text.unit); };
  std::string picture; // y grows downwards: y.from is the bottom
  for (double value : ticks(x)) {
    picture += line(x.place(value), y.to, x.place(value), y.from, gridStyle);
    picture += label(x.place(value), y.from + 18, "middle", number(value, xText));
  }
  for (double value : ticks(y)) {
    picture += line(x.from, y.place(value), x.to, y.place(value), gridStyle);
    picture += label(x.from - 8, y.place(value) + 4, "end", number(value, yText));
  }
  picture += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#444"/>)"
                         "\n",
                         x.from, y.to, x.to - x.from, y.from - y.to);
  picture += label((x.from + x.to) / 2, y.from + 44, "middle", xText.name, 13);
  picture += fmt::format(R"svg(<text transform="translate({:.1f} {:.1f}) rotate(-90)" font-size="13" text-anchor="middle">{}</text>)svg"
                         "\n",
                         x.from - 56, (y.from + y.to) / 2, escaped(yText.name));
  return picture;
}

} // namespace softdpu::tools::svg
