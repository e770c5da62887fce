// RUN: softdpu-opt %s --dpu-lower --dpu-form-chains | FileCheck %s
// With two MFUs an LSTM cell takes two trips: c goes through InitialVrf. The operations and their order stay the same.
// CHECK:       dpu.chain "R" "lstm"
// CHECK:       dpu.vv_add #dpu.buffer<@"lstm/fc.addsub1", 0>
// CHECK-NEXT:  dpu.v_wr #dpu.buffer<@"lstm/c.multiply0", 0>
// CHECK-NEXT:  dpu.v_wr #dpu.buffer<@"lstm/c.initial", 0>
// CHECK-NEXT:  }
// CHECK-NEXT:  dpu.chain "lstm/h" "lstm"
// CHECK-NEXT:  dpu.v_rd #dpu.buffer<@"lstm/c.initial", 0>
// CHECK-NEXT:  dpu.v_tanh 0
// CHECK-NEXT:  dpu.vv_mul #dpu.buffer<@"lstm/o.multiply0", 0>
// CHECK-NEXT:  dpu.v_wr #dpu.place<netout>

module attributes {dpu.arch = "small"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}) -> (tensor<?x1x2xf32>, tensor<1x2xf32>) {
    %y:2 = rnn.region "region0"(%x) {inputNames = ["X"], names = ["Y", "Yc"], sequences = 1 : i64} : (tensor<?x1x3xf32>) -> (tensor<?x1x2xf32>, tensor<1x2xf32>) {
    ^bb0(%step: vector<3xf32>):
      %h:3 = rnn.lstm "lstm"(%step) {activations = ["Sigmoid", "Tanh", "Tanh"], bias = dense<0.125> : tensor<16xf32>, input = dense<0.5> : tensor<8x3xf32>, names = ["Y", "", "Yc"], recurrent = dense<0.25> : tensor<8x2xf32>} : vector<3xf32> -> vector<2xf32>, vector<2xf32>, vector<2xf32>
      rnn.yield 1 of %h#0, %h#2 : vector<2xf32>, vector<2xf32>
    }
    return {rnn.names = ["Y", "Yc"]} %y#0, %y#1 : tensor<?x1x2xf32>, tensor<1x2xf32>
  }
}
