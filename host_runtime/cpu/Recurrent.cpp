//===- Recurrent.cpp - GRU, LSTM and RNN over whole sequences ----------------------------===//
//
// Per direction one product W x for all steps, then the cell step by step. Sequences of a batch may differ in length; the reverse direction
// starts at each sequence's own end.
//
//===-------------------------------------------------------------------------------------===//

#include "Cells.h"
#include "Operators.h"
#include "Sgemm.h"

#include <functional>

namespace softdpu::cpu {
namespace {

/// Inputs common to the three operators, checked.
struct Sequence {
  int64_t steps = 0, batch = 0, features = 0, hidden = 0, directions = 0, gates = 0;
  bool batchFirst = false; ///< layout = 1: X is [B, T, I], Y [B, T, D, H], states [B, D, H].
  bool reverse = false;    ///< The only direction is the reverse one.
  const float *x = nullptr, *w = nullptr, *r = nullptr;
  std::span<const float> bias;
  std::vector<int64_t> lengths; ///< One per row of the batch.
  std::vector<std::vector<Activation>> activations;
  std::optional<float> clip;

  int64_t gateSize() const { return gates * hidden; }
  int64_t xRow(int64_t t, int64_t b) const { return batchFirst ? b * steps + t : t * batch + b; }
  int64_t yRow(int64_t t, int64_t d, int64_t b) const {
    return batchFirst ? (b * steps + t) * directions + d : (t * directions + d) * batch + b;
  }
  int64_t stateRow(int64_t d, int64_t b) const { return batchFirst ? b * directions + d : d * batch + b; }
  std::vector<int64_t> yShape() const {
    return batchFirst ? std::vector{batch, steps, directions, hidden} : std::vector{steps, directions, batch, hidden};
  }
  std::vector<int64_t> stateShape() const {
    return batchFirst ? std::vector{batch, directions, hidden} : std::vector{directions, batch, hidden};
  }
};

/// \param tensor nullptr is fine.
Expected<void> checkShape(std::string_view name, const Tensor *tensor, const std::vector<int64_t> &expected) {
  if (!tensor || tensor->shape == expected)
    return {};
  return fail("{} has shape {}, expected {}", name, shapeText(tensor->shape), shapeText(expected));
}

std::span<const float> floatsOf(const Tensor *tensor) { return tensor ? values<float>(*tensor) : std::span<const float>(); }

/// Takes the next number of `list`, or the default if the list has ended. \returns nullopt if there is neither.
std::optional<float> takeNumber(std::span<const float> &list, const ActivationParameters &parameters, float otherwise) {
  if (list.empty())
    return parameters.required ? std::optional<float>() : otherwise;
  const float number = list.front();
  list = list.subspan(1);
  return number;
}

/// ONNX's list of names, joined by commas; as many as `defaults` for each direction. Functions that take an alpha or beta take the next of
/// the list.
Expected<std::vector<std::vector<Activation>>> parseActivations(const Call &call, int64_t directions,
                                                                const std::vector<ActivationKind> &defaults) {
  std::vector<Activation> all;
  const auto *given = call.attribute<std::string>("activations");
  if (!given || given->empty()) {
    for (int64_t d = 0; d < directions; ++d)
      for (const ActivationKind kind : defaults)
        all.push_back({kind});
  } else {
    for (std::string_view rest = *given;;) {
      const size_t comma = rest.find(',');
      const auto kind = parseActivation(rest.substr(0, comma));
      if (!kind)
        return tl::unexpected(kind.error());
      all.push_back({*kind});
      if (comma == rest.npos)
        break;
      rest.remove_prefix(comma + 1);
    }
    if (all.size() != size_t(directions) * defaults.size())
      return fail("activations \"{}\" are {}, expected {} for each of {} directions", *given, all.size(), defaults.size(), directions);
  }
  const auto *alphaList = call.attribute<std::vector<float>>("activation_alpha"),
             *betaList = call.attribute<std::vector<float>>("activation_beta");
  std::span<const float> alphas, betas;
  if (alphaList)
    alphas = *alphaList;
  if (betaList)
    betas = *betaList;
  for (Activation &activation : all) {
    const ActivationParameters parameters = parametersOf(activation.kind);
    const std::optional<float> alpha = parameters.takesAlpha ? takeNumber(alphas, parameters, parameters.alpha) : 0.0f;
    const std::optional<float> beta = parameters.takesBeta ? takeNumber(betas, parameters, parameters.beta) : 0.0f;
    if (!alpha || !beta)
      return fail("activations \"{}\": activation_alpha or activation_beta is too short", *given);
    activation.alpha = *alpha;
    activation.beta = *beta;
  }
  std::vector<std::vector<Activation>> result;
  for (auto from = all.begin(); from != all.end(); from += int64_t(defaults.size()))
    result.emplace_back(from, from + int64_t(defaults.size()));
  return result;
}

Expected<std::vector<int64_t>> parseLengths(const Tensor *tensor, int64_t steps, int64_t batch) {
  if (!tensor)
    return std::vector(size_t(batch), steps);
  auto lengths = integersOf(*tensor);
  if (!lengths)
    return fail("sequence_lens is {}", lengths.error().message);
  if (const auto checked = checkShape("sequence_lens", tensor, {batch}); !checked)
    return tl::unexpected(checked.error());
  for (const int64_t length : *lengths)
    if (length < 0 || length > steps)
      return fail("sequence_lens has {}, expected 0 to {}", length, steps);
  return lengths;
}

Expected<Sequence> parseSequence(const Call &call, int64_t gates, const std::vector<ActivationKind> &defaultActivations) {
  Sequence s;
  for (const auto &[first, last] : {std::pair<size_t, size_t>{0, 4}, {5, 8}}) // Input 4, sequence_lens, is int32.
    if (const auto checked = call.requireFloat(first, last); !checked)
      return tl::unexpected(checked.error());
  const Tensor &x = call.input(0), &w = call.input(1), &r = call.input(2);
  if (x.shape.size() != 3 || w.shape.size() != 3 || r.shape.size() != 3)
    return fail("X {}, W {} and R {} must have three dimensions", shapeText(x.shape), shapeText(w.shape), shapeText(r.shape));

  const std::string direction = call.attribute<std::string>("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return fail("direction is \"{}\", expected forward, reverse or bidirectional", direction);
  s.directions = direction == "bidirectional" ? 2 : 1;
  s.reverse = direction == "reverse";
  const int64_t layout = call.attribute<int64_t>("layout", 0);
  if (layout != 0 && layout != 1)
    return fail("layout is {}, expected 0 or 1", layout);
  s.batchFirst = layout == 1;
  s.steps = x.shape[s.batchFirst ? 1 : 0];
  s.batch = x.shape[s.batchFirst ? 0 : 1];
  s.features = x.shape[2];
  s.hidden = r.shape[2];
  s.gates = gates;
  if (const int64_t given = call.attribute<int64_t>("hidden_size", s.hidden); given != s.hidden)
    return fail("hidden_size is {}, but R has shape {}", given, shapeText(r.shape));

  for (const auto &checked :
       {checkShape("W", &w, {s.directions, s.gateSize(), s.features}), checkShape("R", &r, {s.directions, s.gateSize(), s.hidden}),
        checkShape("B", call.optional(3), {s.directions, 2 * s.gateSize()}), checkShape("initial_h", call.optional(5), s.stateShape())})
    if (!checked)
      return tl::unexpected(checked.error());
  s.x = values<float>(x).data();
  s.w = values<float>(w).data();
  s.r = values<float>(r).data();
  s.bias = floatsOf(call.optional(3));

  auto lengths = parseLengths(call.optional(4), s.steps, s.batch);
  if (!lengths)
    return tl::unexpected(lengths.error());
  s.lengths = std::move(*lengths);
  auto activations = parseActivations(call, s.directions, defaultActivations);
  if (!activations)
    return tl::unexpected(activations.error());
  s.activations = std::move(*activations);
  if (const auto *clip = call.attribute<float>("clip")) {
    if (!(*clip > 0))
      return fail("clip is {}, expected a positive number", *clip);
    s.clip = *clip;
  }
  return s;
}

using MakeCell = std::function<std::unique_ptr<Cell>(CellWeights weights, int64_t direction)>;

/// State of one direction, [B, H]: a copy of `initial`, or zeros.
std::vector<float> initialState(const Sequence &s, std::span<const float> initial, int64_t direction) {
  std::vector<float> state(size_t(s.batch * s.hidden), 0.0f);
  if (!initial.empty())
    for (int64_t b = 0; b < s.batch; ++b)
      std::copy_n(&initial[size_t(s.stateRow(direction, b) * s.hidden)], s.hidden, &state[size_t(b * s.hidden)]);
  return state;
}

void storeState(const Sequence &s, std::span<const float> state, int64_t direction, std::span<float> to) {
  for (int64_t b = 0; b < s.batch; ++b)
    std::copy_n(&state[size_t(b * s.hidden)], s.hidden, &to[size_t(s.stateRow(direction, b) * s.hidden)]);
}

/// \returns Y, Y_h and Y_c; an operator without c drops the last.
Results runSequence(const Sequence &s, std::span<const float> initialH, std::span<const float> initialC, const MakeCell &makeCell) {
  auto y = makeTensor(ElementType::Float32, s.yShape()), yh = makeTensor(ElementType::Float32, s.stateShape());
  auto inputGates = makeTensor(ElementType::Float32, {s.steps * s.batch, s.gateSize()});
  for (const auto *tensor : {&y, &yh, &inputGates})
    if (!*tensor)
      return tl::unexpected(tensor->error());
  Tensor yc = *yh;
  const std::span<float> outputs = values<float>(*y), fromInput = values<float>(*inputGates);

  for (int64_t d = 0; d < s.directions; ++d) {
    const bool backward = s.reverse || d == 1;
    CellWeights weights{s.batch, s.hidden, s.r + d * s.gateSize() * s.hidden, {}, s.activations[size_t(d)], s.clip};
    if (!s.bias.empty())
      weights.bias = s.bias.subspan(size_t(d * 2 * s.gateSize()), size_t(2 * s.gateSize()));
    const auto cell = makeCell(std::move(weights), d);

    const std::vector<float> bias = cell->inputBias();
    for (auto row = fromInput.begin(); row != fromInput.end(); row += s.gateSize())
      std::ranges::copy(bias, row);
    const Sgemm product{.m = s.steps * s.batch, .n = s.gateSize(), .k = s.features, .transposeA = false, .transposeB = true, .beta = 1};
    product(s.x, s.w + d * s.gateSize() * s.features, fromInput.data());

    std::vector<float> h = initialState(s, initialH, d), c = initialState(s, initialC, d);
    std::vector<const float *> rows(size_t(s.batch));
    for (int64_t step = 0; step < s.steps; ++step) {
      const auto time = [&](int64_t b) { return backward ? s.lengths[size_t(b)] - 1 - step : step; };
      for (int64_t b = 0; b < s.batch; ++b)
        rows[size_t(b)] = step < s.lengths[size_t(b)] ? &fromInput[size_t(s.xRow(time(b), b) * s.gateSize())] : nullptr;
      cell->advance(rows, h, c);
      for (int64_t b = 0; b < s.batch; ++b)
        if (rows[size_t(b)])
          std::copy_n(&h[size_t(b * s.hidden)], s.hidden, &outputs[size_t(s.yRow(time(b), d, b) * s.hidden)]);
    }
    storeState(s, h, d, values<float>(*yh));
    storeState(s, c, d, values<float>(yc));
  }
  std::vector<Tensor> results;
  results.push_back(std::move(*y));
  results.push_back(std::move(*yh));
  results.push_back(std::move(yc));
  return results;
}

} // namespace

Results rnn(const Call &call) {
  const auto s = parseSequence(call, 1, {ActivationKind::Tanh});
  if (!s)
    return tl::unexpected(s.error());
  return runSequence(*s, floatsOf(call.optional(5)), {}, [](CellWeights weights, int64_t) { return makeRnnCell(std::move(weights)); });
}

Results gru(const Call &call) {
  const auto s = parseSequence(call, 3, {ActivationKind::Sigmoid, ActivationKind::Tanh});
  if (!s)
    return tl::unexpected(s.error());
  const bool linearBeforeReset = call.attribute<int64_t>("linear_before_reset", 0) != 0;
  return runSequence(*s, floatsOf(call.optional(5)), {},
                     [=](CellWeights weights, int64_t) { return makeGruCell(std::move(weights), linearBeforeReset); });
}

Results lstm(const Call &call) {
  const auto s = parseSequence(call, 4, {ActivationKind::Sigmoid, ActivationKind::Tanh, ActivationKind::Tanh});
  if (!s)
    return tl::unexpected(s.error());
  const Tensor *initialC = call.optional(6), *peephole = call.optional(7);
  for (const auto &checked :
       {checkShape("initial_c", initialC, s->stateShape()), checkShape("P", peephole, {s->directions, 3 * s->hidden})})
    if (!checked)
      return tl::unexpected(checked.error());
  const bool coupled = call.attribute<int64_t>("input_forget", 0) != 0;
  return runSequence(*s, floatsOf(call.optional(5)), floatsOf(initialC), [&](CellWeights weights, int64_t d) {
    const auto all = floatsOf(peephole);
    return makeLstmCell(std::move(weights), all.empty() ? all : all.subspan(size_t(d * 3 * s->hidden), size_t(3 * s->hidden)), coupled);
  });
}

} // namespace softdpu::cpu
