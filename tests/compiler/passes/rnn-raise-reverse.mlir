// RUN: softdpu-opt %s --rnn-raise | FileCheck %s
// Time runs forward on the DPU: a reverse layer is a cell between host steps that turn the sequence; its last state needs no turning.
// CHECK:      %[[TURNED:.*]] = rnn.node "Slice" "rnn"(%arg0
// CHECK:      %[[CELL:.*]]:2 = rnn.simple "rnn"(%[[TURNED]])
// CHECK-SAME: names = ["Y.reverse.y", "H"]
// CHECK:      %[[Y:.*]] = rnn.node "Slice" "rnn"(%[[CELL]]#0
// CHECK-SAME: -> ["Y"]
// CHECK:      return {{.*}} %[[Y]], %[[CELL]]#1

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>) {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2x3xf32> : tensor<1x2x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
    %y, %h = rnn.node "RNN" "rnn"(%x, %w, %r) {direction = "reverse"} -> ["Y", "H"]
        : (tensor<?x1x3xf32>, tensor<1x2x3xf32>, tensor<1x2x2xf32>) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
    return {rnn.names = ["Y", "H"]} %y, %h : tensor<?x1x1x2xf32>, tensor<1x1x2xf32>
  }
}
