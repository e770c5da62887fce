// RUN: softdpu-opt %s --dpu-tile | FileCheck %s
// 768 x 256 on edge (64-wide tiles, 4 engines, 4 chunks a tile): 12 x 4 tiles. All engines share a row tile, because that gives results soonest; the
// recurrent matrix starts column by column, which its 12 row passes allow.
// CHECK:      dpu.matrix @recurrent {cols = 256 : i64, group = 4 : i64, node = "n", order = "column", recurrent = true, rows = 256 : i64, tails = 3 : i64, tileCols = 4 : i64, tileRows = 12 : i64}
// A single column leaves nothing to share: each engine takes its own row.
// CHECK:      dpu.matrix @narrow {cols = 64 : i64, group = 1 : i64, node = "n", order = "row"

module attributes {dpu.arch = "edge"} {
  dpu.matrix @recurrent {cols = 256 : i64, node = "n", recurrent = true, rows = 256 : i64, tails = 3 : i64}
  dpu.matrix @narrow {cols = 64 : i64, node = "n", rows = 256 : i64, tails = 3 : i64}
}
