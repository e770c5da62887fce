//===- Cells.cpp - One time step of GRU, LSTM and RNN ------------------------------------===//

#include "Cells.h"

#include "Sgemm.h"

#include <algorithm>

namespace softdpu::cpu {
namespace {

/// Wb + Rb of the first `gates` gates; zeros if there is no bias.
std::vector<float> summedBias(const CellWeights &weights, size_t gates, size_t allGates) {
  const auto hidden = size_t(weights.hidden);
  std::vector<float> sum(allGates * hidden, 0.0f);
  if (weights.bias.empty())
    return sum;
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] = weights.bias[i] + (i < gates * hidden ? weights.bias[sum.size() + i] : 0);
  return sum;
}

/// sum[i] += addend[i]
void accumulate(std::span<float> sum, const float *addend) {
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += addend[i];
}

void clipAndActivate(std::span<float> values, const Activation &f, const std::optional<float> &clip) {
  if (clip)
    for (float &x : values)
      x = std::clamp(x, -*clip, *clip);
  activate(f, values);
}

/// What the three cells share: the product of state and recurrent weights, row by row of the batch.
class GatedCell : public Cell {
public:
  GatedCell(CellWeights given, size_t gates)
      : weights(std::move(given)), hidden(size_t(weights.hidden)), gates(gates), recurrent(size_t(weights.batch) * gates * hidden) {}

  std::vector<float> inputBias() const override { return summedBias(weights, gates, gates); }

protected:
  /// recurrent[b] = h[b] R^T for the rows of gates [0, count).
  void multiplyState(std::span<const float> h, size_t count) {
    const Sgemm product{.m = weights.batch, .n = int64_t(count * hidden), .k = weights.hidden, .transposeA = false, .transposeB = true};
    product(h.data(), weights.recurrent, recurrent.data());
  }
  std::span<float> row(size_t b, size_t count) { return std::span(recurrent).subspan(b * count * hidden, count * hidden); }
  std::span<float> stateRow(std::span<float> state, size_t b) const { return state.subspan(b * hidden, hidden); }

  CellWeights weights;
  size_t hidden, gates;
  std::vector<float> recurrent; ///< [batch, gates * hidden]
};

/// h' = f(W x + R h + Wb + Rb)
class RnnCell final : public GatedCell {
public:
  explicit RnnCell(CellWeights given) : GatedCell(std::move(given), 1) {}

  void advance(std::span<const float *const> input, std::span<float> h, std::span<float>) override {
    multiplyState(h, 1);
    for (size_t b = 0; b < input.size(); ++b) {
      if (!input[b])
        continue;
      const std::span<float> sum = row(b, 1);
      accumulate(sum, input[b]);
      clipAndActivate(sum, weights.activations[0], weights.clip);
      std::ranges::copy(sum, stateRow(h, b).begin());
    }
  }
};

/// Gates z, r, h: h' = (1 - z) g(...) + z h
class GruCell final : public GatedCell {
public:
  GruCell(CellWeights given, bool linearBeforeReset)
      : GatedCell(std::move(given), 3), linearBeforeReset(linearBeforeReset), candidate(size_t(weights.batch) * hidden) {
    if (linearBeforeReset && !weights.bias.empty())
      candidateBias = weights.bias.subspan(5 * hidden, hidden);
  }

  std::vector<float> inputBias() const override { return summedBias(weights, linearBeforeReset ? 2 : 3, 3); }

  void advance(std::span<const float *const> input, std::span<float> h, std::span<float>) override {
    const size_t products = linearBeforeReset ? 3 : 2;
    multiplyState(h, products);
    for (size_t b = 0; b < input.size(); ++b) {
      const std::span<float> zr = row(b, products).first(2 * hidden), own = stateRow(candidate, b);
      if (!input[b]) {
        std::ranges::fill(own, 0.0f);
        continue;
      }
      accumulate(zr, input[b]);
      clipAndActivate(zr, weights.activations[0], weights.clip);
      const std::span<const float> reset = zr.subspan(hidden);
      if (linearBeforeReset) {
        const float *product = zr.data() + 2 * hidden;
        for (size_t i = 0; i < hidden; ++i)
          own[i] = reset[i] * (product[i] + (candidateBias.empty() ? 0 : candidateBias[i]));
      } else {
        for (size_t i = 0; i < hidden; ++i)
          own[i] = reset[i] * h[b * hidden + i];
      }
    }
    if (!linearBeforeReset)
      multiplyReset();
    for (size_t b = 0; b < input.size(); ++b) {
      if (!input[b])
        continue;
      const std::span<float> own = stateRow(candidate, b), state = stateRow(h, b);
      const std::span<const float> update = row(b, products).first(hidden);
      accumulate(own, input[b] + 2 * hidden);
      clipAndActivate(own, weights.activations[1], weights.clip);
      for (size_t i = 0; i < hidden; ++i)
        state[i] = (1 - update[i]) * own[i] + update[i] * state[i];
    }
  }

private:
  /// candidate = (r . h) Rh^T
  void multiplyReset() {
    resetState.assign(candidate.begin(), candidate.end());
    const Sgemm product{.m = weights.batch, .n = weights.hidden, .k = weights.hidden, .transposeA = false, .transposeB = true};
    product(resetState.data(), weights.recurrent + 2 * hidden * hidden, candidate.data());
  }

  bool linearBeforeReset;
  std::span<const float> candidateBias; ///< Rbh, where the reset gate applies to it.
  std::vector<float> candidate, resetState;
};

/// Gates i, o, f, c: c' = f c + i g(...), h' = o h(c')
class LstmCell final : public GatedCell {
public:
  LstmCell(CellWeights given, std::span<const float> peephole, bool coupled)
      : GatedCell(std::move(given), 4), peephole(peephole), coupled(coupled), output(hidden) {}

  void advance(std::span<const float *const> input, std::span<float> h, std::span<float> c) override {
    multiplyState(h, 4);
    for (size_t b = 0; b < input.size(); ++b) {
      if (!input[b])
        continue;
      const std::span<float> sum = row(b, 4), memory = stateRow(c, b);
      accumulate(sum, input[b]);
      const auto gate = [&](size_t index) { return sum.subspan(index * hidden, hidden); };
      const std::span<float> i = gate(0), o = gate(1), f = gate(2), candidate = gate(3);
      const Activation &forGates = weights.activations[0];
      if (peephole.empty() && !coupled) {
        clipAndActivate(sum.first(3 * hidden), forGates, weights.clip);
      } else {
        addPeephole(i, 0, memory);
        addPeephole(f, 2, memory);
        clipAndActivate(i, forGates, weights.clip);
        if (coupled)
          std::ranges::transform(i, f.begin(), [](float x) { return 1 - x; });
        else
          clipAndActivate(f, forGates, weights.clip);
      }
      clipAndActivate(candidate, weights.activations[1], weights.clip);
      for (size_t n = 0; n < hidden; ++n)
        memory[n] = f[n] * memory[n] + i[n] * candidate[n];
      if (!peephole.empty() || coupled) {
        addPeephole(o, 1, memory);
        clipAndActivate(o, forGates, weights.clip);
      }
      output.assign(memory.begin(), memory.end());
      clipAndActivate(output, weights.activations[2], weights.clip);
      const std::span<float> state = stateRow(h, b);
      for (size_t n = 0; n < hidden; ++n)
        state[n] = o[n] * output[n];
    }
  }

private:
  void addPeephole(std::span<float> gate, size_t index, std::span<const float> memory) const {
    if (!peephole.empty())
      for (size_t n = 0; n < hidden; ++n)
        gate[n] += peephole[index * hidden + n] * memory[n];
  }

  std::span<const float> peephole;
  bool coupled;
  std::vector<float> output;
};

} // namespace

std::unique_ptr<Cell> makeRnnCell(CellWeights weights) { return std::make_unique<RnnCell>(std::move(weights)); }
std::unique_ptr<Cell> makeGruCell(CellWeights weights, bool linearBeforeReset) {
  return std::make_unique<GruCell>(std::move(weights), linearBeforeReset);
}
std::unique_ptr<Cell> makeLstmCell(CellWeights weights, std::span<const float> peephole, bool coupled) {
  return std::make_unique<LstmCell>(std::move(weights), peephole, coupled);
}

} // namespace softdpu::cpu
