// RUN: softdpu-opt %s --dpu-quantise | FileCheck %s
// The largest box gets exponent 31; rows are padded to whole native vectors of 8. 0.5 = 64 * 2^(31 - 38).
// CHECK:      exponents = dense<{{\[\[}}31], [29], [0], [0], [0], [0], [0], [0]]> : tensor<8x1xi8>
// CHECK-SAME: scale = -38 : i64
// CHECK-NOT:  values

module attributes {dpu.arch = "tiny"} {
  dpu.matrix @m {blocks = array<i64: 0>, cols = 2 : i64, node = "n", rows = 2 : i64, tails = 1 : i64, values = dense<[[[0.5, -0.25], [0.125, 0.0]]]> : tensor<1x2x2xf32>}
}
