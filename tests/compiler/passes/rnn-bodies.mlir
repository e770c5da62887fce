// RUN: softdpu-opt %s --rnn-raise --rnn-partition | FileCheck %s
// A Scan stays a node with its body; the GRU in front of it, which only its body uses, runs on the DPU before it. What the body does not
// need goes, and nothing inside of it is raised.
// CHECK-LABEL: func.func @model
// CHECK:       %[[REGION:.*]] = rnn.region "region0"
// CHECK:       rnn.node "Unsqueeze" "gru"(%[[REGION]]
// CHECK:       %[[LAST:.*]] = rnn.node "Reshape" "last"
// CHECK:       rnn.node "Scan" "sums"(%arg1, %arg0) {num_scan_inputs = 1 : i64} -> ["", "Y"]
// CHECK-NEXT:  ^bb0(%[[SUM:.*]]: tensor<1x2xf32>, %[[X:.*]]: tensor<1x3xf32>):
// CHECK-NEXT:    %[[P:.*]] = rnn.node "MatMul" "product"(%[[X]], %{{.*}})
// CHECK-NEXT:    %[[S:.*]] = rnn.node "Add" "sum"(%[[P]], %[[LAST]])
// CHECK-NEXT:    rnn.give %[[S]], %[[S]] : tensor<1x2xf32>, tensor<1x2xf32>
// CHECK-NEXT:  }

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %s0: tensor<1x2xf32> {rnn.name = "s0"}) -> tensor<?x1x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %m = rnn.constant "M" = dense<0.5> : tensor<3x2xf32> : tensor<3x2xf32>
    %shape = rnn.constant "shape" = dense<[1, 2]> : tensor<2xi64> : tensor<2xi64>
    %h:2 = rnn.node "GRU" "gru"(%x, %w, %r) {hidden_size = 2 : i64} -> ["", "H"]
        : (tensor<?x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>) -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
    %last = rnn.node "Reshape" "last"(%h#1, %shape) {} -> ["last"] : (tensor<1x1x2xf32>, tensor<2xi64>) -> tensor<1x2xf32>
    %y:2 = rnn.node "Scan" "sums"(%s0, %x) {num_scan_inputs = 1 : i64} -> ["", "Y"]
        : (tensor<1x2xf32>, tensor<?x1x3xf32>) -> (tensor<1x2xf32>, tensor<?x1x2xf32>) {
    ^bb0(%sum: tensor<1x2xf32>, %step: tensor<1x3xf32>):
      %p = rnn.node "MatMul" "product"(%step, %m) {} -> ["p"] : (tensor<1x3xf32>, tensor<3x2xf32>) -> tensor<1x2xf32>
      %q = rnn.node "Add" "sum"(%p, %last) {} -> ["q"] : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
      %unused = rnn.node "Tanh" "unused"(%q) {} -> ["unused"] : (tensor<1x2xf32>) -> tensor<1x2xf32>
      rnn.give %q, %q : tensor<1x2xf32>, tensor<1x2xf32>
    }
    return {rnn.names = ["Y"]} %y#1 : tensor<?x1x2xf32>
  }
}
