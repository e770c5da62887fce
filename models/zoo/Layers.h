//===- Layers.h - The layers that the models of the zoo are made of ----------------------===//
//
// Sequences are [T, B, F] everywhere; T and B may be symbols.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "builder/GraphBuilder.h"
#include "zoo/ZooModel.h"

namespace softdpu::zoo {

/// A tensor, and the size of its last dimension.
struct Features {
  std::string name;
  int64_t size = 0;
};

/// The weights of a recurrent layer, so that several nodes may share them.
struct RecurrentWeights {
  std::string op; ///< GRU (linear_before_reset = 1) or LSTM.
  std::string input, recurrent, bias;
  int64_t hidden = 0;
  bool bidirectional = false;
};

class Layers {
public:
  Layers(const Entry &entry, const ModelOptions &options);

  models::GraphBuilder &model() { return graph; }
  /// `size` scaled down, at least 1.
  int64_t width(int64_t size) const;

  /// A table of word vectors.
  Features embedding(const std::string &name, int64_t vocabulary, int64_t size);
  /// An input of words, int64 `shape`, and their vectors from `table`.
  Features words(const std::string &name, const std::vector<models::Size> &shape, const Features &table);

  RecurrentWeights recurrent(const std::string &name, const std::string &op, int64_t inputs, int64_t hidden, bool bidirectional = false);
  /// Outputs: `name`.y [T, directions, B, H] and `name`.h [directions, B, H], which nothing has to use.
  void run(const std::string &name, const RecurrentWeights &weights, const std::string &x, const std::string &initial = "");
  /// The states of every step, both directions side by side: [T, B, directions * H].
  Features states(const std::string &name, const RecurrentWeights &weights, const std::string &x);
  /// The states after the last step of each direction, side by side: [B, directions * H].
  Features last(const std::string &name, const RecurrentWeights &weights, const std::string &x);

  /// x * W + b on the last dimension.
  Features dense(const std::string &name, const Features &x, int64_t outputs);
  /// x * W on the last dimension.
  Features project(const std::string &name, const Features &x, int64_t outputs);
  Features concatenate(const std::string &name, const std::vector<Features> &parts);
  Features apply(const std::string &op, const std::string &name, const Features &x, const models::Attributes &attributes = {});
  std::string squeeze(const std::string &name, const std::string &x, int64_t axis);
  std::string reshape(const std::string &name, const std::string &x, const std::vector<int64_t> &shape);

private:
  float scaleFor(int64_t inputs) const;

  models::GraphBuilder graph;
  const uint32_t scale;
};

} // namespace softdpu::zoo
