// RUN: softdpu-opt %s --dpu-lower --dpu-form-chains --dpu-pipeline | FileCheck %s
// The input projection works one step ahead of the cell, which comes first in an iteration: the projection fills its latency.
// CHECK-LABEL: dpu.flow @region0 attributes {{.*}}stages = 2 : i64
// CHECK:       dpu.chain "R" "lstm"
// CHECK-SAME:  stage = 1
// CHECK:       dpu.chain "W" "lstm"
// CHECK-SAME:  stage = 0

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> (tensor<?x1x2xf32>, tensor<1x2xf32>) {
    %y:2 = rnn.region "region0"(%x) {inputNames = ["X"], names = ["Y", "Yc"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> (tensor<?x1x2xf32>, tensor<1x2xf32>) {
    ^bb0(%step: vector<3xf32>):
      %h:3 = rnn.lstm "lstm"(%step) {activations = ["Sigmoid", "Tanh", "Tanh"], bias = dense<0.125> : tensor<16xf32>, input = dense<0.5> : tensor<8x3xf32>, names = ["Y", "", "Yc"], recurrent = dense<0.25> : tensor<8x2xf32>} : vector<3xf32> -> vector<2xf32>, vector<2xf32>, vector<2xf32>
      rnn.yield 1 of %h#0, %h#2 : vector<2xf32>, vector<2xf32>
    }
    return {rnn.names = ["Y", "Yc"]} %y#0, %y#1 : tensor<?x1x2xf32>, tensor<1x2xf32>
  }
}
