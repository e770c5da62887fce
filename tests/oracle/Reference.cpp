//===- Reference.cpp - A model in real numbers, with bounds on computed outputs ----------===//

#include "Reference.h"

#include "ModelTensors.h"

#include "softdpu/host_runtime/Tensors.h"

#include <cmath>

namespace softdpu::oracle {
namespace {

using Vector = std::vector<Bounded>;

/// A sequence of each row of the batch: [step][row] is a vector.
using Sequence = std::vector<std::vector<Vector>>;

/// Part `index` of `count` equal parts; nothing of nothing.
std::span<const float> part(std::span<const float> all, size_t index, size_t count) {
  return all.subspan(all.size() / count * index, all.size() / count);
}
std::span<const float> floatsOf(const std::optional<Tensor> &tensor) { return tensor ? values<float>(*tensor) : std::span<const float>(); }

/// One direction of one layer.
class CellReference {
public:
  CellReference(const Arithmetic &machine, const Reading &reading, const LayerDescription &layer, const LayerTensors &tensors,
                size_t features, size_t direction)
      : machine(machine), reading(reading), layer(layer), hidden(size_t(layer.hidden)), gates(size_t(gatesOf(layer.cell))) {
    const auto directions = size_t(layer.directions());
    const auto w = part(values<float>(tensors.w), direction, directions), r = part(values<float>(tensors.r), direction, directions);
    input = machine.matrix(w, features);
    resetsState = layer.cell == CellKind::Gru && !layer.linearBeforeReset;
    recurrent = machine.matrix(resetsState ? r.first(2 * hidden * hidden) : r, hidden);
    if (resetsState)
      candidate = machine.matrix(r.subspan(2 * hidden * hidden), hidden);
    bias = part(floatsOf(tensors.b), direction, directions);
    peephole = part(floatsOf(tensors.p), direction, directions);
    const auto all = layer.resolvedActivations();
    const size_t each = activationsOf(layer.cell);
    functions.assign(all.begin() + int64_t(direction * each), all.begin() + int64_t((direction + 1) * each));
  }

  /// One time step.
  void advance(const Vector &x, Vector &h, Vector &c) const {
    Vector sums = machine.multiply(input, x);
    if (!bias.empty())
      for (size_t i = 0; i < sums.size(); ++i)
        sums[i] = machine.add(sums[i], inputBias(i));
    const Vector products = machine.multiply(recurrent, h);
    switch (layer.cell) {
    case CellKind::Rnn:
      for (size_t i = 0; i < hidden; ++i)
        h[i] = act(0, machine.add(products[i], sums[i]));
      break;
    case CellKind::Gru:
      advanceGru(sums, products, h);
      break;
    case CellKind::Lstm:
      for (size_t i = 0; i < hidden; ++i)
        advanceLstm(i, sums, products, h[i], c[i]);
      break;
    }
  }

private:
  const Arithmetic &machine;
  const Reading &reading;
  const LayerDescription &layer;
  size_t hidden, gates;
  bool resetsState; ///< A GRU without linear_before_reset: r applies to h, before the product.
  Matrix input, recurrent, candidate;
  std::span<const float> bias, peephole;
  std::vector<ActivationDescription> functions;

  /// Wb + Rb; of the candidate of a GRU whose reset gate applies to R h + Rb, Wb alone.
  Bounded inputBias(size_t i) const {
    const bool alone = layer.cell == CellKind::Gru && !resetsState && i >= 2 * hidden;
    return machine.sumOfBiases(bias[i], alone ? 0 : bias[gates * hidden + i]);
  }

  Bounded clipped(Bounded x) const { return layer.clip ? clamp(x, *layer.clip) : x; }
  Bounded act(size_t function, Bounded x) const { return machine.activate(functions[function], clipped(x)); }

  // ONNX's order of gates: z, r, h.
  void advanceGru(const Vector &sums, const Vector &products, Vector &h) const {
    Vector r, candidates;
    for (size_t i = 0; i < hidden; ++i)
      r.push_back(act(0, machine.add(products[hidden + i], sums[hidden + i])));
    if (resetsState) {
      Vector kept;
      for (size_t i = 0; i < hidden; ++i)
        kept.push_back(machine.multiply(r[i], h[i]));
      candidates = machine.multiply(candidate, kept);
    } else {
      for (size_t i = 0; i < hidden; ++i) {
        Bounded own = products[2 * hidden + i];
        if (!bias.empty())
          own = machine.add(own, machine.sumOfBiases(bias[5 * hidden + i], 0));
        candidates.push_back(machine.multiply(own, r[i]));
      }
    }
    for (size_t i = 0; i < hidden; ++i) {
      const auto [z, notZ] = machine.withComplement(functions[0], clipped(machine.add(products[i], sums[i])));
      const Bounded n = act(1, machine.add(candidates[i], sums[2 * hidden + i]));
      h[i] = machine.add(machine.multiply(n, notZ), machine.multiply(z, h[i]));
    }
  }

  // ONNX's order of gates: i, o, f, c; of peepholes: i, o, f.
  void advanceLstm(size_t n, const Vector &sums, const Vector &products, Bounded &h, Bounded &c) const {
    const auto gate = [&](size_t index) { return machine.add(products[index * hidden + n], sums[index * hidden + n]); };
    const auto peeping = [&](size_t index, Bounded memory) {
      const Bounded x = gate(index);
      return peephole.empty() ? x : machine.add(x, machine.multiply({peephole[index * hidden + n], 0}, memory));
    };
    const auto [i, notI] = machine.withComplement(functions[0], clipped(peeping(0, c)));
    const Bounded f = layer.inputForget ? notI : act(0, peeping(2, c));
    const Bounded g = act(1, gate(3));
    c = machine.add(machine.multiply(g, i), machine.multiply(f, c));
    const Bounded o = act(0, peeping(1, c));
    h = machine.multiply(machine.activate(functions[2], reading.clipsMemory ? clipped(c) : c), o);
  }
};

/// Results of one layer: Y of each step, [D][row] of the states.
struct LayerResults {
  std::vector<Sequence> y; ///< One for each direction.
  std::vector<std::vector<Vector>> h, c;
};

class ModelReference {
public:
  ModelReference(const ModelDescription &model, const std::vector<bool> &onDpu, unsigned box, const Reading &reading)
      : model(model), onDpu(onDpu), reading(reading), dpu(model.mantissaBits, box), lengths(size_t(model.batch), int32_t(model.steps)) {
    if (model.lengths != Lengths::None)
      lengths = lengthsOf(model);
  }

  Evaluation run() {
    Evaluation result;
    BoundedTensors &outputs = result.outputs;
    Sequence x = givenInput();
    bool fromDpu = false;
    for (size_t i = 0; i < model.layers.size(); ++i) {
      const LayerResults results = runLayer(i, x, fromDpu);
      const LayerDescription &layer = model.layers[i];
      if (layer.y)
        outputs[nameOf("Y", i)] = flatSequence(results.y);
      if (layer.yh)
        outputs[nameOf("Yh", i)] = flatState(results.h);
      if (layer.yc)
        outputs[nameOf("Yc", i)] = flatState(results.c);
      fromDpu = onDpu[i];
      for (size_t t = 0; t < x.size(); ++t)
        for (size_t b = 0; b < x[t].size(); ++b) {
          x[t][b].clear();
          for (const Sequence &direction : results.y)
            x[t][b].insert(x[t][b].end(), direction[t][b].begin(), direction[t][b].end());
        }
    }
    result.largestState = largestState;
    return result;
  }

private:
  const ModelDescription &model;
  const std::vector<bool> &onDpu;
  const Reading reading;
  const DpuArithmetic dpu;
  const FloatArithmetic cpu;
  std::vector<int32_t> lengths;
  double largestState = 0;

  size_t steps() const { return size_t(model.steps); }
  size_t batch() const { return size_t(model.batch); }
  bool batchFirst() const { return model.layout == 1; }

  Sequence givenInput() const {
    const Tensor tensor = inputOf(model);
    Sequence x(steps(), std::vector<Vector>(batch()));
    const auto features = size_t(model.features);
    for (size_t t = 0; t < steps(); ++t)
      for (size_t b = 0; b < batch(); ++b)
        for (const float value : values<float>(tensor).subspan((batchFirst() ? b * steps() + t : t * batch() + b) * features, features))
          x[t][b].push_back({value, 0});
    return x;
  }

  /// The initial states of one direction, one for each row of the batch; zeros without a tensor.
  std::vector<Vector> initial(const Arithmetic &machine, const std::optional<Tensor> &tensor, size_t direction, size_t directions,
                              size_t hidden) const {
    std::vector<Vector> states(batch(), Vector(hidden));
    for (size_t b = 0; tensor && b < batch(); ++b)
      for (size_t i = 0; i < hidden; ++i) {
        const size_t row = batchFirst() ? b * directions + direction : direction * batch() + b;
        states[b][i] = machine.enter({values<float>(*tensor)[row * hidden + i], 0}, false);
      }
    return states;
  }

  LayerResults runLayer(size_t index, const Sequence &given, bool fromDpu) {
    const LayerDescription &layer = model.layers[index];
    const LayerTensors tensors = tensorsOf(model, index);
    const Arithmetic &machine = onDpu[index] ? static_cast<const Arithmetic &>(dpu) : cpu;
    const auto directions = size_t(layer.directions()), hidden = size_t(layer.hidden);
    Sequence x = given;
    for (auto &rows : x)
      for (Vector &row : rows)
        for (Bounded &value : row)
          value = machine.enter(value, fromDpu);

    LayerResults results;
    for (size_t d = 0; d < directions; ++d) {
      const bool backward = d == 1 || layer.direction == Direction::Reverse;
      const CellReference cell(machine, reading, layer, tensors, size_t(model.featuresOf(index)), d);
      std::vector<Vector> h = initial(machine, tensors.initialH, d, directions, hidden),
                          c = initial(machine, tensors.initialC, d, directions, hidden);
      Sequence y(steps(), std::vector<Vector>(batch(), Vector(hidden)));
      for (size_t b = 0; b < batch(); ++b) {
        const auto length = size_t(lengths[b]);
        for (size_t step = 0; step < length; ++step) {
          const size_t t = backward ? length - 1 - step : step;
          cell.advance(x[t][b], h[b], c[b]);
          y[t][b] = h[b];
          noteStates(h[b]);
          noteStates(c[b]);
        }
        if (length == 0 && !reading.emptyKeepsState)
          h[b] = c[b] = Vector(hidden);
      }
      results.y.push_back(std::move(y));
      results.h.push_back(std::move(h));
      results.c.push_back(std::move(c));
    }
    return results;
  }

  void noteStates(const Vector &state) {
    for (const Bounded &value : state)
      if (!std::isnan(largestState) && !(std::abs(value.value) <= largestState))
        largestState = std::abs(value.value);
  }

  /// [T, D, B, H], or [B, T, D, H].
  Vector flatSequence(const std::vector<Sequence> &y) const {
    Vector flat;
    const auto append = [&](const Vector &row) { flat.insert(flat.end(), row.begin(), row.end()); };
    if (batchFirst()) {
      for (size_t b = 0; b < batch(); ++b)
        for (size_t t = 0; t < steps(); ++t)
          for (const Sequence &direction : y)
            append(direction[t][b]);
    } else {
      for (size_t t = 0; t < steps(); ++t)
        for (const Sequence &direction : y)
          for (const Vector &row : direction[t])
            append(row);
    }
    return flat;
  }

  /// [D, B, H], or [B, D, H].
  Vector flatState(const std::vector<std::vector<Vector>> &state) const {
    Vector flat;
    const size_t outer = batchFirst() ? batch() : state.size(), inner = batchFirst() ? state.size() : batch();
    for (size_t i = 0; i < outer; ++i)
      for (size_t k = 0; k < inner; ++k) {
        const Vector &row = batchFirst() ? state[k][i] : state[i][k];
        flat.insert(flat.end(), row.begin(), row.end());
      }
    return flat;
  }
};

} // namespace

Evaluation evaluate(const ModelDescription &model, const std::vector<bool> &onDpu, unsigned box, const Reading &reading) {
  return ModelReference(model, onDpu, box, reading).run();
}

Evaluation evaluate(const ModelDescription &model, const Reading &reading) {
  return evaluate(model, std::vector<bool>(model.layers.size()), 1, reading);
}

bool isTame(const ModelDescription &model) {
  constexpr double limit = 32, condition = 8;
  constexpr float noise = 0x1p-16f;
  const Evaluation asIs = evaluate(model);
  ModelDescription changed = model;
  changed.weightNoise = noise;
  const Evaluation other = evaluate(changed);
  if (!(asIs.largestState <= limit && other.largestState <= limit))
    return false;
  for (const auto &[name, values] : asIs.outputs) {
    double largest = 0, difference = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      largest = std::max(largest, std::abs(values[i].value));
      difference = std::max(difference, std::abs(other.outputs.at(name)[i].value - values[i].value));
    }
    if (difference > condition * double(noise) * largest)
      return false;
  }
  return true;
}

ModelDescription tamed(ModelDescription model) {
  for (int attempt = 0; attempt < 20 && !isTame(model); ++attempt)
    for (LayerDescription &layer : model.layers)
      layer.gain /= 2;
  return model;
}

} // namespace softdpu::oracle
