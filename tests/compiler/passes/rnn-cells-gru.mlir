// RUN: softdpu-opt %s --rnn-cells | FileCheck %s
// Two ways to write a GRU cell. Here r resets the state in front of its matrix; one matrix on Concat(x, h) makes r and z, which are cut behind
// their activation; and the gate keeps the candidate where ONNX's keeps the state: z is 1 - u, so its weights (2, 4, 6) change their sign.
// CHECK-LABEL: @reset_state
// CHECK:       %[[W:.*]] = rnn.constant "H.layer.W"
// CHECK-SAME{LITERAL}: dense<[[[-2.000000e+00], [1.000000e+00], [7.000000e+00]]]>
// CHECK:       %[[R:.*]] = rnn.constant "H.layer.R"
// CHECK-SAME{LITERAL}: dense<[[[-4.000000e+00], [3.000000e+00], [8.000000e+00]]]>
// CHECK:       %[[B:.*]] = rnn.constant "H.layer.B"
// CHECK-SAME{LITERAL}: dense<[[-6.000000e+00, 5.000000e+00, 9.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00]]>
// CHECK:       rnn.node "GRU" "next"(%{{.*}}, %[[W]], %[[R]], %[[B]], %{{.*}}, %{{.*}}) {activations = "Sigmoid,Tanh", hidden_size = 1 : i64} ->
// Here r resets the product, with its bias; and h' is n + z * (h - n).
// CHECK-LABEL: @reset_product
// CHECK:       %[[B:.*]] = rnn.constant "H.layer.B"
// CHECK-SAME{LITERAL}: dense<[[3.000000e+00, 3.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00]]>
// CHECK:       rnn.node "GRU" "next"
// CHECK-SAME:  linear_before_reset = 1

module attributes {dpu.arch = "tiny"} {
  func.func @reset_state(%x: tensor<3x1xf32> {rnn.name = "x"}, %h: tensor<3x1xf32> {rnn.name = "h"}) -> tensor<3x1xf32> {
    %w = rnn.constant "W" = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> : tensor<2x2xf32>
    %b = rnn.constant "B" = dense<[5.0, 6.0]> : tensor<2xf32> : tensor<2xf32>
    %k = rnn.constant "K" = dense<[[7.0, 8.0]]> : tensor<1x2xf32> : tensor<1x2xf32>
    %d = rnn.constant "D" = dense<9.0> : tensor<1xf32> : tensor<1xf32>
    %one = rnn.constant "one" = dense<1.0> : tensor<f32> : tensor<f32>
    %sizes = rnn.constant "sizes" = dense<1> : tensor<2xi64> : tensor<2xi64>
    %xh = rnn.node "Concat" "xh"(%x, %h) {axis = 1 : i64} -> ["xh"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
    %a = rnn.node "Gemm" "a"(%xh, %w, %b) {} -> ["a"] : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
    %ru = rnn.node "Sigmoid" "ru"(%a) {} -> ["ru"] : (tensor<3x2xf32>) -> tensor<3x2xf32>
    %s:2 = rnn.node "Split" "split"(%ru, %sizes) {axis = -1 : i64} -> ["r", "u"] : (tensor<3x2xf32>, tensor<2xi64>) -> (tensor<3x1xf32>, tensor<3x1xf32>)
    %rh = rnn.node "Mul" "rh"(%s#0, %h) {} -> ["rh"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %xrh = rnn.node "Concat" "xrh"(%x, %rh) {axis = 1 : i64} -> ["xrh"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x2xf32>
    %ka = rnn.node "Gemm" "ka"(%xrh, %k, %d) {transB = 1 : i64} -> ["ka"] : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<3x1xf32>
    %n = rnn.node "Tanh" "n"(%ka) {} -> ["n"] : (tensor<3x1xf32>) -> tensor<3x1xf32>
    %un = rnn.node "Mul" "un"(%s#1, %n) {} -> ["un"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %nu = rnn.node "Sub" "nu"(%one, %s#1) {} -> ["nu"] : (tensor<f32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %kept = rnn.node "Mul" "kept"(%nu, %h) {} -> ["kept"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %next = rnn.node "Add" "next"(%kept, %un) {} -> ["H"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    return {rnn.names = ["H"]} %next : tensor<3x1xf32>
  }

  func.func @reset_product(%x: tensor<3x4xf32> {rnn.name = "x"}, %h: tensor<3x1xf32> {rnn.name = "h"}) -> tensor<3x1xf32> {
    %w = rnn.constant "W" = dense<0.5> : tensor<4x3xf32> : tensor<4x3xf32>
    %r = rnn.constant "R" = dense<0.25> : tensor<1x3xf32> : tensor<1x3xf32>
    %b = rnn.constant "B" = dense<1.0> : tensor<3xf32> : tensor<3xf32>
    %d = rnn.constant "D" = dense<2.0> : tensor<3xf32> : tensor<3xf32>
    %v0 = rnn.constant "v0" = dense<0> : tensor<1xi64> : tensor<1xi64>
    %v1 = rnn.constant "v1" = dense<1> : tensor<1xi64> : tensor<1xi64>
    %v2 = rnn.constant "v2" = dense<2> : tensor<1xi64> : tensor<1xi64>
    %v3 = rnn.constant "v3" = dense<3> : tensor<1xi64> : tensor<1xi64>
    %xa = rnn.node "Gemm" "xa"(%x, %w, %b) {} -> ["xa"] : (tensor<3x4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
    %ha = rnn.node "Gemm" "ha"(%h, %r, %d) {} -> ["ha"] : (tensor<3x1xf32>, tensor<1x3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
    %xr = rnn.node "Slice" "xr"(%xa, %v0, %v1, %v1) {} -> ["xr"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %xz = rnn.node "Slice" "xz"(%xa, %v1, %v2, %v1) {} -> ["xz"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %xn = rnn.node "Slice" "xn"(%xa, %v2, %v3, %v1) {} -> ["xn"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %hr = rnn.node "Slice" "hr"(%ha, %v0, %v1, %v1) {} -> ["hr"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %hz = rnn.node "Slice" "hz"(%ha, %v1, %v2, %v1) {} -> ["hz"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %hn = rnn.node "Slice" "hn"(%ha, %v2, %v3, %v1) {} -> ["hn"] : (tensor<3x3xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3x1xf32>
    %ar = rnn.node "Add" "ar"(%xr, %hr) {} -> ["ar"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %az = rnn.node "Add" "az"(%xz, %hz) {} -> ["az"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %rr = rnn.node "Sigmoid" "r"(%ar) {} -> ["r"] : (tensor<3x1xf32>) -> tensor<3x1xf32>
    %z = rnn.node "Sigmoid" "z"(%az) {} -> ["z"] : (tensor<3x1xf32>) -> tensor<3x1xf32>
    %rhn = rnn.node "Mul" "rhn"(%rr, %hn) {} -> ["rhn"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %an = rnn.node "Add" "an"(%xn, %rhn) {} -> ["an"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %n = rnn.node "Tanh" "n"(%an) {} -> ["n"] : (tensor<3x1xf32>) -> tensor<3x1xf32>
    %hmn = rnn.node "Sub" "hmn"(%h, %n) {} -> ["hmn"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %zhn = rnn.node "Mul" "zhn"(%z, %hmn) {} -> ["zhn"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    %next = rnn.node "Add" "next"(%n, %zhn) {} -> ["H"] : (tensor<3x1xf32>, tensor<3x1xf32>) -> tensor<3x1xf32>
    return {rnn.names = ["H"]} %next : tensor<3x1xf32>
  }
}
