// RUN: softdpu-opt %s --rnn-steps --split-input-file | FileCheck %s
// A state that goes elsewhere too (attention, feeding back what was predicted) keeps the Scan.
// CHECK-LABEL: func.func @feedback
// CHECK:       rnn.node "Scan" "steps"(%arg1, %arg0)
// CHECK:         rnn.node "GRU" "gru"

module attributes {dpu.arch = "tiny"} {
  func.func @feedback(%x: tensor<?x1x1x2xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}) -> tensor<1x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %last = rnn.node "Scan" "steps"(%h0, %x) {num_scan_inputs = 1 : i64} -> ["last"]
        : (tensor<1x1x2xf32>, tensor<?x1x1x2xf32>) -> tensor<1x1x2xf32> {
    ^bb0(%h: tensor<1x1x2xf32>, %step: tensor<1x1x2xf32>):
      %sum = rnn.node "Add" "sum"(%step, %h) {} -> ["sum"] : (tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> tensor<1x1x2xf32>
      %y:2 = rnn.node "GRU" "gru"(%sum, %w, %r, %none, %none, %h) {hidden_size = 2 : i64} -> ["y", "hn"]
          : (tensor<1x1x2xf32>, tensor<1x6x2xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      rnn.give %y#1 : tensor<1x1x2xf32>
    }
    return {rnn.names = ["last"]} %last : tensor<1x1x2xf32>
  }
}

// -----

// A Loop that may stop before the end of its sequence stays one.
// CHECK-LABEL: func.func @stops
// CHECK:       rnn.node "Loop" "steps"

module attributes {dpu.arch = "tiny"} {
  func.func @stops(%x: tensor<?x1x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}, %go: tensor<i8> {rnn.name = "go"}) -> tensor<?x1x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %first = rnn.constant "first" = dense<0> : tensor<i64> : tensor<i64>
    %three = rnn.constant "three" = dense<3> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {} -> ["shape"] : (tensor<?x1x1x3xf32>) -> tensor<4xi64>
    %count = rnn.node "Gather" "count"(%shape, %first) {axis = 0 : i64} -> ["count"] : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %h, %y = rnn.node "Loop" "steps"(%count, %none, %h0) {} -> ["h", "y"]
        : (tensor<i64>, none, tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<?x1x1x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x1x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %i) {axis = 0 : i64} -> ["step"] : (tensor<?x1x1x3xf32>, tensor<i64>) -> tensor<1x1x3xf32>
      %r0:2 = rnn.node "GRU" "gru"(%step, %w, %r, %none, %none, %hi) {hidden_size = 2 : i64} -> ["ys", "hn"]
          : (tensor<1x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      rnn.give %go, %r0#1, %r0#1 : tensor<i8>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x1x2xf32>
  }
}

// -----

// So does one that counts something else than the steps of its sequence: as it is, it may stop earlier, or run out of steps.
// CHECK-LABEL: func.func @counts
// CHECK:       rnn.node "Loop" "steps"

module attributes {dpu.arch = "tiny"} {
  func.func @counts(%x: tensor<?x1x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}) -> tensor<?x1x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %first = rnn.constant "first" = dense<0> : tensor<i64> : tensor<i64>
    %three = rnn.constant "three" = dense<3> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {} -> ["shape"] : (tensor<?x1x1x3xf32>) -> tensor<4xi64>
    %count = rnn.node "Gather" "count"(%shape, %first) {axis = 0 : i64} -> ["count"] : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %h, %y = rnn.node "Loop" "steps"(%three, %none, %h0) {} -> ["h", "y"]
        : (tensor<i64>, none, tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<?x1x1x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x1x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %i) {axis = 0 : i64} -> ["step"] : (tensor<?x1x1x3xf32>, tensor<i64>) -> tensor<1x1x3xf32>
      %r0:2 = rnn.node "GRU" "gru"(%step, %w, %r, %none, %none, %hi) {hidden_size = 2 : i64} -> ["ys", "hn"]
          : (tensor<1x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      rnn.give %on, %r0#1, %r0#1 : tensor<i8>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x1x2xf32>
  }
}

// -----

// The iteration may be used for the sequence alone.
// CHECK-LABEL: func.func @iteration
// CHECK:       rnn.node "Loop" "steps"

module attributes {dpu.arch = "tiny"} {
  func.func @iteration(%x: tensor<?x1x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}) -> tensor<?x1x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %first = rnn.constant "first" = dense<0> : tensor<i64> : tensor<i64>
    %three = rnn.constant "three" = dense<3> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {} -> ["shape"] : (tensor<?x1x1x3xf32>) -> tensor<4xi64>
    %count = rnn.node "Gather" "count"(%shape, %first) {axis = 0 : i64} -> ["count"] : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %h, %y = rnn.node "Loop" "steps"(%count, %none, %h0) {} -> ["h", "y"]
        : (tensor<i64>, none, tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<?x1x1x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x1x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %i) {axis = 0 : i64} -> ["step"] : (tensor<?x1x1x3xf32>, tensor<i64>) -> tensor<1x1x3xf32>
      %r0:2 = rnn.node "GRU" "gru"(%step, %w, %r, %none, %none, %hi) {hidden_size = 2 : i64} -> ["ys", "hn"]
          : (tensor<1x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      %less = rnn.node "Cast" "cast"(%i) {to = 1 : i64} -> ["f"] : (tensor<i64>) -> tensor<f32>
      %scaled = rnn.node "Mul" "mul"(%r0#1, %less) {} -> ["scaled"] : (tensor<1x1x2xf32>, tensor<f32>) -> tensor<1x1x2xf32>
      rnn.give %on, %r0#1, %scaled : tensor<i8>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x1x2xf32>
  }
}

// -----

// It may count down, but from the last step on.
// CHECK-LABEL: func.func @pastTheEnd
// CHECK:       rnn.node "Loop" "steps"

module attributes {dpu.arch = "tiny"} {
  func.func @pastTheEnd(%x: tensor<?x1x1x3xf32> {rnn.name = "X"}, %h0: tensor<1x1x2xf32> {rnn.name = "h0"}) -> tensor<?x1x1x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %first = rnn.constant "first" = dense<0> : tensor<i64> : tensor<i64>
    %three = rnn.constant "three" = dense<3> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {} -> ["shape"] : (tensor<?x1x1x3xf32>) -> tensor<4xi64>
    %count = rnn.node "Gather" "count"(%shape, %first) {axis = 0 : i64} -> ["count"] : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
    %h, %y = rnn.node "Loop" "steps"(%count, %none, %h0) {} -> ["h", "y"]
        : (tensor<i64>, none, tensor<1x1x2xf32>) -> (tensor<1x1x2xf32>, tensor<?x1x1x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x1x2xf32>):
      %down = rnn.node "Sub" "down"(%count, %i) {} -> ["down"] : (tensor<i64>, tensor<i64>) -> tensor<i64>
      %step = rnn.node "Gather" "step"(%x, %down) {axis = 0 : i64} -> ["step"] : (tensor<?x1x1x3xf32>, tensor<i64>) -> tensor<1x1x3xf32>
      %r0:2 = rnn.node "GRU" "gru"(%step, %w, %r, %none, %none, %hi) {hidden_size = 2 : i64} -> ["ys", "hn"]
          : (tensor<1x1x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x1x2xf32>) -> (tensor<1x1x1x2xf32>, tensor<1x1x2xf32>)
      rnn.give %on, %r0#1, %r0#1 : tensor<i8>, tensor<1x1x2xf32>, tensor<1x1x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x1x2xf32>
  }
}

// -----

// The last of a part of the shape is not the last dimension: this Loop runs once, whatever the size of dimension 3.
// CHECK-LABEL: func.func @partOfTheShape
// CHECK:       rnn.node "Loop" "steps"

module attributes {dpu.arch = "tiny"} {
  func.func @partOfTheShape(%x: tensor<1x2x3x?xf32> {rnn.name = "X"}, %h0: tensor<1x2x2xf32> {rnn.name = "h0"}) -> tensor<?x1x2x2xf32> {
    %none = rnn.absent
    %w = rnn.constant "W" = dense<0.5> : tensor<1x6x3xf32> : tensor<1x6x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x6x2xf32> : tensor<1x6x2xf32>
    %last = rnn.constant "last" = dense<-1> : tensor<i64> : tensor<i64>
    %shape = rnn.node "Shape" "shape"(%x) {end = 1 : i64} -> ["shape"] : (tensor<1x2x3x?xf32>) -> tensor<1xi64>
    %count = rnn.node "Gather" "count"(%shape, %last) {axis = 0 : i64} -> ["count"] : (tensor<1xi64>, tensor<i64>) -> tensor<i64>
    %h, %y = rnn.node "Loop" "steps"(%count, %none, %h0) {} -> ["h", "y"]
        : (tensor<i64>, none, tensor<1x2x2xf32>) -> (tensor<1x2x2xf32>, tensor<?x1x2x2xf32>) {
    ^bb0(%i: tensor<i64>, %on: tensor<i8>, %hi: tensor<1x2x2xf32>):
      %step = rnn.node "Gather" "step"(%x, %i) {axis = 3 : i64} -> ["step"] : (tensor<1x2x3x?xf32>, tensor<i64>) -> tensor<1x2x3xf32>
      %r0:2 = rnn.node "GRU" "gru"(%step, %w, %r, %none, %none, %hi) {hidden_size = 2 : i64} -> ["ys", "hn"]
          : (tensor<1x2x3xf32>, tensor<1x6x3xf32>, tensor<1x6x2xf32>, none, none, tensor<1x2x2xf32>) -> (tensor<1x1x2x2xf32>, tensor<1x2x2xf32>)
      rnn.give %on, %r0#1, %r0#1 : tensor<i8>, tensor<1x2x2xf32>, tensor<1x2x2xf32>
    }
    return {rnn.names = ["y"]} %y : tensor<?x1x2x2xf32>
  }
}
