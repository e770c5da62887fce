// RUN: softdpu-opt %s --rnn-cells | FileCheck %s
// RUN: softdpu-opt %s --rnn-cells | FileCheck %s --check-prefix=KEPT
// A Scan or Loop whose body is one cell is a layer over its sequence. Those whose names begin with "kept" are not quite, and stay.

module attributes {dpu.arch = "tiny"} {
  // From the last step to the first; what it gives is in the order of the sequence again. The batch stands in front.
  // CHECK-LABEL: @scan_backwards
  // CHECK:       %[[X:.*]] = rnn.node "Transpose" "scan"(%arg0) {perm = array<i64: 1, 0, 2>}
  // CHECK:       %[[L:.*]]:2 = rnn.node "RNN" "scan"(%[[X]]
  // CHECK-SAME:  direction = "reverse"
  // CHECK-SAME:  rnn.merged = ["a", "h", "xw"]
  // CHECK:       %[[Y:.*]] = rnn.node "Squeeze" "scan"(%[[L]]#0
  // CHECK:       %[[H:.*]] = rnn.node "Reshape" "scan"(%[[L]]#1
  // CHECK:       %[[T:.*]] = rnn.node "Transpose" "scan"(%[[Y]]) {perm = array<i64: 1, 0, 2>}
  // CHECK:       return {{.*}} %[[H]], %[[T]]
  func.func @scan_backwards(%x: tensor<3x?x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> (tensor<3x2xf32>, tensor<3x?x2xf32>) {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y:2 = rnn.node "Scan" "scan"(%h0, %x) {num_scan_inputs = 1 : i64, scan_input_axes = array<i64: 1>, scan_output_axes = array<i64: 1>,
        scan_input_directions = array<i64: 1>, scan_output_directions = array<i64: 1>} -> ["H", "Y"]
        : (tensor<3x2xf32>, tensor<3x?x1xf32>) -> (tensor<3x2xf32>, tensor<3x?x2xf32>) {
    ^bb0(%h: tensor<3x2xf32>, %step: tensor<3x1xf32>):
      %xw = rnn.node "MatMul" "xw"(%step, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %n, %n : tensor<3x2xf32>, tensor<3x2xf32>
    }
    return {rnn.names = ["H", "Y"]} %y#0, %y#1 : tensor<3x2xf32>, tensor<3x?x2xf32>
  }

  // W x stands in front of the loop; as many iterations as x has steps.
  // CHECK-LABEL: @loop
  // CHECK-NOT:   "MatMul"
  // CHECK-NOT:   "Shape"
  // CHECK:       %[[L:.*]]:2 = rnn.node "RNN" "loop"(%arg0
  // CHECK-SAME:  rnn.merged = ["a", "h", "on", "step", "steps", "x_shape", "xw"]
  // CHECK:       %[[Y:.*]] = rnn.node "Squeeze" "loop"(%[[L]]#0
  // CHECK:       return {{.*}} %[[Y]]
  func.func @loop(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<?x3x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %zero = rnn.constant "zero" = dense<0> : tensor<i64> : tensor<i64>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<?x3x1xf32>, tensor<1x2xf32>) -> tensor<?x3x2xf32>
    %shape = rnn.node "Shape" "x_shape"(%x) {} -> ["shape"] : (tensor<?x3x1xf32>) -> tensor<3xi64>
    %steps = rnn.node "Gather" "steps"(%shape, %zero) {axis = 0 : i64} -> ["steps"] : (tensor<3xi64>, tensor<i64>) -> tensor<i64>
    %y:2 = rnn.node "Loop" "loop"(%steps, %none, %h0) {} -> ["H", "Y"] : (tensor<i64>, none, tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<?x3x2xf32>) {
    ^bb0(%t: tensor<i64>, %on: tensor<i8>, %h: tensor<3x2xf32>):
      %still = rnn.node "Identity" "on"(%on) {} -> ["still"] : (tensor<i8>) -> tensor<i8>
      %step = rnn.node "Gather" "step"(%xw, %t) {axis = 0 : i64} -> ["step"] : (tensor<?x3x2xf32>, tensor<i64>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %step) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %still, %n, %n : tensor<i8>, tensor<3x2xf32>, tensor<3x2xf32>
    }
    return {rnn.names = ["Y"]} %y#1 : tensor<?x3x2xf32>
  }

  // It gives the sum, not the state.
  // KEPT-LABEL: @gives_more
  // KEPT:       rnn.node "Scan" "kept_gives_more"
  func.func @gives_more(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<?x3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y:2 = rnn.node "Scan" "kept_gives_more"(%h0, %x) {num_scan_inputs = 1 : i64} -> ["H", "Y"]
        : (tensor<3x2xf32>, tensor<?x3x1xf32>) -> (tensor<3x2xf32>, tensor<?x3x2xf32>) {
    ^bb0(%h: tensor<3x2xf32>, %step: tensor<3x1xf32>):
      %xw = rnn.node "MatMul" "xw"(%step, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %n, %a : tensor<3x2xf32>, tensor<3x2xf32>
    }
    return {rnn.names = ["Y"]} %y#1 : tensor<?x3x2xf32>
  }

  // The body gives another state than the cell's.
  // KEPT-LABEL: @other_state
  // KEPT:       rnn.node "Scan" "kept_other_state"
  func.func @other_state(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<?x3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y:2 = rnn.node "Scan" "kept_other_state"(%h0, %x) {num_scan_inputs = 1 : i64} -> ["H", "Y"]
        : (tensor<3x2xf32>, tensor<?x3x1xf32>) -> (tensor<3x2xf32>, tensor<?x3x2xf32>) {
    ^bb0(%h: tensor<3x2xf32>, %step: tensor<3x1xf32>):
      %xw = rnn.node "MatMul" "xw"(%step, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %xw, %n : tensor<3x2xf32>, tensor<3x2xf32>
    }
    return {rnn.names = ["Y"]} %y#1 : tensor<?x3x2xf32>
  }

  // Its input is computed inside: the layer is inside, too.
  // KEPT-LABEL: @computed_input
  // KEPT:       rnn.node "Scan" "kept_computed_input"
  // KEPT:         rnn.node "RNN" "h"
  func.func @computed_input(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<?x3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y:2 = rnn.node "Scan" "kept_computed_input"(%h0, %x) {num_scan_inputs = 1 : i64} -> ["H", "Y"]
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

  // The number of iterations is an input.
  // KEPT-LABEL: @other_trips
  // KEPT:       rnn.node "Loop" "kept_other_trips"
  func.func @other_trips(%x: tensor<?x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}, %trips: tensor<i64> {rnn.name = "trips"}) -> tensor<3x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y = rnn.node "Loop" "kept_other_trips"(%trips, %none, %h0) {} -> ["H"] : (tensor<i64>, none, tensor<3x2xf32>) -> tensor<3x2xf32> {
    ^bb0(%t: tensor<i64>, %on: tensor<i8>, %h: tensor<3x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %t) {axis = 0 : i64} -> ["step"] : (tensor<?x3x1xf32>, tensor<i64>) -> tensor<3x1xf32>
      %xw = rnn.node "MatMul" "xw"(%step, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %on, %n : tensor<i8>, tensor<3x2xf32>
    }
    return {rnn.names = ["H"]} %y : tensor<3x2xf32>
  }

  // It may end early.
  // KEPT-LABEL: @may_end
  // KEPT:       rnn.node "Loop" "kept_may_end"
  func.func @may_end(%x: tensor<5x3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}, %go: tensor<i8> {rnn.name = "go"}) -> tensor<3x2xf32> {
    %five = rnn.constant "five" = dense<5> : tensor<i64> : tensor<i64>
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %y = rnn.node "Loop" "kept_may_end"(%five, %go, %h0) {} -> ["H"] : (tensor<i64>, tensor<i8>, tensor<3x2xf32>) -> tensor<3x2xf32> {
    ^bb0(%t: tensor<i64>, %on: tensor<i8>, %h: tensor<3x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %t) {axis = 0 : i64} -> ["step"] : (tensor<5x3x1xf32>, tensor<i64>) -> tensor<3x1xf32>
      %xw = rnn.node "MatMul" "xw"(%step, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
      %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      %n = rnn.node "Tanh" "h"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
      rnn.give %on, %n : tensor<i8>, tensor<3x2xf32>
    }
    return {rnn.names = ["H"]} %y : tensor<3x2xf32>
  }
}
