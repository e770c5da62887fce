//===- Plot.cpp - Latency against area, as a picture -------------------------------------===//

#include "explore/Plot.h"

#include "Svg.h"
#include "Text.h"

#include <algorithm>
#include <cmath>

namespace softdpu::tools {
namespace {

using svg::Axis, svg::begin, svg::escaped, svg::field, svg::label, svg::line;

constexpr double width = 960, height = 600, left = 80, right = 30, top = 70, bottom = 70;
constexpr double nameWidth = 110, nameHeight = 12; ///< Of the name beside a point of the front, in pixels.

class Plot {
public:
  Plot(std::span<const Evaluation> evaluations, std::span<const size_t> front) : evaluations(evaluations), front(front) {
    double leastLatency = HUGE_VAL, mostLatency = 0, mostArea = 0;
    for (const Evaluation &evaluation : evaluations) {
      if (!evaluation.error.empty())
        continue;
      leastLatency = std::min(leastLatency, evaluation.latency());
      mostLatency = std::max(mostLatency, evaluation.latency());
      mostArea = std::max(mostArea, evaluation.share());
    }
    x = {0, mostArea * 105, left, width - right, false};
    y = {leastLatency / 1.15, mostLatency * 1.15, height - bottom, top, true};
  }

  std::string draw(const std::string &title) {
    svg = begin(width, height);
    svg += label(width / 2, 24, "middle", title, 16);
    drawAxes();
    drawPoints();
    drawFront();
    drawKey();
    return svg + "</svg>\n";
  }

private:
  std::span<const Evaluation> evaluations;
  std::span<const size_t> front;
  Axis x{}, y{};
  std::string svg;

  double px(const Evaluation &evaluation) const { return x.place(evaluation.share() * 100); }
  double py(const Evaluation &evaluation) const { return y.place(evaluation.latency()); }

  void drawAxes() {
    svg += field(
        x, {.name = fmt::format("estimated area: largest share of ALMs, M20K and DSPs of a {}", stratix10Gx2800().name), .unit = " %"}, y,
        {.name = "latency, geometric mean over the models (ms)", .unit = "", .digits = 3});
    if (x.high > 100)
      svg += line(x.place(100), top, x.place(100), height - bottom, R"(stroke="#c33" stroke-width="1.5" stroke-dasharray="6 4")");
  }

  void drawPoints() {
    for (const Evaluation &evaluation : evaluations)
      if (evaluation.error.empty() && !evaluation.isBase)
        svg += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="3.5" {}><title>{}</title></circle>)"
                           "\n",
                           px(evaluation), py(evaluation), evaluation.fits() ? R"(fill="#8aa9c8")" : R"(fill="white" stroke="#8aa9c8")",
                           escaped(evaluation.arch.name));
  }

  void drawFront() {
    std::string points;
    for (size_t i : front)
      points += fmt::format("{:.1f},{:.1f} ", px(evaluations[i]), py(evaluations[i]));
    svg += fmt::format(R"(<polyline points="{}" fill="none" stroke="#1b5e9e" stroke-width="2"/>)"
                       "\n",
                       points);
    // Names of points that are far enough apart to be read.
    double lastX = -HUGE_VAL, lastY = -HUGE_VAL;
    for (size_t i : front) {
      if (evaluations[i].isBase)
        continue; // It has a mark of its own.
      const double atX = px(evaluations[i]), atY = py(evaluations[i]);
      svg += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="#1b5e9e"/>)"
                         "\n",
                         atX, atY);
      if (std::abs(atX - lastX) < nameWidth && std::abs(atY - lastY) < nameHeight)
        continue;
      lastX = atX;
      lastY = atY;
      // Below and left of a falling front there is no other point.
      svg += label(atX - 8, atY + 13, "end", evaluations[i].arch.name, 11);
    }
    for (const Evaluation &evaluation : evaluations) {
      if (!evaluation.isBase || !evaluation.error.empty())
        continue;
      svg += fmt::format(R"(<path d="M {:.1f} {:.1f} l 8 8 l -8 8 l -8 -8 z" fill="#d9822b" stroke="#7a4408"/>)"
                         "\n",
                         px(evaluation), py(evaluation) - 8);
      svg += label(px(evaluation) + 12, py(evaluation) + 14, "start", evaluation.arch.name, 13);
    }
  }

  void drawKey() {
    svg +=
        label(left, 50, "start", "dark line: Pareto front; diamond: base architecture; hollow, right of the dashed line: does not fit", 12);
  }
};

} // namespace

std::string plotSvg(std::span<const Evaluation> evaluations, std::span<const size_t> front, const std::string &title) {
  return Plot(evaluations, front).draw(title);
}

} // namespace softdpu::tools
