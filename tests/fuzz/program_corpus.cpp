//===- program_corpus.cpp - Writes the seed corpus of program_loader -----------------------===//
//
// program_corpus DIRECTORY: the first byte of each file says what the others are, see program_loader.cpp.
//
//===-------------------------------------------------------------------------------------===//

#include "../isa/SampleProgram.h"
#include "Container.h"

#include <fstream>

using namespace softdpu;

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  auto write = [&](const char *name, char kind, std::span<const std::byte> bytes) {
    std::ofstream file(std::filesystem::path(argv[1]) / name, std::ios::binary);
    file.put(kind);
    file.write(reinterpret_cast<const char *>(bytes.data()), std::streamsize(bytes.size()));
  };
  auto writeText = [&](const char *name, char kind, const std::string &text) { write(name, kind, std::as_bytes(std::span(text))); };

  Program program = test::sampleProgram();
  write("sample.file", 'f', serialiseProgram(program));
  write("sample.model", 'm', program::writeModel(program));
  write("sample.words", 'w', std::as_bytes(std::span(program.instructions)));
  writeText("sample.assembly", 's', disassemble(program.instructions));
  writeText("every.assembly", 's',
            "a_wr a3, base=4, stride=2, length=8\nloop s0-1, max=1\nv_rd initial[a3+4]\nmv_mul mrf[1], group=2, tails=2, scale=-20, "
            "order=column\nvv_max addsub0[a3-1]\nv_wr addsub1[2]\nv_one_minus_sigm mfu2\nv_wr netout\nnext_tail\nvv_mul multiply2[7]\n"
            "v_wr multiply1[0x3]\nend_chain\nend_loop a3, a31\nm_rd\nm_wr mrf[0], group=1\nend_chain\n.word 0x54 # halt\n");
  for (const char *name : {"tiny", "bw_s10"})
    writeText(fmt::format("{}.arch", name).c_str(), 'a', canonicalArch(test::archOf(name)));
}
