//===- Similarity.cpp - Query-document similarity ----------------------------------------===//

#include "zoo/Families.h"

namespace softdpu::zoo {
namespace {

/// A vector of length 1 for each sequence of words: [B, 128].
Features encode(Layers &layers, const std::string &side, const std::vector<models::Size> &shape, const Features &table) {
  models::GraphBuilder &model = layers.model();
  Features x = layers.words(side, shape, table);
  x = layers.states(side + ".gru0", layers.recurrent(side + ".gru0", "GRU", x.size, layers.width(256)), x.name);
  x = layers.last(side + ".gru1", layers.recurrent(side + ".gru1", "GRU", x.size, layers.width(256)), x.name);
  x = layers.apply("Tanh", side + ".meaning", layers.dense(side + ".code", x, layers.width(128)));
  const std::string norm = model.node("ReduceL2", side + ".norm", {x.name}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t(1)}});
  return {model.node("Div", side + ".unit", {x.name, norm}), x.size};
}

} // namespace

void buildSimilarity(Layers &layers) {
  models::GraphBuilder &model = layers.model();
  const Features table = layers.embedding("embedding", vocabulary, wordVector);
  const Features query = encode(layers, "query", {"Q", int64_t(1)}, table), documents = encode(layers, "documents", {"D", "N"}, table);
  const std::string column = model.node("Transpose", "query.column", {query.name}, {{"perm", std::vector<int64_t>{1, 0}}});
  model.node("MatMul", "scores", {documents.name, column});
  model.output("scores", {"N", int64_t(1)});
}

} // namespace softdpu::zoo
