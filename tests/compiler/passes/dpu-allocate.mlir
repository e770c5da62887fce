// RUN: softdpu-opt %s --dpu-allocate | FileCheck %s
// Constants first; rings of equal depth stand side by side, so that one register serves them: step t of @a is at 2 + (t mod 2) * 3.
// CHECK: dpu.buffer @a "initial" {base = 2 : i64, depth = 2 : i64, features = 8 : i64, stride = 3 : i64, vectors = 1 : i64}
// CHECK: dpu.buffer @b "initial" {base = 3 : i64, depth = 2 : i64, features = 16 : i64, stride = 3 : i64, vectors = 2 : i64}
// CHECK: dpu.buffer @c "initial" {base = 1 : i64, features = 8 : i64
// CHECK: dpu.buffer @one "initial" {base = 0 : i64

module attributes {dpu.arch = "tiny"} {
  dpu.flow @f {
    dpu.buffer @a "initial" {depth = 2 : i64, features = 8 : i64, vectors = 1 : i64}
    dpu.buffer @b "initial" {depth = 2 : i64, features = 16 : i64, vectors = 2 : i64}
    dpu.buffer @c "initial" {features = 8 : i64, vectors = 1 : i64}
    dpu.buffer @one "initial" {constant = dense<1.0> : vector<8xf16>, features = 8 : i64, vectors = 1 : i64}
  }
}
