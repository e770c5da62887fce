//===- SampleProgram.h - A program that uses every part of the container --------------------===//

#pragma once

#include "TestSupport.h"
#include "softdpu/isa/Program.h"

#include <cstring>

namespace softdpu::test {

/// Deterministic, for architecture tiny.
inline Program sampleProgram() {
  Program program;
  program.arch = archOf("tiny");
  program.format = {5, 8};
  program.model = "sample";
  program.instructions = wordsOf("m_rd\nm_wr mrf[0]\nend_chain\nv_rd netin\nv_wr addsub0[0]\nend_chain\nhalt\n"
                                 "loop s0\nv_rd netin\nmv_mul mrf[0], scale=-7\nvv_add addsub0[0]\nv_tanh mfu1\nv_wr netout\nend_chain\n"
                                 "end_loop\nhalt\n");
  for (unsigned i = 0; i < 8; ++i)
    program.loadNetIn.push_back(Half{uint16_t(0x3C00 + i)});
  for (unsigned i = 0; i < 8 * 2 * 5; ++i)
    program.weights.push_back(std::byte(i * 37));
  program.inputs = {{"text", ElementType::Int64, {{-1, "T"}, {1, ""}}}};
  program.outputs = {{"logits", ElementType::Float32, {{-1, "T"}, {1, ""}, {8, ""}}}};

  Tensor table{ElementType::Float32, {2, 8}, {}};
  for (float i = 0; i < 16; ++i) {
    std::byte bytes[sizeof(float)];
    std::memcpy(bytes, &i, sizeof(float));
    table.data.insert(table.data.end(), std::begin(bytes), std::end(bytes));
  }
  program.constants["embedding"] = table;
  program.constants["empty"] = Tensor{ElementType::Int64, {0, 3}, {}};
  program.constants["scalar"] = Tensor{ElementType::Bool, {}, {std::byte(1)}};
  program.constants["int8"] = Tensor{ElementType::Int8, {2}, {std::byte(0x80), std::byte(0x7F)}};
  program.constants["uint8"] = Tensor{ElementType::UInt8, {1}, {std::byte(0xFF)}};

  program.steps.push_back(HostStep{"Gather",
                                   "embed",
                                   {"embedding", "text"},
                                   {"x"},
                                   {{"axis", int64_t(0)},
                                    {"alpha", 0.5f},
                                    {"mode", std::string("linear")},
                                    {"perm", std::vector<int64_t>{1, 0}},
                                    {"scales", std::vector<float>{1, 2}}}});
  program.steps.push_back(DpuRegion{"rnn", 7, "x", {{"h0", 8, 0}}, {{"x", 8, 1}}, {{"y", 8, 0}}, {{"h", 8, 0}}});
  program.steps.push_back(HostStep{"Reshape", "", {"y", ""}, {"logits"}, {}});
  const Port chosen{"more", ElementType::Float32, {{-1, ""}, {8, ""}}};
  const HostBody then{{}, {chosen}, {HostStep{"Neg", "less", {"logits"}, {"more"}, {}}}}, otherwise{{}, {chosen}, {}};
  program.steps.push_back(HostStep{"If", "choose", {"scalar"}, {"chosen"}, {}, {then, otherwise}});
  program.debug = {{7, 15, "h", "rnn/GRU"}, {0, 7, "load", ""}};
  program.metadata = {{"author", "softdpu"}, {"licence", "Apache-2.0"}};
  return program;
}

} // namespace softdpu::test
