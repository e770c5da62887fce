//===- Cells.h - One time step of GRU, LSTM and RNN --------------------------------------===//
//
// A cell has the weights of one direction. It is given the input's share of the gates, which one large product has computed for all steps,
// and does what depends on the state. Gate orders and formulas are ONNX's.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "Activations.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace softdpu::cpu {

/// What all cells need of one direction.
struct CellWeights {
  int64_t batch = 0, hidden = 0;
  const float *recurrent = nullptr; ///< [gates * hidden, hidden]
  std::span<const float> bias;      ///< Wb and Rb, 2 * gates * hidden; empty for none.
  std::vector<Activation> activations;
  std::optional<float> clip;
};

/// State lives with the caller: h is [batch, hidden]; so is c, which only an LSTM has.
class Cell {
public:
  virtual ~Cell() = default;

  /// Advances the state by one step.
  /// \param input for each row of the batch, W x + inputBias() of its step (gates * hidden values); nullptr if its sequence has ended: the
  /// row's state then stays.
  virtual void advance(std::span<const float *const> input, std::span<float> h, std::span<float> c) = 0;

  /// What the product of all inputs has to start from: gates * hidden values.
  virtual std::vector<float> inputBias() const = 0;
};

std::unique_ptr<Cell> makeRnnCell(CellWeights weights);
/// \param linearBeforeReset multiply by the reset gate after the product with the candidate's weights, not before.
std::unique_ptr<Cell> makeGruCell(CellWeights weights, bool linearBeforeReset);
/// \param peephole P: 3 * hidden values in the order i, o, f; empty for none. \param coupled the forget gate is 1 - i.
std::unique_ptr<Cell> makeLstmCell(CellWeights weights, std::span<const float> peephole, bool coupled);

} // namespace softdpu::cpu
