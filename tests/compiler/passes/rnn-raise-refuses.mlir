// RUN: sed 's/PLACE/dpu/' %s | not softdpu-opt --rnn-raise 2>&1 | FileCheck %s --check-prefix=DPU
// RUN: sed 's/PLACE/cpu/' %s | softdpu-opt --rnn-raise | FileCheck %s --check-prefix=CPU
// RUN: sed 's/"rnn" = "PLACE"//' %s | softdpu-opt --rnn-raise | FileCheck %s --check-prefix=NONE
// What the DPU cannot do stays a host step that knows why; a node that the user wants on the DPU is refused with the same words.
// DPU: node "rnn" (RNN): is placed on the DPU, but W is not constant; freeze the inputs that it depends on with --bind INPUT=FILE
// CPU-NOT: rnn.why
// NONE: rnn.node "RNN"
// NONE-SAME: rnn.why = "W is not constant; freeze the inputs that it depends on with --bind INPUT=FILE"

module attributes {dpu.arch = "tiny", rnn.placement = {"rnn" = "PLACE"}} {
  func.func @model(%x: tensor<?x1x3xf32> {rnn.name = "X"}, %w: tensor<1x2x3xf32> {rnn.name = "W"}) -> tensor<?x1x1x2xf32> {
    %r = rnn.constant "R" = dense<0.25> : tensor<1x2x2xf32> : tensor<1x2x2xf32>
    %y = rnn.node "RNN" "rnn"(%x, %w, %r) {} -> ["Y"]
        : (tensor<?x1x3xf32>, tensor<1x2x3xf32>, tensor<1x2x2xf32>) -> tensor<?x1x1x2xf32>
    return {rnn.names = ["Y"]} %y : tensor<?x1x1x2xf32>
  }
}
