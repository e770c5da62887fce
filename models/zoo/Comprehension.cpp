//===- Comprehension.cpp - Reading comprehension with attention in both directions -------===//

#include "zoo/Families.h"

namespace softdpu::zoo {
namespace {

/// Probabilities over the steps of the passage from x [P, 1, F]: [1, P].
void place(Layers &layers, const std::string &name, const Features &x) {
  const Features score = layers.dense(name + ".score", x, 1);
  const std::string row = layers.reshape(name + ".row", score.name, {1, -1});
  layers.model().node("Softmax", name, {row}, {{"axis", int64_t(-1)}});
  layers.model().output(name, {int64_t(1), "P"});
}

} // namespace

void buildComprehension(Layers &layers) {
  models::GraphBuilder &model = layers.model();
  const int64_t hidden = layers.width(150), both = 2 * hidden;
  const Features table = layers.embedding("embedding", vocabulary, wordVector);
  const RecurrentWeights encoder = layers.recurrent("encoder", "LSTM", table.size, hidden, true);
  const auto encode = [&](const std::string &text, const char *steps) {
    const Features words = layers.words(text, {steps, int64_t(1)}, table);
    const Features states = layers.states(text + ".encoder", encoder, words.name);
    return Features{layers.squeeze(text + ".code", states.name, 1), both};
  };
  const Features question = encode("question", "Q"), passage = encode("passage", "P"); // [Q, F], [P, F]

  // How well each word of the passage fits each of the question: s = p . (w q) + a p + b q.
  const Features weighted = layers.project("weighted", question, both);
  const auto transposed = [&](const std::string &name, const std::string &x) {
    return model.node("Transpose", name, {x}, {{"perm", std::vector<int64_t>{1, 0}}});
  };
  const std::string products = model.node("MatMul", "products", {passage.name, transposed("weighted.columns", weighted.name)});
  const Features ofPassage = layers.project("of_passage", passage, 1), ofQuestion = layers.project("of_question", question, 1);
  const std::string partial = model.node("Add", "partial", {products, ofPassage.name});
  const std::string fit = model.node("Add", "fit", {partial, transposed("of_question.row", ofQuestion.name)}); // [P, Q]

  const std::string toQuestion = model.node("Softmax", "to_question", {fit}, {{"axis", int64_t(-1)}});
  const std::string asked = model.node("MatMul", "asked", {toQuestion, question.name}); // [P, F]
  const std::string best = model.node("ReduceMax", "best", {fit}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t(1)}});
  const std::string toPassage = model.node("Softmax", "to_passage", {transposed("best.row", best)}, {{"axis", int64_t(-1)}});
  const std::string told = model.node("MatMul", "told", {toPassage, passage.name}); // [1, F]
  const std::string passageAsked = model.node("Mul", "passage_asked", {passage.name, asked});
  const std::string passageTold = model.node("Mul", "passage_told", {passage.name, told});
  const Features joined = layers.concatenate("joined", {passage, {asked, both}, {passageAsked, both}, {passageTold, both}});
  const Features g{model.node("Unsqueeze", "g", {joined.name, model.integers("g.axes", {1})}), joined.size}; // [P, 1, 4 F]

  Features m = g;
  for (const char *name : {"modelling0", "modelling1"})
    m = layers.states(name, layers.recurrent(name, "LSTM", m.size, hidden, true), m.name);
  place(layers, "begin", layers.concatenate("begin.x", {g, m}));
  m = layers.states("ending", layers.recurrent("ending", "LSTM", m.size, hidden, true), m.name);
  place(layers, "end", layers.concatenate("end.x", {g, m}));
}

} // namespace softdpu::zoo
