// RUN: softdpu-opt %s --rnn-partition | FileCheck %s
// Two layers with a view in between are one region; a host operator in between makes two. Inside, values are vectors of one step.
// CHECK-LABEL: @together
// CHECK:       %[[R:.*]] = rnn.region "region0"(%arg0) {inputNames = ["X"], names = ["dpu.Y1"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> tensor<?x1x2xf32>
// CHECK:       ^bb0(%[[X:.*]]: vector<3xf32>):
// CHECK-NEXT:    %[[Y0:.*]]:2 = rnn.simple "a"(%[[X]])
// CHECK-NEXT:    %[[Y1:.*]]:2 = rnn.simple "b"(%[[Y0]]#0)
// CHECK-NEXT:    rnn.yield 1 of %[[Y1]]#0 : vector<2xf32>
// CHECK:       rnn.node "Unsqueeze" "b"(%[[R]]
// CHECK-LABEL: @apart
// CHECK:       rnn.region "region0"
// CHECK:       rnn.node "Softmax"
// CHECK:       rnn.region "region1"

module attributes {dpu.arch = "tiny"} {
  func.func @together(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> tensor<?x1x1x2xf32> {
    %y0:2 = rnn.simple "a"(%x) {activations = ["Tanh"], input = dense<0.5> : tensor<2x3xf32>, names = ["Y0", ""], recurrent = dense<0.5> : tensor<2x2xf32>} : tensor<?x1x3xf32> -> tensor<?x1x1x2xf32>, tensor<1x1x2xf32>
    %v = rnn.view "view"(%y0#0) {dimensions = "TBF", names = ["v"]} : tensor<?x1x1x2xf32> -> tensor<?x1x2xf32>
    %y1:2 = rnn.simple "b"(%v) {activations = ["Tanh"], input = dense<0.5> : tensor<2x2xf32>, names = ["Y1", ""], recurrent = dense<0.5> : tensor<2x2xf32>} : tensor<?x1x2xf32> -> tensor<?x1x1x2xf32>, tensor<1x1x2xf32>
    return {rnn.names = ["Y1"]} %y1#0 : tensor<?x1x1x2xf32>
  }
  func.func @apart(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> tensor<?x1x2xf32> {
    %l0 = rnn.linear "a"(%x) {names = ["l0"], weights = dense<0.5> : tensor<2x3xf32>} : tensor<?x1x3xf32> -> tensor<?x1x2xf32>
    %s = rnn.node "Softmax" "softmax"(%l0) {axis = 2 : i64} -> ["s"] : (tensor<?x1x2xf32>) -> tensor<?x1x2xf32>
    %l1 = rnn.linear "b"(%s) {names = ["l1"], weights = dense<0.5> : tensor<2x2xf32>} : tensor<?x1x2xf32> -> tensor<?x1x2xf32>
    return {rnn.names = ["l1"]} %l1 : tensor<?x1x2xf32>
  }
}
