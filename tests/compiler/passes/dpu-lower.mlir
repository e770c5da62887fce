// RUN: softdpu-opt %s --dpu-lower | FileCheck %s
// An LSTM is two matrix-vector products, all gates in the order o, f, i, candidate, and pointwise dataflow with a delay for each state.
// CHECK:       %{{.*}} = dpu.run @region0(%arg0)
// CHECK:       dpu.matrix @region0.0.W {blocks = array<i64: 1, 2, 0, 3>, cols = 3 : i64, node = "lstm", rows = 2 : i64, tails = 4 : i64, values = dense<5.000000e-01> : tensor<8x3xf32>}
// CHECK:       dpu.matrix @region0.1.R
// CHECK-SAME:  recurrent = true
// CHECK-LABEL: dpu.flow @region0
// CHECK:       %[[X:.*]] = dpu.input "X" : vector<3xf16>
// CHECK:       dpu.matvec @region0.0.W * %[[X]]
// CHECK:       dpu.constant "xo.bias" = dense<2.500000e-01> : vector<2xf16>
// CHECK:       %[[HP:.*]] = dpu.delay %[[H:.*]] : vector<2xf16>
// CHECK:       %[[CP:.*]] = dpu.delay %[[C:.*]] : vector<2xf16>
// CHECK:       dpu.matvec @region0.1.R * %[[HP]]
// CHECK:       dpu.pointwise "mul"(%{{.*}}, %[[CP]]) {label = "fc"
// CHECK:       %[[C]] = dpu.pointwise "add"(%{{.*}}, %{{.*}}) {label = "c"
// CHECK:       %[[H]] = dpu.pointwise "mul"(%{{.*}}, %{{.*}}) {label = "h"
// CHECK:       dpu.output %[[H]] to "Y"
// CHECK:       dpu.final %[[C]] : vector<2xf16> to "Yc"

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
