// RUN: softdpu-opt %s --dpu-lower --dpu-form-chains | FileCheck %s
// With three MFUs the whole LSTM cell is one chain: a second v_rd would cost a trip through the pipe. c leaves at the tap before the last MFU.
// CHECK:       dpu.chain "R" "lstm" attributes {mantissa = 7 : i64, rows = 1 : i64}
// CHECK-NEXT:  dpu.v_rd #dpu.buffer<@"lstm/h.initial", 1>
// CHECK-NEXT:  dpu.mv_mul @region0.1.R
// CHECK-SAME:  tails = 4
// CHECK-NOT:   dpu.v_rd
// CHECK:       dpu.vv_add #dpu.buffer<@"lstm/xg.addsub0", 0>
// CHECK-NEXT:  dpu.v_tanh 0
// CHECK-NEXT:  dpu.vv_mul #dpu.buffer<@"lstm/i.multiply0", 0>
// CHECK-NEXT:  dpu.vv_add #dpu.buffer<@"lstm/fc.addsub1", 0>
// CHECK-NEXT:  dpu.v_wr #dpu.buffer<@"lstm/c.multiply0", 0>
// CHECK-NEXT:  dpu.v_tanh 2
// CHECK-NEXT:  dpu.vv_mul #dpu.buffer<@"lstm/o.multiply2", 0>
// CHECK-NEXT:  dpu.v_wr #dpu.place<netout>
// CHECK-NEXT:  dpu.v_wr #dpu.buffer<@"lstm/h.initial", 0>
// CHECK-NEXT:  }
// CHECK-NOT:   dpu.chain
// CHECK:       dpu.final @"lstm/c.multiply0" to "Yc"

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
