// RUN: softdpu-opt %s --rnn-cells --split-input-file | FileCheck %s
// One cell for each step, with the same weights, is one layer over the sequence. The steps that are cut from it and the states that are joined
// again vanish.
// CHECK-LABEL: @forward
// CHECK-NOT:   "Gather"
// CHECK:       %[[L:.*]]:2 = rnn.node "RNN" "h2"(%arg0
// CHECK-SAME:  activations = "Tanh", hidden_size = 2
// CHECK-SAME:  rnn.merged = ["a1", "a2", "h1", "hr1", "hr2", "joined", "u1", "u2", "x1", "x2", "xw1", "xw2"]
// CHECK:       %[[Y:.*]] = rnn.node "Squeeze" "h2"(%[[L]]#0
// CHECK-NOT:   rnn.node
// CHECK:       return {{.*}} %[[Y]]

module attributes {dpu.arch = "tiny"} {
  func.func @forward(%x: tensor<2x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<2x3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %i0 = rnn.constant "i0" = dense<0> : tensor<i64> : tensor<i64>
    %i1 = rnn.constant "i1" = dense<1> : tensor<i64> : tensor<i64>
    %zero = rnn.constant "zero" = dense<0> : tensor<1xi64> : tensor<1xi64>
    %x1 = rnn.node "Gather" "x1"(%x, %i0) {axis = 0 : i64} -> ["x1"] : (tensor<2x3x1xf32>, tensor<i64>) -> tensor<3x1xf32>
    %x2 = rnn.node "Gather" "x2"(%x, %i1) {axis = 0 : i64} -> ["x2"] : (tensor<2x3x1xf32>, tensor<i64>) -> tensor<3x1xf32>
    %xw1 = rnn.node "MatMul" "xw1"(%x1, %w) {} -> ["xw1"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %hr1 = rnn.node "MatMul" "hr1"(%h0, %r) {} -> ["hr1"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Add" "a1"(%xw1, %hr1) {} -> ["a1"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %xw2 = rnn.node "MatMul" "xw2"(%x2, %w) {} -> ["xw2"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %hr2 = rnn.node "MatMul" "hr2"(%h1, %r) {} -> ["hr2"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a2 = rnn.node "Add" "a2"(%xw2, %hr2) {} -> ["a2"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%a2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %u1 = rnn.node "Unsqueeze" "u1"(%h1, %zero) {} -> ["u1"] : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<1x3x2xf32>
    %u2 = rnn.node "Unsqueeze" "u2"(%h2, %zero) {} -> ["u2"] : (tensor<3x2xf32>, tensor<1xi64>) -> tensor<1x3x2xf32>
    %y = rnn.node "Concat" "joined"(%u1, %u2) {axis = 0 : i64} -> ["Y"] : (tensor<1x3x2xf32>, tensor<1x3x2xf32>) -> tensor<2x3x2xf32>
    return {rnn.names = ["Y"]} %y : tensor<2x3x2xf32>
  }
}

// -----

// Steps that are taken from the end make a reverse layer, whose last state is that of the first step; W x stands in front of the loop, and its
// matrix goes into the layer.
// CHECK-LABEL: @backward
// CHECK-NOT:   "MatMul"
// CHECK:       %[[X:.*]] = rnn.node "Transpose" "h1"(%arg0) {perm = array<i64: 1, 0, 2>}
// CHECK:       %[[L:.*]]:2 = rnn.node "RNN" "h1"(%[[X]]
// CHECK-SAME:  direction = "reverse"
// CHECK:       %[[H:.*]] = rnn.node "Reshape" "h1"(%[[L]]#1
// CHECK:       return {{.*}} %[[H]]

module attributes {dpu.arch = "tiny"} {
  func.func @backward(%x: tensor<3x2x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %one = rnn.constant "one" = dense<1> : tensor<2xi64> : tensor<2xi64>
    %axis = rnn.constant "axis" = dense<1> : tensor<1xi64> : tensor<1xi64>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x2x1xf32>, tensor<1x2xf32>) -> tensor<3x2x2xf32>
    %s:2 = rnn.node "Split" "split"(%xw, %one) {axis = 1 : i64} -> ["s1", "s2"] : (tensor<3x2x2xf32>, tensor<2xi64>) -> (tensor<3x1x2xf32>, tensor<3x1x2xf32>)
    %xw1 = rnn.node "Squeeze" "q1"(%s#0, %axis) {} -> ["xw1"] : (tensor<3x1x2xf32>, tensor<1xi64>) -> tensor<3x2xf32>
    %xw2 = rnn.node "Squeeze" "q2"(%s#1, %axis) {} -> ["xw2"] : (tensor<3x1x2xf32>, tensor<1xi64>) -> tensor<3x2xf32>
    %hr2 = rnn.node "Gemm" "hr2"(%h0, %r, %xw2) {} -> ["hr2"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%hr2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %hr1 = rnn.node "Gemm" "hr1"(%h2, %r, %xw1) {} -> ["hr1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%hr1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }
}

// -----

// A decoder whose step takes what the step before gave cannot run as one sequence; and one step of an RNN alone is no layer.
// CHECK-LABEL: @feedback
// CHECK-NOT:   "RNN"
// CHECK:       rnn.node "Tanh" "h1"
// CHECK:       rnn.node "Tanh" "h2"

module attributes {dpu.arch = "tiny"} {
  func.func @feedback(%x: tensor<3x2xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<2x2xf32> : tensor<2x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw1 = rnn.node "MatMul" "xw1"(%x, %w) {} -> ["xw1"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %hr1 = rnn.node "MatMul" "hr1"(%h0, %r) {} -> ["hr1"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Add" "a1"(%xw1, %hr1) {} -> ["a1"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %x2 = rnn.node "Relu" "x2"(%h1) {} -> ["x2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %xw2 = rnn.node "MatMul" "xw2"(%x2, %w) {} -> ["xw2"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %hr2 = rnn.node "MatMul" "hr2"(%h1, %r) {} -> ["hr2"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a2 = rnn.node "Add" "a2"(%xw2, %hr2) {} -> ["a2"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%a2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h2 : tensor<3x2xf32>
  }
}

// -----

// Gemm takes the batch as columns (transA), with a factor (alpha); the state goes through the model.
// CHECK-LABEL: @columns
// CHECK:       %[[T:.*]] = rnn.node "Transpose" "h1"(%arg0) {perm = array<i64: 1, 0>}
// CHECK:       %[[X:.*]] = rnn.node "Reshape" "h1"(%[[T]]
// CHECK:       rnn.constant "H.layer.W"
// CHECK-SAME{LITERAL}: dense<[[[2.000000e+00, 6.000000e+00], [4.000000e+00, 8.000000e+00]]]>
// CHECK:       rnn.node "RNN" "h1"(%[[X]]
// CHECK-SAME:  activations = "Relu"

module attributes {dpu.arch = "tiny"} {
  func.func @columns(%x: tensor<2x3xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw = rnn.node "Gemm" "xw"(%x, %w) {transA = 1 : i64, alpha = 2.0 : f32} -> ["xw"] : (tensor<2x3xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %hr = rnn.node "MatMul" "hr"(%h0, %r) {} -> ["hr"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Add" "a1"(%xw, %hr) {} -> ["a1"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Relu" "h1"(%a1) {} -> ["H"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }
}
