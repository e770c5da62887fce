// RUN: not softdpu-opt %s --dpu-quantise 2>&1 | FileCheck %s
// A format must fit the boxes and multipliers of the architecture.
// CHECK: format msfp12 has boxes of 16 and 3 mantissa bits; architecture tiny has boxes of 8 and at most 7 mantissa bits

module attributes {dpu.arch = "tiny", dpu.format = "msfp12"} {
}
