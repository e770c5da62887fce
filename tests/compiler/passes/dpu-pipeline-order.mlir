// RUN: softdpu-opt %s --dpu-pipeline | FileCheck %s
// Recurrences of several chains take turns, so that one fills the latency of another: both first chains, then both second ones.
// CHECK: dpu.chain "a0"
// CHECK: dpu.chain "b0"
// CHECK: dpu.chain "a1"
// CHECK: dpu.chain "b1"

module attributes {dpu.arch = "tiny"} {
  dpu.flow @region0 {
    dpu.buffer @a "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.buffer @at "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.buffer @b "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.buffer @bt "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.chain "a0" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@a, 1>
      dpu.v_wr #dpu.buffer<@at, 0>
    }
    dpu.chain "a1" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@at, 0>
      dpu.v_wr #dpu.buffer<@a, 0>
    }
    dpu.chain "b0" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@b, 1>
      dpu.v_wr #dpu.buffer<@bt, 0>
    }
    dpu.chain "b1" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@bt, 0>
      dpu.v_wr #dpu.buffer<@b, 0>
    }
  }
}
