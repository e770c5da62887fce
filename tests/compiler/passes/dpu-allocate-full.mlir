// RUN: not softdpu-opt %s --dpu-allocate 2>&1 | FileCheck %s
// CHECK: the weights need 200 native tiles in every tile engine; architecture tiny has 128 (mrf_tiles). Choose a larger architecture, or place nodes on the CPU: --place NODE=cpu

module attributes {dpu.arch = "tiny"} {
  dpu.matrix @m {cols = 80 : i64, group = 2 : i64, node = "n", order = "row", rows = 320 : i64, tails = 1 : i64, tileCols = 10 : i64, tileRows = 40 : i64}
}
