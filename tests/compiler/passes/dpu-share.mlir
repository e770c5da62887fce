// RUN: softdpu-opt %s --dpu-lower --dpu-share | FileCheck %s
// Two regions that compute the same become two runs of one flow, each with its own tensors; equal weights are one matrix.
// CHECK:      dpu.run @region0(%arg0) {inputNames = ["X"], names = ["x.h"]}
// CHECK:      dpu.run @region0(%arg1) {inputNames = ["X"], names = ["z.h"], ports = ["x.h"], region = "region1"}
// A third has another activation: a flow of its own, on the same matrices.
// CHECK:      dpu.run @region2(%arg1) {inputNames = ["Z"], names = ["r.h"]}
// CHECK-COUNT-2: dpu.matrix
// CHECK-NOT:  dpu.matrix
// CHECK:      dpu.flow @region0
// CHECK-NOT:  dpu.flow @region1
// CHECK:      dpu.flow @region2

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %z: tensor<?x1x3xf32> {rnn.name = "Z"}) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
    %a = rnn.region "region0"(%x) {inputNames = ["X"], names = ["x.h"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> tensor<1x2xf32> {
    ^bb0(%step: vector<3xf32>):
      %h:2 = rnn.simple "x"(%step) {activations = ["Tanh"], input = dense<0.5> : tensor<2x3xf32>, names = ["", "x.h"], recurrent = dense<0.25> : tensor<2x2xf32>} : vector<3xf32> -> vector<2xf32>, vector<2xf32>
      rnn.yield 0 of %h#1 : vector<2xf32>
    }
    %b = rnn.region "region1"(%z) {inputNames = ["Z"], names = ["z.h"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> tensor<1x2xf32> {
    ^bb0(%step: vector<3xf32>):
      %h:2 = rnn.simple "z"(%step) {activations = ["Tanh"], input = dense<0.5> : tensor<2x3xf32>, names = ["", "z.h"], recurrent = dense<0.25> : tensor<2x2xf32>} : vector<3xf32> -> vector<2xf32>, vector<2xf32>
      rnn.yield 0 of %h#1 : vector<2xf32>
    }
    %c = rnn.region "region2"(%z) {inputNames = ["Z"], names = ["r.h"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> tensor<1x2xf32> {
    ^bb0(%step: vector<3xf32>):
      %h:2 = rnn.simple "r"(%step) {activations = ["Relu"], input = dense<0.5> : tensor<2x3xf32>, names = ["", "r.h"], recurrent = dense<0.25> : tensor<2x2xf32>} : vector<3xf32> -> vector<2xf32>, vector<2xf32>
      rnn.yield 0 of %h#1 : vector<2xf32>
    }
    return {rnn.names = ["x.h", "z.h", "r.h"]} %a, %b, %c : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
  }
}
