// RUN: softdpu-opt %s --dpu-pipeline | FileCheck %s
// Two stages of the finest pipeline in one: all first halves come before all second halves, so that what depends on each other stays apart.
// CHECK: dpu.flow @region0 attributes {stages = 2 : i64}
// CHECK: dpu.chain "s0" "" attributes {{.*}}stage = 0
// CHECK: dpu.chain "s2" "" attributes {{.*}}stage = 1
// CHECK: dpu.chain "s1" "" attributes {{.*}}stage = 0
// CHECK: dpu.chain "s3" "" attributes {{.*}}stage = 1

module attributes {dpu.arch = "tiny", dpu.merged_stages = 2 : i64} {
  dpu.flow @region0 {
    dpu.buffer @a "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.buffer @b "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.buffer @c "initial" {features = 2 : i64, vectors = 1 : i64}
    dpu.chain "s0" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.place<netin>
      dpu.v_wr #dpu.buffer<@a, 0>
    }
    dpu.chain "s1" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@a, 0>
      dpu.v_wr #dpu.buffer<@b, 0>
    }
    dpu.chain "s2" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@b, 0>
      dpu.v_wr #dpu.buffer<@c, 0>
    }
    dpu.chain "s3" "" attributes {rows = 1 : i64} {
      dpu.v_rd #dpu.buffer<@c, 0>
      dpu.v_wr #dpu.place<netout>
    }
  }
}
