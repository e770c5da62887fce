// RUN: softdpu-opt %s --rnn-windows --rnn-raise | FileCheck %s
// RUN: sed 's/{kept = "cpu"}/{grouped = "dpu"}/' %s | not softdpu-opt --rnn-windows --rnn-raise 2>&1 | FileCheck %s --check-prefix=DPU
// DPU: node "grouped" (Conv): is placed on the DPU, but the DPU has no groups of channels (attribute group)
// A convolution along time becomes a matrix on windows of three steps; the transpositions around it and behind the activation vanish, and
// the layer behind takes its sequence from the DPU.
// CHECK-LABEL: @between_layers
// CHECK-NOT:   "Transpose"
// CHECK:       %[[P:.*]] = rnn.node "Pad" "conv"(%arg0
// CHECK:       %[[S0:.*]] = rnn.node "Slice" "conv"(%[[P]]
// CHECK:       %[[S1:.*]] = rnn.node "Slice" "conv"(%[[P]]
// CHECK:       %[[S2:.*]] = rnn.node "Slice" "conv"(%[[P]]
// CHECK:       %[[W:.*]] = rnn.node "Concat" "conv"(%[[S0]], %[[S1]], %[[S2]])
// CHECK:       %[[L:.*]] = rnn.linear "conv"(%[[W]])
// CHECK-SAME{LITERAL}: dense<[[1.000000e+00, 4.000000e+00, 2.000000e+00, 5.000000e+00, 3.000000e+00, 6.000000e+00]]> : tensor<1x6xf32>
// CHECK:       %[[R:.*]] = rnn.activation "Relu" "relu"(%[[L]])
// CHECK:       rnn.simple "rnn"(%[[R]])
// Placed on the CPU, or with a stranger attribute, it stays what it was.
// CHECK-LABEL: @stays
// CHECK:       rnn.node "Conv" "kept"
// CHECK:       rnn.node "Conv" "grouped"

module attributes {dpu.arch = "tiny", rnn.placement = {kept = "cpu"}} {
  func.func @between_layers(%x: tensor<?x1x2xf32> {rnn.name = "X"}) -> tensor<?x1x1x2xf32> {
    %k = rnn.constant "K" = dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]> : tensor<1x2x3xf32> : tensor<1x2x3xf32>
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2x1xf32> : tensor<1x2x1xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
    %c = rnn.node "Transpose" "channels"(%x) {perm = array<i64: 1, 2, 0>} -> ["c"] : (tensor<?x1x2xf32>) -> tensor<1x2x?xf32>
    %y = rnn.node "Conv" "conv"(%c, %k) {pads = array<i64: 1, 1>} -> ["y"] : (tensor<1x2x?xf32>, tensor<1x2x3xf32>) -> tensor<1x1x?xf32>
    %a = rnn.node "Relu" "relu"(%y) {} -> ["a"] : (tensor<1x1x?xf32>) -> tensor<1x1x?xf32>
    %s = rnn.node "Transpose" "steps"(%a) {perm = array<i64: 2, 0, 1>} -> ["s"] : (tensor<1x1x?xf32>) -> tensor<?x1x1xf32>
    %z, %h = rnn.node "RNN" "rnn"(%s, %w, %r) {} -> ["z", "h"] : (tensor<?x1x1xf32>, tensor<1x2x1xf32>, tensor<1x2x2xf32>) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
    return {rnn.names = ["z"]} %z : tensor<?x1x1x2xf32>
  }
  func.func @stays(%x: tensor<1x2x?xf32> {rnn.name = "X"}) -> (tensor<1x1x?xf32>, tensor<1x2x?xf32>) {
    %k = rnn.constant "K" = dense<1.0> : tensor<1x2x3xf32> : tensor<1x2x3xf32>
    %g = rnn.constant "G" = dense<1.0> : tensor<2x1x3xf32> : tensor<2x1x3xf32>
    %y = rnn.node "Conv" "kept"(%x, %k) {} -> ["y"] : (tensor<1x2x?xf32>, tensor<1x2x3xf32>) -> tensor<1x1x?xf32>
    %z = rnn.node "Conv" "grouped"(%x, %g) {group = 2 : i64} -> ["z"] : (tensor<1x2x?xf32>, tensor<2x1x3xf32>) -> tensor<1x2x?xf32>
    return {rnn.names = ["y", "z"]} %y, %z : tensor<1x1x?xf32>, tensor<1x2x?xf32>
  }
}
