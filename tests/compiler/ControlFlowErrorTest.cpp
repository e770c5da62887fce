//===- ControlFlowErrorTest.cpp - What is refused of If, Loop and Scan, a sentence each ------===//

#include "OnnxText.h"

#include <gmock/gmock.h>

namespace softdpu::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(const std::vector<std::byte> &bytes) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  const auto program = compileOnnxBytes(bytes, "m.onnx", options);
  return program ? "" : program.error().message;
}

/// A model of an opset that ONNX's own checker does not know, so that the sentences are those of the importer.
std::string refusalOf(const std::string &graph, int opset = 18) { return refusal(parse(graph, opset)); }

/// A Loop of n rounds around `body`, the text behind `b`.
std::string loopWith(const std::string &body, const std::string &node = "y = Loop (n, c, x)") {
  return "g (int64 n, bool c, float[2] x) => (float[2] y) { " + node + " <body = b " + body + "> }";
}
const std::string goodBody = "(int64 i, bool k, float[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (v) }";

/// A Scan over x around `body`.
std::string scanWith(const std::string &attributes,
                     const std::string &body = "(float[2] h, float[2] e) => (float[2] g, float[2] o) { g = Add (h, e) o = Neg (e) }") {
  return "g (float[2] s, float[3, 2] x) => (float[2] y, float[3, 2] z) { y, z = Scan <" + attributes + ", body = b " + body + "> (s, x) }";
}

/// An If with a condition of the run time.
std::string ifWith(const std::string &thenBranch, const std::string &elseBranch, const std::string &condition = "c") {
  return "g (bool c, float[2] x) => (float[2] y) { y = If (" + condition + ") <then_branch = t " + thenBranch + ", else_branch = e " +
         elseBranch + "> }";
}
const std::string goodBranch = "() => (float[2] a) { a = Neg (x) }";

TEST(ControlFlowErrors, AcceptsTheModelsThatTheOthersBreak) {
  EXPECT_EQ(refusalOf(loopWith(goodBody)), "");
  EXPECT_EQ(refusalOf(scanWith("num_scan_inputs = 1")), "");
  EXPECT_EQ(refusalOf(ifWith(goodBranch, goodBranch)), "");
}

TEST(ControlFlowErrors, RefusesGraphsWithBadNames) {
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] b) { b = Neg (q) }")),
              HasSubstr("m.onnx: node \"If_0/Neg_0\" (Neg): input \"q\" is not defined anywhere"));
  EXPECT_THAT(refusalOf(ifWith("() => (float[2] a) { p = Neg (x) a = Neg (p) }", "() => (float[2] a) { a = Neg (p) }")),
              HasSubstr("node \"If_0/Neg_0\" (Neg): input \"p\" is not defined anywhere")); // Of the other branch.
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] b) { a = Neg (x) }")),
              HasSubstr("node \"If_0\" (If): else_branch: output \"b\" is not defined anywhere"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] a) { a = Neg (x) a = Abs (x) }")),
              HasSubstr("node \"If_0/Abs_1\" (Abs): output \"a\" is defined twice"));
  EXPECT_THAT(
      refusalOf(ifWith(goodBranch, "() => (float[2] x) { x = Neg (x) }")),
      HasSubstr("node \"If_0/Neg_0\" (Neg): output \"x\" has the name of a tensor of a graph around it; ONNX asks for another name"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool i, float[2] v) => (bool m, float[2] w) { m = Identity (i) w = Neg (v) }")),
              HasSubstr("node \"Loop_0\" (Loop): body: input \"i\" is defined twice or has no name"));
  EXPECT_THAT(refusalOf(ifWith("() => (float[2] a) { a = Neg (y) }", goodBranch)),
              HasSubstr("the graph has a cycle")); // y is the If's own.
}

TEST(ControlFlowErrors, RefusesGraphsTooDeep) {
  std::string branch = "() => (float[2] z) { z = Neg (x) }";
  for (int i = 0; i < 9; ++i)
    branch = fmt::format(
        "() => (float[2] a{0}) {{ a{0} = If (c) <then_branch = t {1}, else_branch = e () => (float[2] b{0}) {{ b{0} = Neg (x) }}> }}", i,
        branch);
  EXPECT_THAT(refusalOf(ifWith(branch, goodBranch)), HasSubstr("graphs inside graphs, more than 8 deep, are not supported"));
}

TEST(ControlFlowErrors, RefusesWhatIsNoTensor) {
  onnx::ModelProto model;
  const auto bytes = parse(ifWith(goodBranch, goodBranch), 18);
  model.ParseFromArray(bytes.data(), int(bytes.size()));
  auto *output = model.mutable_graph()->mutable_node(0)->mutable_attribute(0)->mutable_g()->mutable_output(0);
  auto *element = output->mutable_type()->mutable_optional_type()->mutable_elem_type()->mutable_tensor_type();
  element->set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(refusal(bytesOf(model)),
              HasSubstr("node \"If_0\" (If): then_branch: output \"a\": not a tensor; only tensors are supported"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, double[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (v) }")),
              HasSubstr("node \"Loop_0\" (Loop): body: input \"v\": element type DOUBLE is not supported; float32, "));
}

TEST(ControlFlowErrors, RefusesOtherSequences) {
  const std::string stacked = "y = ConcatFromSequence <axis = 1> (q)";
  EXPECT_EQ(refusalOf(collecting(stacked)), "");
  EXPECT_THAT(refusalOf(collecting("i = Constant <value_int = 0> () y = SequenceAt (q, i)")),
              HasSubstr("(SequenceEmpty): this operator is not supported"));
  EXPECT_THAT(refusalOf(collecting(stacked, "r = SequenceInsert (p, e, i)")), HasSubstr("(SequenceEmpty): this operator is not supported"));
  EXPECT_THAT(refusalOf(collecting("y = ConcatFromSequence <axis = 2> (q)")), HasSubstr("(ConcatFromSequence): axis 2 is outside rank 2"));
  EXPECT_THAT(refusalOf(collecting("y = ConcatFromSequence (q)")), HasSubstr("(ConcatFromSequence): attribute \"axis\" is missing"));
  onnx::ModelProto model;
  const auto bytes = parse(collecting("i = Constant <value_int = 0> () y = SequenceAt (q, i)"), 18);
  model.ParseFromArray(bytes.data(), int(bytes.size()));
  auto *port = model.mutable_graph()->mutable_node(1)->mutable_attribute(0)->mutable_g()->mutable_input(2);
  port->mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  EXPECT_THAT(refusal(bytesOf(model)),
              HasSubstr("node \"Loop_1\" (Loop): body: \"p\" is a sequence of tensors; only one that a Loop fills from SequenceEmpty on, "
                        "by one SequenceInsert in each iteration, and that ConcatFromSequence takes, is supported"));
}

TEST(ControlFlowErrors, RefusesGraphsThatAnOperatorDoesNotHave) {
  EXPECT_THAT(refusalOf("g (float[2] x) => (float[2] y) { y = Neg <body = b () => (float[2] a) { a = Abs (x) }> (x) }"),
              HasSubstr("node \"Neg_0\" (Neg): attribute \"body\" is a graph, which this operator does not have; leave it out"));
  EXPECT_THAT(refusalOf("g (bool c, float[2] x) => (float[2] y) { y = If (c) <then_branch = t " + goodBranch + "> }"),
              HasSubstr("node \"If_0\" (If): attribute \"else_branch\" is there 0 times; one graph is expected"));
}

TEST(ControlFlowErrors, RefusesBranchesThatDoNotFit) {
  EXPECT_THAT(refusalOf(ifWith(goodBranch, goodBranch, "x")),
              HasSubstr("(If): the condition is float32 of shape [2]; one bool is expected"));
  EXPECT_THAT(refusalOf(ifWith("(float[2] q) => (float[2] a) { a = Neg (q) }", goodBranch)),
              HasSubstr("(If): then_branch has 1 inputs; 0 are expected"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[2] a, float[2] b) { a = Neg (x) b = Abs (x) }")),
              HasSubstr("(If): else_branch has 2 outputs, the node 1; equal numbers are expected"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (bool[2] a) { a = Less (x, x) }")),
              HasSubstr("(If): output \"y\" of its branches is float32 and bool; equal types are supported"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[1, 2] a) { i = Constant <value_ints = [0]> () a = Unsqueeze (x, i) }")),
              HasSubstr("(If): output \"y\" of its branches has shape [2] and [1, 2]; equal ranks are supported"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (int64[2] b) { b = Neg (x) }")),
              HasSubstr("(If): else_branch: output \"b\" is declared as int64, computed as float32"));
  EXPECT_THAT(refusalOf(ifWith(goodBranch, "() => (float[3] b) { b = Neg (x) }")),
              HasSubstr("(If): else_branch: output \"b\" is declared with shape [3], computed with [2]"));
}

TEST(ControlFlowErrors, RefusesLoopsThatDoNotFit) {
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (x, c, x)")),
              HasSubstr("(Loop): the trip count is float32 of shape [2]; one int64 is expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, n, x)")),
              HasSubstr("(Loop): the condition is int64 of shape []; one bool is expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, c)")), HasSubstr("(Loop): body has 3 inputs; 2 are expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y = Loop (n, c, , x)")), HasSubstr("(Loop): body has 3 inputs; 4 are expected"));
  EXPECT_THAT(
      refusalOf(loopWith(
          "(int64 i, bool k, float[2] v, float[2] u) => (bool m, float[2] w, float[2] t) { m = Identity (k) w = Neg (v) t = Neg (u) }",
          "y = Loop (n, c, , x)")),
      HasSubstr("(Loop): input 2 is missing"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (bool m) { m = Identity (k) }")),
              HasSubstr("(Loop): body has 1 outputs; 2 are expected"));
  EXPECT_THAT(refusalOf(loopWith(goodBody, "y, z = Loop (n, c, x)")), HasSubstr("(Loop): has 2 outputs, of which body computes 1"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, int64[2] v) => (bool m, float[2] w) { m = Identity (k) w = Neg (x) }")),
              HasSubstr("(Loop): body: input \"v\" is declared as int64, and gets float32"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (bool m, bool[2] w) { m = Identity (k) w = Less (v, v) }")),
              HasSubstr("(Loop): carried value \"v\" is float32 and bool; equal types are supported"));
  EXPECT_THAT(
      refusalOf(loopWith(
          "(int64 i, bool k, float[2] v) => (bool m, w) { m = Identity (k) z = Constant <value_ints = [0]> () w = Unsqueeze (v, z) }")),
      HasSubstr("(Loop): carried value \"v\" has shape [2] and [1, 2]; equal ranks are supported"));
  EXPECT_THAT(refusalOf(loopWith("(int64 i, bool k, float[2] v) => (float[2] m, float[2] w) { m = Abs (v) w = Neg (v) }")),
              HasSubstr("(Loop): body: the condition \"m\" is float32; bool is expected"));
  onnx::ModelProto endless;
  const auto bytes = parse(loopWith(goodBody), 18);
  endless.ParseFromArray(bytes.data(), int(bytes.size()));
  for (int input : {0, 1})
    endless.mutable_graph()->mutable_node(0)->set_input(input, "");
  EXPECT_THAT(refusal(bytesOf(endless)),
              HasSubstr("(Loop): never ends: it has no trip count, and its condition is always true; give it one of them"));
}

TEST(ControlFlowErrors, RefusesScansThatDoNotFit) {
  EXPECT_THAT(
      refusalOf(scanWith("num_scan_inputs = 1"), 8),
      HasSubstr(
          "(Scan): Scan of opset 8 has a batch of its own; Scan of opset 9 and newer is supported: save the model with such an opset"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 3")),
              HasSubstr("(Scan): attribute \"num_scan_inputs\" is 3; 1 to the number of inputs, 2, is supported"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_input_directions = [2]")),
              HasSubstr("(Scan): attribute \"scan_input_directions\" is a list of 1 integers; a list of 0 and 1 is supported"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_output_axes = [0, 0]")),
              HasSubstr("(Scan): attribute \"scan_output_axes\" has 2 numbers; 1 are expected"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_input_axes = [2]")), HasSubstr("(Scan): axis 2 is outside rank 2"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1, scan_output_axes = [-3]")), HasSubstr("(Scan): axis -3 is outside rank 2"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 2", "(float e, float[2] f) => (float g, float[2] o) { g = Neg (e) o = Neg (f) }")),
              HasSubstr("(Scan): its sequences have 2 and 3 steps; equal numbers are expected"));
  EXPECT_THAT(refusalOf(scanWith("num_scan_inputs = 1", "(float[2] e) => (float[2] g, float[2] o) { g = Neg (e) o = Neg (e) }")),
              HasSubstr("(Scan): body has 1 inputs; 2 are expected"));
}

TEST(ControlFlowErrors, TensorsInsideANodeAreNoOutputs) {
  CompileOptions options;
  options.arch = *loadArch("tiny");
  options.extraOutputs = {"w"};
  const auto program = compileOnnxBytes(parse(loopWith(goodBody)), "m.onnx", options);
  ASSERT_FALSE(program);
  EXPECT_THAT(program.error().message, HasSubstr("tensor \"w\" is to be an output, but it is inside a node (If, Loop, Scan)"));
}

// A size that is declared, but that only the run time knows, is checked there.
TEST(ControlFlowErrors, DeclaredSizesAreChecked) {
  const auto model = parse(R"(g (int64 n, float[2] x, int64[1] end) => (float[2] y) {
    y = Loop (n, , x) <body = b (int64 i, bool c, float[2] v) => (bool c2, float[2] w) {
      c2 = Identity (c)
      zero = Constant <value_ints = [0]> ()
      twice = Concat <axis = 0> (v, v)
      w = Slice (twice, zero, end)
    }>
  })");
  const auto given = [](int64_t end) {
    return Tensors{{"n", tensorOf<int64_t>({}, {3})}, {"x", floats({2}, {1, 2})}, {"end", tensorOf<int64_t>({1}, {end})}};
  };
  EXPECT_THAT(floatsOf(run(model, given(2)), "y"), ElementsAre(1, 2));
  const auto outputs = run(model, given(3));
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("node \"Loop_0\" (Loop): \"w\" is float32 [3], expected float32 [2]"));
}

} // namespace
} // namespace softdpu::test
