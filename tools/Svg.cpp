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

} // namespace softdpu::tools::svg
