// RUN: softdpu-opt %s --rnn-cells | FileCheck %s
// RUN: softdpu-opt %s --rnn-cells --rnn-steps | FileCheck %s --check-prefix=OUT
// A body that computes more than a cell: the cell becomes a layer of one step there, with its weights outside, and rnn-steps takes it out.
// CHECK-LABEL: @model
// CHECK:       rnn.constant "n.layer.W"
// CHECK:       rnn.node "Scan" "scan"
// CHECK-NEXT:  ^bb0(%[[H:.*]]: tensor<3x2xf32>, %[[X:.*]]: tensor<3x1xf32>):
// CHECK-NEXT:    %[[E:.*]] = rnn.node "Exp" "e"(%[[X]])
// CHECK:         rnn.node "RNN" "h"
// CHECK-SAME:    rnn.merged = ["a", "xw"]
// CHECK:         rnn.give
// OUT-LABEL: @model
// OUT:       rnn.node "Exp"
// OUT:       rnn.node "RNN" "h"
// OUT-SAME:  rnn.merged = ["a", "xw"]
// OUT-NOT:   "Scan"

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<?x3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y:2 = rnn.node "Scan" "scan"(%h0, %x) {num_scan_inputs = 1 : i64} -> ["H", "Y"]
        : (tensor<3x2xf32>, tensor<?x3x1xf32>) -> (tensor<3x2xf32>, tensor<?x3x2xf32>) {
    ^bb0(%h: tensor<3x2xf32>, %step: tensor<3x1xf32>):
      %e = rnn.node "Exp" "e"(%step) {} -> ["e"] : (tensor<3x1xf32>) -> tensor<3x1xf32>
      %xw = rnn.node "MatMul" "xw"(%e, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %n, %n : tensor<3x2xf32>, tensor<3x2xf32>
    }
    return {rnn.names = ["Y"]} %y#1 : tensor<?x3x2xf32>
  }
}
