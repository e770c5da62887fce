// RUN: not softdpu-opt %s --dpu-tile 2>&1 | FileCheck %s
// CHECK: node "n": a matrix has 200 columns, 25 native vectors; architecture tiny takes at most 16 (max_columns). Choose a larger architecture, or place the node on the CPU: --place n=cpu

module attributes {dpu.arch = "tiny"} {
  dpu.matrix @m {cols = 200 : i64, node = "n", rows = 8 : i64, tails = 1 : i64}
}
