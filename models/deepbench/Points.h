//===- Points.h - The recurrent layers of DeepBench, and what others reached -------------===//
//
// The one table of published results; everything that compares with Brainwave reads it from here.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace softdpu::deepbench {

/// `Gru` is the form with linear_before_reset = 1.
enum class Cell : uint8_t { Gru, Lstm };

/// "GRU" or "LSTM": ONNX's names.
std::string_view cellName(Cell cell);
/// Matrices of hidden x hidden on either side of the cell: 3 or 4.
unsigned gates(Cell cell);

/// One layer; its input is as wide as its state.
struct Layer {
  Cell cell;
  unsigned hidden;
};

/// "gru2816"
std::string layerName(const Layer &layer);
/// Operations of one time step as DeepBench counts them: two for each weight of W and R.
double operationsPerStep(const Layer &layer);

/// Latencies in milliseconds at batch size 1.
struct Published {
  double sdm;                  ///< Brainwave's structurally constrained dataflow bound.
  double brainwave;            ///< BW_S10 (Fowers et al., ISCA 2018, table 5).
  double utilisation;          ///< Of BW_S10, in percent.
  double titanXp;              ///< Same table.
  std::optional<double> intel; ///< Intel's NPU, int8, 10.6 TOPS at 275 MHz (FCCM 2019).
};

struct Point {
  Layer layer;
  uint32_t steps;
  Published published;

  /// The best of the implementations that were published.
  double fastestPublished() const;
};

/// All eleven, in the order of the Brainwave paper.
std::span<const Point> points();

} // namespace softdpu::deepbench
