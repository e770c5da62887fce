//===- StreamingModel.cpp - A model that takes and returns its state -----------------------===//

#include "streaming/StreamingModel.h"

#include "builder/GraphBuilder.h"

#include <cmath>

namespace softdpu::models {
namespace {

constexpr int64_t features = 40, hidden = 64, keywords = 12;

class Builder {
public:
  explicit Builder(uint64_t seed) : graph("streaming", "softdpu streaming", seed) {}

  std::vector<std::byte> build() {
    graph.input("frame", {int64_t(1), features});
    for (const char *state : {"gru_h", "lstm_h", "lstm_c"})
      graph.input(state, {int64_t(1), hidden});
    const std::string h = gru("frame", "gru_h");
    const std::string last = lstm(h, "lstm_h", "lstm_c");
    graph.node("MatMul", "logits.product", {last, weights("logits.weight", {hidden, keywords}, hidden)});
    graph.node("Add", "logits", {"logits.product", weights("logits.bias", {keywords}, hidden)});
    graph.node("Softmax", "scores", {"logits"}, {{"axis", int64_t(-1)}});
    graph.output("scores", {int64_t(1), keywords});
    for (const char *state : {"gru_h_next", "lstm_h_next", "lstm_c_next"})
      graph.output(state, {int64_t(1), hidden});
    return graph.serialise();
  }

private:
  GraphBuilder graph;

  std::string weights(const std::string &name, const std::vector<int64_t> &shape, int64_t inputs) {
    return graph.weights(name, shape, 1 / std::sqrt(float(inputs)));
  }

  /// r = sigmoid(..), z = sigmoid(..), n = tanh(W x + b + r (R h + b')), h' = n + z (h - n)
  std::string gru(const std::string &x, const std::string &h) {
    const Attributes transposed{{"transB", int64_t(1)}};
    graph.integers("gru.sizes", {hidden, hidden, hidden});
    for (const auto &[side, from, inputs] : {std::tuple("x", x, features), std::tuple("h", h, hidden)}) {
      const std::string name = std::string("gru.") + side;
      graph.node("Gemm", name,
                 {from, weights(name + ".weight", {3 * hidden, inputs}, inputs), weights(name + ".bias", {3 * hidden}, inputs)},
                 transposed);
      graph.node("Split", name + ".split", {name, "gru.sizes"}, {name + ".r", name + ".z", name + ".n"}, {{"axis", int64_t(1)}});
    }
    for (const char *gate : {"r", "z"}) {
      const std::string name = std::string("gru.") + gate;
      graph.node("Sigmoid", name, {graph.node("Add", name + ".sum", {std::string("gru.x.") + gate, std::string("gru.h.") + gate})});
    }
    graph.node("Mul", "gru.n.reset", {"gru.r", "gru.h.n"});
    graph.node("Tanh", "gru.n", {graph.node("Add", "gru.n.sum", {"gru.x.n", "gru.n.reset"})});
    graph.node("Mul", "gru.kept", {"gru.z", graph.node("Sub", "gru.difference", {h, "gru.n"})});
    return graph.node("Add", "gru_h_next", {"gru.n", "gru.kept"});
  }

  /// c' = sigmoid(f + 1) c + sigmoid(i) tanh(j), h' = sigmoid(o) tanh(c')
  std::string lstm(const std::string &x, const std::string &h, const std::string &c) {
    graph.node("Concat", "lstm.xh", {x, h}, {{"axis", int64_t(1)}});
    graph.node("MatMul", "lstm.product", {"lstm.xh", weights("lstm.kernel", {2 * hidden, 4 * hidden}, 2 * hidden)});
    graph.node("Add", "lstm.gates", {"lstm.product", weights("lstm.bias", {4 * hidden}, 2 * hidden)});
    graph.integers("lstm.sizes", {hidden, hidden, hidden, hidden});
    graph.node("Split", "lstm.split", {"lstm.gates", "lstm.sizes"}, {"lstm.i.sum", "lstm.j.sum", "lstm.f.part", "lstm.o.sum"},
               {{"axis", int64_t(1)}});
    graph.node("Add", "lstm.f.sum", {"lstm.f.part", graph.alike("lstm.forget_bias", {1}, 1)});
    for (const char *gate : {"i", "f", "o"})
      graph.node("Sigmoid", std::string("lstm.") + gate, {std::string("lstm.") + gate + ".sum"});
    graph.node("Mul", "lstm.added", {"lstm.i", graph.node("Tanh", "lstm.j", {"lstm.j.sum"})});
    graph.node("Add", "lstm_c_next", {graph.node("Mul", "lstm.kept", {c, "lstm.f"}), "lstm.added"});
    return graph.node("Mul", "lstm_h_next", {"lstm.o", graph.node("Tanh", "lstm.memory", {"lstm_c_next"})});
  }
};

} // namespace

std::vector<std::byte> streamingModel(uint64_t seed) { return Builder(seed).build(); }

} // namespace softdpu::models
