//===- Points.cpp - The recurrent layers of DeepBench, and what others reached -----------===//

#include "deepbench/Points.h"

#include <algorithm>
#include <array>

namespace softdpu::deepbench {
namespace {

constexpr std::array<Point, 11> table{{
    // cell, hidden, steps, SDM ms, Brainwave ms, its utilisation %, Titan Xp ms, Intel ms
    {{Cell::Gru, 2816}, 750, {1.581, 1.987, 74.8, 178.60, std::nullopt}},
    {{Cell::Gru, 2560}, 375, {0.661, 0.993, 61.8, 74.62, std::nullopt}},
    {{Cell::Gru, 2048}, 375, {0.438, 0.954, 41.2, 51.59, std::nullopt}},
    {{Cell::Gru, 1536}, 375, {0.266, 0.951, 23.3, 31.73, 1.454}},
    {{Cell::Gru, 1024}, 1500, {0.558, 3.792, 10.4, 59.51, 3.139}},
    {{Cell::Gru, 512}, 1, {0.00017, 0.013, 0.5, 0.06, 0.00145}},
    {{Cell::Lstm, 2048}, 25, {0.037, 0.074, 47.1, 5.27, std::nullopt}},
    {{Cell::Lstm, 1536}, 50, {0.043, 0.145, 27.1, 6.20, 0.246}},
    {{Cell::Lstm, 1024}, 25, {0.011, 0.074, 11.8, 1.87, 0.064}},
    {{Cell::Lstm, 512}, 25, {0.0038, 0.077, 2.8, 1.26, 0.027}},
    {{Cell::Lstm, 256}, 150, {0.0126, 0.425, 0.8, 1.99, 0.110}},
}};

} // namespace

std::string_view cellName(Cell cell) { return cell == Cell::Gru ? "GRU" : "LSTM"; }

unsigned gates(Cell cell) { return cell == Cell::Gru ? 3 : 4; }

std::string layerName(const Layer &layer) { return (layer.cell == Cell::Gru ? "gru" : "lstm") + std::to_string(layer.hidden); }

double operationsPerStep(const Layer &layer) { return 2.0 * 2.0 * gates(layer.cell) * double(layer.hidden) * double(layer.hidden); }

double Point::fastestPublished() const {
  return std::min({published.brainwave, published.titanXp, published.intel.value_or(published.brainwave)});
}

std::span<const Point> points() { return table; }

} // namespace softdpu::deepbench
