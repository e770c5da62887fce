//===- onnx_corpus.cpp - Writes the seed corpus of the ONNX importer ---------------------===//

#include "Models.h"

#include <onnx/defs/parser.h>

#include <filesystem>
#include <fstream>
#include <iostream>

using namespace softdpu::test;

namespace {

ModelBuilder cell(const std::string &op, int64_t gates, int64_t layout) {
  ModelBuilder model;
  model.input("X", {-1, 1, 3}).weights("W", {1, gates * 2, 3}).weights("R", {1, gates * 2, 2}).weights("B", {1, gates * 4});
  model.output("Y", layout ? std::vector<int64_t>{-1, 1, 1, 2} : std::vector<int64_t>{-1, 1, 1, 2});
  model.node(op, {"X", "W", "R", "B"}, {"Y"}).set("hidden_size", int64_t(2));
  if (layout)
    model.set("layout", layout);
  return model;
}

ModelBuilder language() {
  ModelBuilder model;
  model.input("tokens", {-1, 1}, onnx::TensorProto::INT64)
      .input("h0", {2, 1, 2})
      .weights("E", {5, 3})
      .weights("M", {2, 5})
      .weights("m", {5});
  model.weights("W0", {1, 6, 3}).weights("R0", {1, 6, 2}).weights("W1", {1, 6, 2}).weights("R1", {1, 6, 2});
  model.integers("zero", {1}, {0}).integers("one", {1}, {1}).integers("two", {1}, {2});
  model.node("Gather", {"E", "tokens"}, {"x"});
  model.node("Slice", {"h0", "zero", "one", "zero"}, {"s0"}).node("Slice", {"h0", "one", "two", "zero"}, {"s1"});
  model.node("GRU", {"x", "W0", "R0", "", "", "s0"}, {"y0", "h1"}).set("hidden_size", int64_t(2)).node("Squeeze", {"y0", "one"}, {"z0"});
  model.node("GRU", {"z0", "W1", "R1", "", "", "s1"}, {"y1", "h2"}).set("hidden_size", int64_t(2)).node("Squeeze", {"y1", "one"}, {"z1"});
  model.node("Concat", {"h1", "h2"}, {"hn"}).set("axis", int64_t(0)).node("MatMul", {"z1", "M"}, {"p"}).node("Add", {"p", "m"}, {"logits"});
  model.output("logits", {-1, 1, 5}).output("hn", {2, 1, 2});
  return model;
}

ModelBuilder shapes() {
  ModelBuilder model;
  model.input("X", {-1, -2, 4})
      .integers("i", {}, {1})
      .integers("axis", {1}, {0})
      .integers("three", {1}, {3})
      .integers("target", {3}, {0, -1, 4});
  model.node("Shape", {"X"}, {"s"}).node("Gather", {"s", "i"}, {"b"}).node("Unsqueeze", {"b", "axis"}, {"c"});
  model.node("Concat", {"c", "three"}, {"d"})
      .set("axis", int64_t(0))
      .node("ConstantOfShape", {"d"}, {"z"})
      .node("Reshape", {"X", "target"}, {"r"});
  model.node("Transpose", {"r"}, {"t"}).set("perm", std::vector<int64_t>{1, 0, 2}).node("Softmax", {"t"}, {"Y"}).set("axis", int64_t(-1));
  model.output("Y", {-2, -1, 4}).output("z", {-2, 3});
  return model;
}

/// A model of opset 16 in ONNX's text format.
ModelBuilder parsed(const char *graph) {
  ModelBuilder model;
  const auto status = onnx::OnnxParser::Parse(model.proto(), (std::string("<ir_version: 8, opset_import: [\"\" : 16]> ") + graph).c_str());
  if (!status.IsOK())
    std::cerr << status.ErrorMessage() << "\n";
  return model;
}

ModelBuilder scan() {
  return parsed(R"(g (float[1, 2] h, float[T, 1, 2] x) => (float[1, 2] last, float[T, 1, 2] all) {
    w = Constant <value = float[2, 2] {0.5, 0.25, 0.125, 1.0}> ()
    last, all = Scan <num_scan_inputs = 1, scan_input_axes = [0], scan_output_directions = [1],
                      body = b (float[1, 2] h, float[1, 2] a) => (float[1, 2] h2, float[1, 2] o) {
      p = MatMul (a, w)
      q = Add (p, h)
      h2 = Tanh (q)
      o = Identity (h2)
    }> (h, x)
  })");
}

ModelBuilder loop() {
  return parsed(R"(g (int64 n, float[1] x) => (float[k] y, float[n, 1] z) {
    c = Constant <value = bool {1}> ()
    y, z = Loop (n, c, x) <body = b (int64 i, bool c1, float[m] v) => (bool c2, float[m2] w, float[1] s) {
      j = Cast <to = 1> (i)
      s = Add (x, j)
      two = Constant <value_int = 2> ()
      c2 = Less (i, two)
      w = Concat <axis = 0> (v, s)
    }>
  })");
}

ModelBuilder layerInScan() {
  return parsed(R"(g (float[1, 2] h, float[T, 1, 2] x) => (float[1, 2] last, float[T, 1, 2] all) {
    W = Constant <value = float[1, 6, 2] {0.5, 0.25, 0.125, 1.0, 0.5, 0.25, 0.125, 1.0, 0.5, 0.25, 0.125, 1.0}> ()
    last, all = Scan <num_scan_inputs = 1, body = b (float[1, 2] h, float[1, 2] a) => (float[1, 2] h2, float[1, 2] o) {
      zero = Constant <value_ints = [0]> ()
      n = Neg (a)
      d = Unsqueeze (n, zero)
      k = Unsqueeze (h, zero)
      y, hn = GRU <hidden_size = 2> (d, W, W, , , k)
      h2 = Squeeze (hn, zero)
      o = Tanh (h2)
    }> (h, x)
  })");
}

ModelBuilder list() {
  return parsed(R"(g (float[3, 2] x) => (float[k, 2] y) {
    empty = SequenceEmpty ()
    s = Shape (x)
    i0 = Constant <value_int = 0> ()
    n = Gather (s, i0)
    q = Loop (n, , empty) <body = b (int64 i, bool c, p) => (bool d, r) {
      d = Identity (c)
      e = Gather (x, i)
      f = Neg (e)
      r = SequenceInsert (p, f)
    }>
    y = ConcatFromSequence <axis = 0, new_axis = 1> (q)
  })");
}

ModelBuilder branches() {
  return parsed(R"(g (bool c, float[T, 1, 2] x) => (float[T, 1, 2] y) {
    s = Shape (x)
    r = Size (s)
    three = Constant <value_int = 3> ()
    known = Equal (r, three)
    z = If (known) <then_branch = t () => (float[T, 1, 2] a) { a = Relu (x) }, else_branch = e () => (float[T, 2] a) { a = Squeeze (x) }>
    y = If (c) <then_branch = t2 () => (float[T, 1, 2] b) { b = Add (z, x) }, else_branch = e2 () => (float[T, 1, 2] b) {
      b = If (c) <then_branch = t3 () => (float[T, 1, 2] d) { d = Neg (z) }, else_branch = e3 () => (float[T, 1, 2] d) { d = Abs (x) }>
    }>
  })");
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: softdpu-onnx-corpus DIRECTORY\n";
    return 2;
  }
  const std::filesystem::path directory(argv[1]);
  std::filesystem::create_directories(directory);
  const std::pair<const char *, ModelBuilder> seeds[] = {{"rnn", cell("RNN", 1, 0)},
                                                         {"gru", cell("GRU", 3, 0)},
                                                         {"lstm", cell("LSTM", 4, 0)},
                                                         {"lstm_batch_first", cell("LSTM", 4, 1)},
                                                         {"language", language()},
                                                         {"shapes", shapes()},
                                                         {"scan", scan()},
                                                         {"loop", loop()},
                                                         {"branches", branches()},
                                                         {"layer_in_scan", layerInScan()},
                                                         {"list", list()}};
  for (const auto &[name, model] : seeds) {
    const auto bytes = model.bytes();
    std::ofstream(directory / (std::string(name) + ".onnx"), std::ios::binary)
        .write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  }
}
