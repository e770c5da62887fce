// RUN: softdpu-opt %s --rnn-raise | FileCheck %s
// What the user places on the CPU stays as it is.
// CHECK:     rnn.node "MatMul" "kept"
// CHECK:     rnn.linear "moved"

module attributes {dpu.arch = "tiny", rnn.placement = {"*" = "cpu", moved = "dpu"}} {
  func.func @model(%x: tensor<?x1x2xf32> {rnn.name = "X"}) -> (tensor<?x1x3xf32>, tensor<?x1x3xf32>) {
    %m = rnn.constant "M" = dense<0.5> : tensor<2x3xf32> : tensor<2x3xf32>
    %p = rnn.node "MatMul" "kept"(%x, %m) {} -> ["p"] : (tensor<?x1x2xf32>, tensor<2x3xf32>) -> tensor<?x1x3xf32>
    %q = rnn.node "MatMul" "moved"(%x, %m) {} -> ["q"] : (tensor<?x1x2xf32>, tensor<2x3xf32>) -> tensor<?x1x3xf32>
    return {rnn.names = ["p", "q"]} %p, %q : tensor<?x1x3xf32>, tensor<?x1x3xf32>
  }
}
