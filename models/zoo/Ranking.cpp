//===- Ranking.cpp - Production models 1 and 2: how well a text fits ---------------------===//

#include "zoo/Families.h"

namespace softdpu::zoo {
namespace {

Features stack(Layers &layers, const std::string &op, Features x, int64_t hidden, unsigned depth) {
  for (unsigned i = 0; i < depth; ++i) {
    const std::string name = (op == "GRU" ? "gru" : "lstm") + std::to_string(i);
    const RecurrentWeights weights = layers.recurrent(name, op, x.size, hidden);
    x = i + 1 < depth ? layers.states(name, weights, x.name) : layers.last(name, weights, x.name);
  }
  return x;
}

void score(Layers &layers, const Features &x) {
  layers.apply("Sigmoid", "score", layers.dense("judgement", x, 1));
  layers.model().output("score", {int64_t(1), int64_t(1)});
}

} // namespace

void buildRelevance(Layers &layers, const std::string &op, int64_t hidden, unsigned depth) {
  const Features x = layers.words("words", {"T", int64_t(1)}, layers.embedding("embedding", vocabulary, wordVector));
  score(layers, stack(layers, op, x, layers.width(hidden), depth));
}

void buildDocument(Layers &layers, unsigned depth) {
  models::GraphBuilder &model = layers.model();
  const int64_t filters = layers.width(500);
  const Features x = layers.words("words", {"T", int64_t(1)}, layers.embedding("embedding", vocabulary, wordVector));
  const std::string channels = model.node("Transpose", "channels", {x.name}, {{"perm", std::vector<int64_t>{1, 2, 0}}});
  const std::string kernel = model.weights("filters.W", {filters, x.size, 3}, 1.5f / 24),
                    bias = model.weights("filters.b", {filters}, 0.1f);
  model.node("Conv", "filters", {channels, kernel, bias},
             {{"kernel_shape", std::vector<int64_t>{3}}, {"pads", std::vector<int64_t>{1, 1}}});
  const Features filtered = layers.apply("Relu", "filtered", {"filters", filters});
  if (depth == 0) {
    model.node("GlobalMaxPool", "strongest", {filtered.name});
    score(layers, {layers.squeeze("pooled", "strongest", 2), filters});
    return;
  }
  const std::string states = model.node("Transpose", "steps", {filtered.name}, {{"perm", std::vector<int64_t>{2, 0, 1}}});
  score(layers, stack(layers, "GRU", {states, filters}, filters, depth));
}

} // namespace softdpu::zoo
