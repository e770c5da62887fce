//===- Rewriting.cpp - Query rewriting: seq2seq with attention ---------------------------===//

#include "zoo/Families.h"

namespace softdpu::zoo {

void buildRewriting(Layers &layers, int64_t steps) {
  models::GraphBuilder &model = layers.model();
  const int64_t hidden = layers.width(256), state = 2 * hidden, words = layers.width(vocabulary);
  constexpr int64_t firstWord = 0;
  const Features table = layers.embedding("embedding", vocabulary, wordVector);

  // Encoder: memory [S, state], and a key for each step of it.
  const Features query = layers.words("query", {"S", int64_t(1)}, table);
  const RecurrentWeights encoder = layers.recurrent("encoder", "GRU", query.size, hidden, true);
  const Features encoded = layers.states("encoder", encoder, query.name);
  const Features memory{layers.squeeze("memory", encoded.name, 1), state};
  const Features keys = layers.project("keys", memory, state);
  const std::string keyColumns = model.node("Transpose", "keys.columns", {keys.name}, {{"perm", std::vector<int64_t>{1, 0}}});
  const std::string turned = model.node("Transpose", "encoder.last.turned", {"encoder.h"}, {{"perm", std::vector<int64_t>{1, 0, 2}}});
  const Features summary{layers.reshape("encoder.last", turned, {1, state}), state};
  const Features bridge = layers.apply("Tanh", "bridge", layers.dense("bridge.sum", summary, state));

  // Decoder: its input is the word before and what attention made of it.
  const RecurrentWeights decoder = layers.recurrent("decoder", "GRU", table.size + state, state);
  const std::string combine = model.weights("combine.W", {2 * state, state}, 1.5f / 32),
                    out = model.weights("out.W", {state, words}, 1.5f / 22);
  std::string h = model.node("Unsqueeze", "state", {bridge.name, model.integers("state.axes", {0})});
  std::string word = model.integers("first", {firstWord});
  std::string attended = bridge.name;
  std::vector<std::string> allWords, allLogits;
  for (int64_t t = 0; t < steps; ++t) {
    const std::string at = "step" + std::to_string(t);
    const Features vector{model.node("Gather", at + ".vector", {table.name, word}), table.size};
    const Features input = layers.concatenate(at + ".input", {vector, {attended, state}});
    const std::string x = model.node("Unsqueeze", at + ".x", {input.name, "state.axes"});
    layers.run(at, decoder, x, h);
    h = at + ".h";
    const std::string query = layers.squeeze(at + ".query", h, 0);
    const std::string scores = model.node("MatMul", at + ".scores", {query, keyColumns});
    const std::string weights = model.node("Softmax", at + ".weights", {scores}, {{"axis", int64_t(-1)}});
    const std::string context = model.node("MatMul", at + ".context", {weights, memory.name});
    const Features both = layers.concatenate(at + ".both", {{context, state}, {query, state}});
    const std::string combined = model.node("MatMul", at + ".combined", {both.name, combine});
    attended = model.node("Tanh", at + ".attended", {combined});
    const std::string logits = model.node("MatMul", at + ".logits", {attended, out});
    word = model.node("ArgMax", at + ".word", {logits}, {{"axis", int64_t(-1)}, {"keepdims", int64_t(0)}});
    allWords.push_back(model.node("Unsqueeze", at + ".row", {word, "state.axes"}));
    allLogits.push_back(model.node("Unsqueeze", at + ".logits.row", {logits, "state.axes"}));
  }
  model.node("Concat", "rewritten", allWords, {{"axis", int64_t(0)}});
  model.node("Concat", "logits", allLogits, {{"axis", int64_t(0)}});
  model.output("rewritten", {steps, int64_t(1)}, onnx::TensorProto::INT64);
  model.output("logits", {steps, int64_t(1), words});
}

} // namespace softdpu::zoo
