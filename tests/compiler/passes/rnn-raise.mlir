// RUN: softdpu-opt %s --rnn-raise | FileCheck %s
// A GRU, a squeeze of its direction, and MatMul + Add behind it all become operations that the DPU can take; the zero state disappears.
// CHECK-LABEL: func.func @model
// CHECK:       %[[GRU:.*]]:2 = rnn.gru "gru"(%arg0) {activations = ["Sigmoid", "Tanh"]
// CHECK-SAME:  linearBeforeReset = true
// CHECK:       %[[VIEW:.*]] = rnn.view "squeeze"(%[[GRU]]#0) {dimensions = "TBF"
// CHECK:       rnn.linear "matmul"(%[[VIEW]])
// CHECK-SAME:  bias = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00]>
// CHECK-NOT:   rnn.node

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> tensor<?x1x3xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %zero = rnn.constant "h0" = dense<0.0> : tensor<1x1x2xf32> : tensor<1x1x2xf32>
    %one = rnn.constant "axes" = dense<1> : tensor<1xi64> : tensor<1xi64>
    %m = rnn.constant "M" = dense<0.5> : tensor<2x3xf32> : tensor<2x3xf32>
    %c = rnn.constant "C" = dense<[1.0, 2.0, 3.0]> : tensor<3xf32> : tensor<3xf32>
    %y:2 = rnn.node "GRU" "gru"(%x, %w, %r, %none, %none, %zero) {hidden_size = 2 : i64, linear_before_reset = 1 : i64} -> ["Y", ""]
        : (tensor<?x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
    %s = rnn.node "Squeeze" "squeeze"(%y#0, %one) {} -> ["s"] : (tensor<?x1x1x2xf32>, tensor<1xi64>) -> tensor<?x1x2xf32>
    %p = rnn.node "MatMul" "matmul"(%s, %m) {} -> ["p"] : (tensor<?x1x2xf32>, tensor<2x3xf32>) -> tensor<?x1x3xf32>
    %l = rnn.node "Add" "add"(%c, %p) {} -> ["logits"] : (tensor<3xf32>, tensor<?x1x3xf32>) -> tensor<?x1x3xf32>
    return {rnn.names = ["logits"]} %l : tensor<?x1x3xf32>
  }
}
