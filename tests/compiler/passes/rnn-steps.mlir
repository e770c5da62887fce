// RUN: softdpu-opt %s --rnn-steps --split-input-file | FileCheck %s
// A GRU that a Scan runs step by step is a GRU over the sequence; what is computed behind it, by an operator that rnn-steps does not know,
// stays a Scan, without states. The Scan runs backwards, and so does the GRU.
// CHECK-LABEL: func.func @scan
// CHECK:       %[[H0:.*]] = rnn.node "Unsqueeze" "gru"(%arg1
// CHECK:       %[[GRU:.*]]:2 = rnn.node "GRU" "gru"(%arg0, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[H0]]) {direction = "reverse", hidden_size = 2 : i64} -> ["y", "hn"]
// CHECK-SAME:  -> (tensor<?x1x1x2xf32>, tensor<1x1x2xf32>)
// CHECK:       %[[LAST:.*]] = rnn.node "Squeeze" "gru"(%[[GRU]]#1
// CHECK-SAME:  -> tensor<1x2xf32>
// CHECK:       %[[OUT:.*]] = rnn.node "Scan" "steps"(%arg0, %[[GRU]]#0) {num_scan_inputs = 2 : i64, scan_input_axes = array<i64: 0, 0>,
// CHECK-SAME:  scan_input_directions = array<i64: 1, 1>
// CHECK-NEXT:  ^bb0(%{{.*}}: tensor<1x3xf32>, %[[STEP:.*]]: tensor<1x1x2xf32>):
// CHECK-NOT:     "GRU"
// CHECK:         %[[P:.*]] = rnn.node "Selu" "selu"
// CHECK-NEXT:    rnn.give %[[P]]
// CHECK:       return {{.*}} %[[LAST]], %[[OUT]]

module attributes {dpu.arch = "tiny"} {
  func.func @scan(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x2xf32> {rnn.name = "h0"}) -> (tensor<1x2xf32>, tensor<?x1x2xf32>) {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %zero = rnn.constant "zero" = dense<0> : tensor<1xi64> : tensor<1xi64>
    %last, %out = rnn.node "Scan" "steps"(%h0, %x) {num_scan_inputs = 1 : i64, scan_input_directions = array<i64: 1>} -> ["last", "out"]
        : (tensor<1x2xf32>, tensor<?x1x3xf32>) -> (tensor<1x2xf32>, tensor<?x1x2xf32>) {
    ^bb0(%h: tensor<1x2xf32>, %step: tensor<1x3xf32>):
      %xs = rnn.node "Unsqueeze" "xs"(%step, %zero) {} -> ["xs"] : (tensor<1x3xf32>, tensor<1xi64>) -> tensor<1x1x3xf32>
      %hs = rnn.node "Unsqueeze" "hs"(%h, %zero) {} -> ["hs"] : (tensor<1x2xf32>, tensor<1xi64>) -> tensor<1x1x2xf32>
      %y:2 = rnn.node "GRU" "gru"(%xs, %w, %r, %none, %none, %hs) {hidden_size = 2 : i64} -> ["y", "hn"]
          : (tensor<1x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      %n = rnn.node "Squeeze" "n"(%y#1, %zero) {} -> ["n"] : (tensor<1x1x2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
      %p = rnn.node "Selu" "selu"(%n) {} -> ["p"] : (tensor<1x2xf32>) -> tensor<1x2xf32>
      rnn.give %n, %p : tensor<1x2xf32>, tensor<1x2xf32>
    }
    return {rnn.names = ["last", "out"]} %last, %out : tensor<1x2xf32>, tensor<?x1x2xf32>
  }
}

// -----

// A Loop over as many steps as X has is a Scan, whatever it computes in front of the layer.
// CHECK-LABEL: func.func @loop
// CHECK:       %[[X:.*]] = rnn.node "Scan" "steps"(%arg0) {num_scan_inputs = 1 : i64
// CHECK:         rnn.node "Selu" "selu"
// CHECK:       %[[LSTM:.*]]:3 = rnn.node "LSTM" "lstm"(%[[X]], {{.*}}, %arg1, %arg2) {hidden_size = 2 : i64}
// CHECK:       %[[Y:.*]] = rnn.node "Squeeze" "lstm"(%[[LSTM]]#0
// CHECK-NOT:   rnn.node
// CHECK:       return {{.*}} %[[Y]]

module attributes {dpu.arch = "tiny"} {
  func.func @loop(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}, %c0: tensor<1x1x2xf32> {rnn.name = "c0"})
      -> tensor<?x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x8x3xf32> : tensor<1x8x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x8x2xf32> : tensor<1x8x2xf32>
    %zero = rnn.constant "zero" = dense<0> : tensor<1xi64> : tensor<1xi64>
    %first = rnn.constant "first" = dense<0> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {} -> ["shape"] : (tensor<?x1x3xf32>) -> tensor<3xi64>
    %steps = rnn.node "Gather" "count"(%shape, %first) {axis = 0 : i64} -> ["count"] : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
    %h, %c, %y = rnn.node "Loop" "steps"(%steps, %none, %h0, %c0) {} -> ["h", "c", "y"]
        : (tensor<i64>, none, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<?x1x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x1x2xf32>, %ci: tensor<1x1x2xf32>):
      %again = rnn.node "Identity" "again"(%on) {} -> ["again"] : (tensor<i8>) -> tensor<i8>
      %step = rnn.node "Gather" "step"(%x, %i) {axis = 0 : i64} -> ["step"] : (tensor<?x1x3xf32>, tensor<i64>) -> tensor<1x3xf32>
      %e = rnn.node "Selu" "selu"(%step) {} -> ["e"] : (tensor<1x3xf32>) -> tensor<1x3xf32>
      %xs = rnn.node "Unsqueeze" "xs"(%e, %zero) {} -> ["xs"] : (tensor<1x3xf32>, tensor<1xi64>) -> tensor<1x1x3xf32>
      %r0:3 = rnn.node "LSTM" "lstm"(%xs, %w, %r, %none, %none, %hi, %ci) {hidden_size = 2 : i64} -> ["ys", "hn", "cn"]
          : (tensor<1x1x3xf32>, tensor<1x8x3xf32>, tensor<1x8x2xf32>, none, none, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
          -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
      %n = rnn.node "Squeeze" "n"(%r0#1, %zero) {} -> ["n"] : (tensor<1x1x2xf32>, tensor<1xi64>) -> tensor<1x2xf32>
      rnn.give %again, %r0#1, %r0#2, %n : tensor<i8>, tensor<1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x2xf32>
  }
}

// -----

// Operators that treat every step alike act on all steps at once. The rows of a Gemm are those of all steps.
// CHECK-LABEL: func.func @alike
// CHECK-NOT:   "Scan"
// CHECK:       %[[FIRST:.*]] = rnn.node "Transpose" "steps"(%arg0) {perm = array<i64: 1, 0, 2>}
// CHECK:       %[[P:.*]] = rnn.node "MatMul" "product"(%[[FIRST]], %{{.*}}) {} -> ["p"] : (tensor<?x2x3xf32>, tensor<3x2xf32>) -> tensor<?x2x2xf32>
// CHECK:       %[[S:.*]] = rnn.node "Softmax" "softmax"(%[[P]]) {axis = 2 : i64}
// CHECK:       %[[ROWS:.*]] = rnn.node "Reshape" "gemm"(%[[S]]
// CHECK-SAME:  -> tensor<?x2xf32>
// CHECK:       %[[G:.*]] = rnn.node "Gemm" "gemm"(%[[ROWS]]
// CHECK:       %[[BACK:.*]] = rnn.node "Reshape" "gemm"(%[[G]]
// CHECK-SAME:  -> tensor<?x2x2xf32>
// CHECK:       return {{.*}} %[[BACK]]

module attributes {dpu.arch = "tiny"} {
  func.func @alike(%x: tensor<2x?x3xf32> {rnn.name = "X"}) -> tensor<?x2x2xf32> {
    %m = rnn.constant "M" = dense<0.5> : tensor<3x2xf32> : tensor<3x2xf32>
    %n = rnn.constant "N" = dense<0.5> : tensor<2x2xf32> : tensor<2x2xf32>
    %out = rnn.node "Scan" "steps"(%x) {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>} -> ["out"]
        : (tensor<2x?x3xf32>) -> tensor<?x2x2xf32> {
    ^bb0(%step: tensor<2x3xf32>):
      %p = rnn.node "MatMul" "product"(%step, %m) {} -> ["p"] : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
      %s = rnn.node "Softmax" "softmax"(%p) {axis = 1 : i64} -> ["s"] : (tensor<2x2xf32>) -> tensor<2x2xf32>
      %g = rnn.node "Gemm" "gemm"(%s, %n) {} -> ["g"] : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      rnn.give %g : tensor<2x2xf32>
    }
    return {rnn.names = ["out"]} %out : tensor<?x2x2xf32>
  }
}
