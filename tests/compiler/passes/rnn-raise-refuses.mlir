// RUN: not softdpu-opt %s --rnn-raise 2>&1 | FileCheck %s
// Weights that are computed at run time are refused with a remedy.
// CHECK: node "rnn" (RNN): W is not constant; freeze the inputs that it depends on with --bind INPUT=FILE, or place the node on the CPU: --place rnn=cpu

module attributes {dpu.arch = "tiny"} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %w: tensor<1x2x3xf32> {rnn.name = "W"}) -> tensor<?x1x1x2xf32> {
    %r = rnn.constant "R" = dense<0.25> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
    %y = rnn.node "RNN" "rnn"(%x, %w, %r) {} -> ["Y"]
        : (tensor<?x1x3xf32>, tensor<1x2x3xf32>, tensor<1x2x2xf32>) -> tensor<?x1x1x2xf32>
    return {rnn.names = ["Y"]} %y : tensor<?x1x1x2xf32>
  }
}
