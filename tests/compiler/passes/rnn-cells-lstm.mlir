// RUN: softdpu-opt %s --rnn-cells | FileCheck %s
// An LSTM cell of a model that streams becomes a layer of one step: its gates (here f, i, g, o) are sorted (i, o, f, c), and the biases of
// x W and h R are summed.
// CHECK-LABEL: @fused
// CHECK-NOT:   "MatMul"
// CHECK:       %[[X:.*]] = rnn.node "Reshape" "next_h"(%arg0
// CHECK-SAME{LITERAL}: -> tensor<1x3x1xf32>
// CHECK:       %[[W:.*]] = rnn.constant "H.layer.W"
// CHECK-SAME{LITERAL}: dense<[[[3.000000e+00], [4.000000e+00], [7.000000e+00], [8.000000e+00], [1.000000e+00], [2.000000e+00], [5.000000e+00], [6.000000e+00]]]>
// CHECK:       %[[R:.*]] = rnn.constant "H.layer.R"
// CHECK-SAME{LITERAL}: dense<[[[5.000000e-01, 2.500000e+00], [5.000000e-01, 2.500000e+00], [7.500000e-01, 2.750000e+00], [7.500000e-01, 2.750000e+00], [2.500000e-01, 2.250000e+00], [2.500000e-01, 2.250000e+00], [6.250000e-01, 2.625000e+00], [6.250000e-01, 2.625000e+00]]]>
// CHECK:       %[[B:.*]] = rnn.constant "H.layer.B"
// CHECK-SAME{LITERAL}: dense<[[3.000000e+00, 3.000000e+00, 5.000000e+00, 5.000000e+00, 2.000000e+00, 2.000000e+00, 4.000000e+00, 4.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00]]>
// CHECK:       %[[H:.*]] = rnn.node "Reshape" "next_h"(%arg1
// CHECK:       %[[C:.*]] = rnn.node "Reshape" "next_h"(%arg2
// CHECK:       %[[L:.*]]:3 = rnn.node "LSTM" "next_h"(%[[X]], %[[W]], %[[R]], %[[B]], %{{.*}}, %[[H]], %[[C]])
// CHECK-SAME:  activations = "Sigmoid,Tanh,Tanh", hidden_size = 2
// CHECK-SAME:  rnn.merged = ["add", "added", "bias", "c_tanh", "f", "g", "hr", "i", "kept", "next_c", "o", "split", "xw"]
// CHECK:       %[[Y:.*]] = rnn.node "Squeeze" "next_h"(%[[L]]#0
// CHECK:       %[[NH:.*]] = rnn.node "Reshape" "next_h"(%[[Y]]
// CHECK-SAME:  -> ["H"]
// CHECK:       %[[NC:.*]] = rnn.node "Reshape" "next_h"(%[[L]]#2
// CHECK-SAME:  -> ["C"]
// CHECK:       return {{.*}} %[[NH]], %[[NC]]

module attributes {dpu.arch = "tiny"} {
  func.func @fused(%x: tensor<3x1xf32> {rnn.name = "x"}, %h: tensor<3x2xf32> {rnn.name = "h"}, %c: tensor<3x2xf32> {rnn.name = "c"})
      -> (tensor<3x2xf32>, tensor<3x2xf32>) {
    %w = rnn.constant "W" = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]> : tensor<1x8xf32> : tensor<1x8xf32>
    %r = rnn.constant "R" = dense<[[0.25, 0.25, 0.5, 0.5, 0.625, 0.625, 0.75, 0.75], [2.25, 2.25, 2.5, 2.5, 2.625, 2.625, 2.75, 2.75]]>
        : tensor<2x8xf32> : tensor<2x8xf32>
    %b = rnn.constant "B" = dense<[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]> : tensor<8xf32> : tensor<8xf32>
    %b2 = rnn.constant "B2" = dense<1.0> : tensor<1x8xf32> : tensor<1x8xf32>
    %sizes = rnn.constant "sizes" = dense<2> : tensor<4xi64> : tensor<4xi64>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x8xf32>) -> tensor<3x8xf32>
    %xb = rnn.node "Add" "bias"(%xw, %b) {} -> ["xb"] : (tensor<3x8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
    %hr = rnn.node "Gemm" "hr"(%h, %r, %b2) {} -> ["hr"] : (tensor<3x2xf32>, tensor<2x8xf32>, tensor<1x8xf32>) -> tensor<3x8xf32>
    %a = rnn.node "Add" "add"(%hr, %xb) {} -> ["a"] : (tensor<3x8xf32>, tensor<3x8xf32>) -> tensor<3x8xf32>
    %s:4 = rnn.node "Split" "split"(%a, %sizes) {axis = 1 : i64} -> ["af", "ai", "ag", "ao"]
        : (tensor<3x8xf32>, tensor<4xi64>) -> (tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>, tensor<3x2xf32>)
    %f = rnn.node "Sigmoid" "f"(%s#0) {} -> ["f"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %i = rnn.node "Sigmoid" "i"(%s#1) {} -> ["i"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %g = rnn.node "Tanh" "g"(%s#2) {} -> ["g"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %o = rnn.node "Sigmoid" "o"(%s#3) {} -> ["o"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %kept = rnn.node "Mul" "kept"(%c, %f) {} -> ["kept"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %added = rnn.node "Mul" "added"(%i, %g) {} -> ["added"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %nc = rnn.node "Add" "next_c"(%added, %kept) {} -> ["C"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %t = rnn.node "Tanh" "c_tanh"(%nc) {} -> ["t"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %nh = rnn.node "Mul" "next_h"(%o, %t) {} -> ["H"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H", "C"]} %nh, %nc : tensor<3x2xf32>, tensor<3x2xf32>
  }
}
