// RUN: softdpu-opt %s --dpu-lower --dpu-quantise --dpu-tile --dpu-form-chains --dpu-pipeline --dpu-allocate --dpu-sequence | FileCheck %s
// Two stages: a prologue of one guarded iteration, the loop over T - 1 steps, an epilogue of one. States begin with zeros from a constant, and c, which
// only a multiplier can read, leaves through a multiplication by one.
// CHECK-LABEL: dpu.sequence @load
// CHECK:       dpu.m_rd
// CHECK-NEXT:  dpu.m_wr 0
// CHECK:       dpu.halt
// CHECK-LABEL: dpu.sequence @region0
// CHECK-SAME:  finalOutputs = [{features = 2 : i64, lag = 0 : i64, tensor = "Yc"}]
// CHECK-SAME:  sequenceInputs = [{features = 3 : i64, lag = 0 : i64, tensor = "X"}]
// CHECK-SAME:  sequenceOutputs = [{features = 2 : i64, lag = 1 : i64, tensor = "Y"}]
// CHECK-COUNT-2: dpu.chain "initial "
// CHECK:       dpu.loop s 0 plus 0 attributes {max = 1 : i64}
// CHECK-NEXT:  dpu.chain "W"
// CHECK:       dpu.loop s 0 plus -1 {
// CHECK-NEXT:  dpu.chain "R"
// CHECK:       dpu.chain "W"
// CHECK:       dpu.loop s 0 plus 0 attributes {max = 1 : i64}
// CHECK-NEXT:  dpu.chain "R"
// CHECK:       dpu.chain "final Yc"
// CHECK-NEXT:  dpu.v_rd #dpu.place<initial[{{[0-9]+}}]>
// CHECK-NEXT:  dpu.vv_mul #dpu.place<multiply0[{{[0-9]+}}]>
// CHECK-NEXT:  dpu.v_wr #dpu.place<netout>
// CHECK:       dpu.halt

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
