// RUN: softdpu-opt %s --rnn-cells | FileCheck %s
// RUN: softdpu-opt %s --rnn-cells | FileCheck %s --check-prefix=NONE
// Nearly cells. All of them stay what they are: not one node becomes a layer.
// NONE-NOT: rnn.node "{{RNN|GRU|LSTM}}"

module attributes {dpu.arch = "tiny", rnn.placement = {placed = "cpu"}} {
  // i and f must have the same activation; ONNX's LSTM has one for i, o and f.
  // CHECK-LABEL: @gates_differ
  // CHECK:       rnn.node "Relu" "i"
  func.func @gates_differ(%x: tensor<3x1xf32> {rnn.name = "x"}, %h: tensor<3x2xf32> {rnn.name = "h"}, %c: tensor<3x2xf32> {rnn.name = "c"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %f = rnn.node "Sigmoid" "f"(%a) {} -> ["f"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %i = rnn.node "Relu" "i"(%a) {} -> ["i"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %g = rnn.node "Tanh" "g"(%a) {} -> ["g"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %kept = rnn.node "Mul" "kept"(%c, %f) {} -> ["kept"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %added = rnn.node "Mul" "added"(%i, %g) {} -> ["added"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %nc = rnn.node "Add" "next_c"(%added, %kept) {} -> ["C"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %t = rnn.node "Tanh" "c_tanh"(%nc) {} -> ["t"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %nh = rnn.node "Mul" "next_h"(%f, %t) {} -> ["H"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %nh : tensor<3x2xf32>
  }

  // An LSTM with f = 1 - i: ONNX calls it input_forget, and it is no LSTM whose gates are sums of their own.
  // CHECK-LABEL: @coupled_gates
  // CHECK:       rnn.node "Sub" "f"
  func.func @coupled_gates(%x: tensor<3x1xf32> {rnn.name = "x"}, %h: tensor<3x2xf32> {rnn.name = "h"}, %c: tensor<3x2xf32> {rnn.name = "c"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %one = rnn.constant "one" = dense<1.0> : tensor<f32> : tensor<f32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %i = rnn.node "Sigmoid" "i"(%a) {} -> ["i"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %f = rnn.node "Sub" "f"(%one, %i) {} -> ["f"] : (tensor<f32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %g = rnn.node "Tanh" "g"(%a) {} -> ["g"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %kept = rnn.node "Mul" "kept"(%c, %f) {} -> ["kept"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %added = rnn.node "Mul" "added"(%i, %g) {} -> ["added"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %nc = rnn.node "Add" "next_c"(%added, %kept) {} -> ["C"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %t = rnn.node "Tanh" "c_tanh"(%nc) {} -> ["t"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %nh = rnn.node "Mul" "next_h"(%i, %t) {} -> ["H"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %nh : tensor<3x2xf32>
  }

  // h' = (1 - z) n + z n' with another n': no GRU, though it has three products.
  // CHECK-LABEL: @mixed_candidates
  // CHECK:       rnn.node "Sub" "nz"
  func.func @mixed_candidates(%x: tensor<3x1xf32> {rnn.name = "x"}, %h: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %one = rnn.constant "one" = dense<1.0> : tensor<f32> : tensor<f32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a = rnn.node "Gemm" "a"(%h, %r, %xw) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %z = rnn.node "Sigmoid" "z"(%a) {} -> ["z"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %n = rnn.node "Tanh" "n"(%a) {} -> ["n"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %nz = rnn.node "Sub" "nz"(%one, %z) {} -> ["nz"] : (tensor<f32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %u = rnn.node "Mul" "u"(%nz, %n) {} -> ["u"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %v = rnn.node "Mul" "v"(%z, %h) {} -> ["v"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %next = rnn.node "Add" "next"(%u, %v) {} -> ["H"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %next : tensor<3x2xf32>
  }

  // The second step has other weights.
  // CHECK-LABEL: @weights_differ
  // CHECK:       rnn.node "Tanh" "h2"
  func.func @weights_differ(%x: tensor<3x1xf32> {rnn.name = "x"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %r2 = rnn.constant "R2" = dense<0.26> : tensor<2x2xf32> : tensor<2x2xf32>
    %h0 = rnn.constant "h0" = dense<0.0> : tensor<3x2xf32> : tensor<3x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "a1"(%h0, %r, %xw) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %a2 = rnn.node "Gemm" "a2"(%h1, %r2, %xw) {} -> ["a2"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%a2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h2 : tensor<3x2xf32>
  }

  // The second step has another bias.
  // CHECK-LABEL: @biases_differ
  // CHECK:       rnn.node "Tanh" "h2"
  func.func @biases_differ(%x: tensor<3x1xf32> {rnn.name = "x"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %b1 = rnn.constant "B1" = dense<1.0> : tensor<2xf32> : tensor<2xf32>
    %b2 = rnn.constant "B2" = dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
    %h0 = rnn.constant "h0" = dense<0.0> : tensor<3x2xf32> : tensor<3x2xf32>
    %xw1 = rnn.node "Gemm" "xw1"(%x, %w, %b1) {} -> ["xw1"] : (tensor<3x1xf32>, tensor<1x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "a1"(%h0, %r, %xw1) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %xw2 = rnn.node "Gemm" "xw2"(%x, %w, %b2) {} -> ["xw2"] : (tensor<3x1xf32>, tensor<1x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    %a2 = rnn.node "Gemm" "a2"(%h1, %r, %xw2) {} -> ["a2"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%a2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h2 : tensor<3x2xf32>
  }

  // The product of h is an output too: it would be computed twice.
  // CHECK-LABEL: @seen_inside
  // CHECK:       rnn.node "Tanh" "h2"
  func.func @seen_inside(%x: tensor<3x1xf32> {rnn.name = "x"}) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %h0 = rnn.constant "h0" = dense<0.0> : tensor<3x2xf32> : tensor<3x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "a1"(%h0, %r, %xw) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %a2 = rnn.node "Gemm" "a2"(%h1, %r, %xw) {} -> ["a2"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h2 = rnn.node "Tanh" "h2"(%a2) {} -> ["h2"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H", "a2"]} %h2, %a2 : tensor<3x2xf32>, tensor<3x2xf32>
  }

  // W is an input of the model.
  // CHECK-LABEL: @weights_vary
  // CHECK:       rnn.node "Tanh" "h1"
  func.func @weights_vary(%x: tensor<3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}, %w: tensor<1x2xf32> {rnn.name = "w"}) -> tensor<3x2xf32> {
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "a1"(%h0, %r, %xw) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }

  // The bias is one number for each row of the batch, not for each unit.
  // CHECK-LABEL: @bias_of_rows
  // CHECK:       rnn.node "Tanh" "h1"
  func.func @bias_of_rows(%x: tensor<3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %b = rnn.constant "B" = dense<[[1.0], [2.0], [3.0]]> : tensor<3x1xf32> : tensor<3x1xf32>
    %xw = rnn.node "Gemm" "xw"(%x, %w, %b) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "a1"(%h0, %r, %xw) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }

  // One h for three rows: ONNX's operator does not widen its state.
  // CHECK-LABEL: @widened_state
  // CHECK:       rnn.node "Tanh" "h1"
  func.func @widened_state(%x: tensor<3x1xf32> {rnn.name = "x"}, %h0: tensor<1x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %hr = rnn.node "MatMul" "hr"(%h0, %r) {} -> ["hr"] : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
    %a1 = rnn.node "Add" "a1"(%xw, %hr) {} -> ["a1"] : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }

  // Additive attention has the form of an RNN, but no state: h is computed.
  // CHECK-LABEL: @no_state
  // CHECK:       rnn.node "Tanh" "h1"
  func.func @no_state(%x: tensor<3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %computed = rnn.node "Relu" "computed"(%h0) {} -> ["computed"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %hr = rnn.node "MatMul" "hr"(%computed, %r) {} -> ["hr"] : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Add" "a1"(%xw, %hr) {} -> ["a1"] : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }

  // The user wants a part of it on the CPU.
  // CHECK-LABEL: @placed
  // CHECK:       rnn.node "Gemm" "placed"
  func.func @placed(%x: tensor<3x1xf32> {rnn.name = "x"}, %h0: tensor<3x2xf32> {rnn.name = "h"}) -> tensor<3x2xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<1x2xf32> : tensor<1x2xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<2x2xf32> : tensor<2x2xf32>
    %xw = rnn.node "MatMul" "xw"(%x, %w) {} -> ["xw"] : (tensor<3x1xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
    %a1 = rnn.node "Gemm" "placed"(%h0, %r, %xw) {} -> ["a1"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    %h1 = rnn.node "Tanh" "h1"(%a1) {} -> ["h1"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    return {rnn.names = ["H"]} %h1 : tensor<3x2xf32>
  }
}
