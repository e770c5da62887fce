//===- BadInputTest.cpp - Whatever is wrong: one clear line, exit code 2 -----------------===//

#include "Container.h"
#include "Tool.h"

#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <random>

namespace softdpu {
namespace {

using test::charlm;
using test::softdpu;
using testing::HasSubstr;

class BadInput : public testing::Test {
protected:
  /// The promise that every test here keeps.
  void expectRefusal(const std::string &arguments, const std::string &part) {
    const auto result = softdpu(arguments);
    EXPECT_EQ(result.exitCode, 2) << arguments << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr(part)) << arguments;
    EXPECT_THAT(result.err, testing::StartsWith("softdpu")) << arguments;
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << arguments << "\n" << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }

  /// A program for `tiny` with one input, x [T, 1, 8], which comes back as its sigmoid.
  std::string program(const std::string &name = "good.dpu") {
    Program program;
    program.arch = loadArch("tiny").value();
    program.format = {7, 8};
    program.model = "sigmoid";
    program.instructions = assemble("halt\nloop s0\nv_rd netin\nv_sigm mfu0\nv_wr netout\nend_chain\nend_loop\nhalt\n", "test").value();
    const Dimension t{-1, "T"}, one{1, ""}, eight{8, ""};
    program.inputs = {{"x", ElementType::Float32, {t, one, eight}}};
    program.outputs = {{"y", ElementType::Float32, {t, one, eight}}};
    program.steps = {DpuRegion{"r", 1, "x", {}, {{"x", 8, 0}}, {{"y", 8, 0}}, {}}};
    const auto written = writeProgram(program, directory / name);
    EXPECT_TRUE(written) << written.error().message;
    return directory / name;
  }

  std::string tensor(const std::string &name, const Tensor &value) {
    EXPECT_TRUE(writeNpy(value, directory / name));
    return directory / name;
  }

  test::TemporaryDirectory directory;
};

TEST_F(BadInput, TheGoodProgramRuns) {
  const auto x = tensor("x.npy", tensorOf<float>({1, 1, 8}, {0, 0, 0, 0, 0, 0, 0, 0}));
  const auto result = softdpu("run " + program() + " --input x=" + x);
  EXPECT_EQ(result.exitCode, 0) << result.err;
}

TEST_F(BadInput, Usage) {
  expectRefusal("", "subcommand");
  expectRefusal("fly", "there is no command \"fly\"; there are compile, info");
  expectRefusal("info", "PROGRAM");
  expectRefusal("info x.dpu --sideways", "--sideways");
  expectRefusal("run " + program() + " --engine fpga", "there is no engine \"fpga\"; there are functional, systemc, rtl, cpu");
  expectRefusal("verify", "give a model");
  expectRefusal("simulate " + program() + " --engine functional", "it has no cycles");
  expectRefusal("simulate " + program() + " --steps -1", "--steps");
  expectRefusal("simulate " + program() + " --engine systemc --wave x.fst", "--wave needs --engine rtl; systemc has no signals");
}

TEST_F(BadInput, MissingFiles) {
  const std::string none = directory / "none";
  expectRefusal("info " + none + ".dpu", none + ".dpu");
  expectRefusal("run " + program() + " --input x=" + none + ".npy", "No such file or directory");
  expectRefusal("asm " + none + ".s -o x.dpu --arch tiny", none + ".s");
  expectRefusal("info " + (directory / "."), "");
  expectRefusal("arch nonesuch", "nonesuch");
}

TEST_F(BadInput, TruncatedProgram) {
  const auto bytes = readFile(program()).value();
  for (size_t size = 0; size < bytes.size(); size += 97) {
    ASSERT_TRUE(writeFile(directory / "cut.dpu", std::span(bytes).first(size)));
    expectRefusal("info " + (directory / "cut.dpu"), "cut.dpu");
  }
}

TEST_F(BadInput, CorruptedProgram) {
  const auto bytes = readFile(program()).value();
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    auto damaged = bytes;
    // A whole line of noise, so that no padding hides all of it.
    const size_t begin = random() % (bytes.size() - 32);
    for (size_t j = 0; j < 32; ++j)
      damaged[begin + j] ^= std::byte(1 + random() % 255);
    ASSERT_TRUE(writeFile(directory / "damaged.dpu", damaged));
    expectRefusal("info " + (directory / "damaged.dpu"), "damaged.dpu");
  }
}

TEST_F(BadInput, ProgramOfAnotherVersion) {
  const Program good = readProgram(program()).value();
  const auto expectVersionRefusal = [&](auto change, const std::string &message) {
    program::Header header{.fingerprint = fingerprint(good.arch), .config = canonicalArch(good.arch)};
    change(header);
    const auto model = program::writeModel(good);
    const auto bytes = program::writeContainer(header, {model, std::as_bytes(std::span(good.instructions)), {}, {}});
    const std::string file = directory / "other.dpu";
    ASSERT_TRUE(writeFile(file, bytes));
    const auto x = tensor("x.npy", tensorOf<float>({1, 1, 8}, {0, 0, 0, 0, 0, 0, 0, 0}));
    for (const std::string &command : {"info " + file, "disasm " + file, "verify " + file, "run " + file + " --input x=" + x})
      expectRefusal(command, ": " + file + ": " + message + "\n");
  };
  const ProgramVersion mine = currentProgramVersion();
  const auto versions = [](unsigned major, unsigned minor) { return fmt::format("{}.{}", major, minor); };
  const std::string reads = fmt::format("this softdpu reads {}.0 to {}; ", mine.formatMajor, versions(mine.formatMajor, mine.formatMinor));
  const std::string remedy = "update softdpu, or recompile the model with this one";
  expectVersionRefusal([](program::Header &header) { ++header.version.formatMajor; },
                       fmt::format("program format {} found, {}{}", versions(mine.formatMajor + 1, mine.formatMinor), reads, remedy));
  expectVersionRefusal(
      [](program::Header &header) { --header.version.formatMajor; },
      fmt::format("program format {} found, {}recompile the model", versions(mine.formatMajor - 1, mine.formatMinor), reads));
  expectVersionRefusal([](program::Header &header) { ++header.version.formatMinor; },
                       fmt::format("program format {} found, {}{}", versions(mine.formatMajor, mine.formatMinor + 1), reads, remedy));
  expectVersionRefusal([](program::Header &header) { ++header.version.isaMinor; },
                       fmt::format("instruction set {} found, this softdpu reads {}.0 to {}; {}",
                                   versions(mine.isaMajor, mine.isaMinor + 1), mine.isaMajor, versions(mine.isaMajor, mine.isaMinor),
                                   remedy));
  expectVersionRefusal([](program::Header &header) { header.features = uint64_t(1) << 40; },
                       fmt::format("needs features 0x10000000000, this softdpu knows 0x{:x}; {}", program::knownFeatures, remedy));
}

TEST_F(BadInput, NoProgramAtAll) {
  ASSERT_TRUE(writeFile(directory / "text.dpu", std::as_bytes(std::span("this is no program"))));
  expectRefusal("info " + (directory / "text.dpu"), "text.dpu");
}

TEST_F(BadInput, ProgramForAnotherArchitecture) {
  const auto x = tensor("x.npy", tensorOf<float>({1, 1, 8}, {0, 0, 0, 0, 0, 0, 0, 0}));
  expectRefusal("run " + program() + " --arch small --input x=" + x, "tiny");
  expectRefusal("verify " + program() + " --arch small", "small");
}

TEST_F(BadInput, Inputs) {
  const std::string run = "run " + program() + " --input ";
  expectRefusal("run " + program(), "input \"x\" is missing: expected float32 [T, 1, 8]");
  expectRefusal(run + "x=" + tensor("shape.npy", tensorOf<float>({2, 8}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})),
                "input \"x\" is float32 [2, 8], expected float32 [T, 1, 8]");
  expectRefusal(run + tensor("nan.npy", tensorOf<float>({1, 1, 8}, {0, 0, 0, 0, 0, NAN, 0, 0})), "input \"x\" has nan at index 5");
  expectRefusal(run + tensor("inf.npy", tensorOf<float>({1, 1, 8}, {-INFINITY, 0, 0, 0, 0, 0, 0, 0})), "input \"x\" has -inf at index 0");
  expectRefusal(run + tensor("type.npy", tensorOf<int32_t>({1, 1, 8}, {0, 0, 0, 0, 0, 0, 0, 0})), "input \"x\" is int32");
  expectRefusal(run + "y=" + tensor("y.npy", tensorOf<float>({1}, {0})), "y=");
  ASSERT_TRUE(writeFile(directory / "garbage.npy", std::as_bytes(std::span("garbage"))));
  expectRefusal(run + (directory / "garbage.npy"), "not an .npy file");
}

TEST_F(BadInput, RtlForAnArchitectureThatWasNotBuilt) {
  Arch arch = loadArch("tiny").value();
  std::string text = canonicalArch(arch);
  text.replace(text.find("initial_vrf = 64"), 16, "initial_vrf = 63");
  ASSERT_TRUE(writeFile(directory / "other.toml", std::as_bytes(std::span(text))));
  expectRefusal("verify --random 1 --engines rtl --arch " + (directory / "other.toml"), "no RTL for architecture");
}

TEST_F(BadInput, Assembly) {
  const std::string text = "v_rd netin\n  v_fly mfu0\n";
  ASSERT_TRUE(writeFile(directory / "bad.s", std::as_bytes(std::span(text))));
  expectRefusal("asm " + (directory / "bad.s") + " -o " + (directory / "bad.dpu") + " --arch tiny", "v_fly");
  const std::string open = "v_rd netin\n";
  ASSERT_TRUE(writeFile(directory / "open.s", std::as_bytes(std::span(open))));
  expectRefusal("asm " + (directory / "open.s") + " -o " + (directory / "open.dpu") + " --arch tiny", "open.s");
}

#ifdef SOFTDPU_HAS_COMPILER
TEST_F(BadInput, Models) {
  const std::string output = " -o " + (directory / "x.dpu");
  expectRefusal("compile " + (directory / "none.onnx") + output, "none.onnx");
  expectRefusal("compile " + charlm("charlm_gru.onnx"), "-o OUT.dpu");
  expectRefusal("compile " + charlm("charlm_gru.onnx") + output + " --arch tiny", "tiny");
  expectRefusal("compile " + charlm("charlm_gru_tiny.onnx") + output + " --arch tiny --format fp4", "fp4");
  expectRefusal("compile " + charlm("charlm_gru_tiny.onnx") + output + " --arch tiny --place nonesuch=cpu", "nonesuch");
  expectRefusal("compile /usr/share/libonnx-testdata/data/node/test_det_2d/model.onnx" + output, "(Det)");
  expectRefusal("compile " + charlm("heldout.txt") + output, "heldout.txt");
  const auto bytes = readFile(charlm("charlm_gru_tiny.onnx")).value();
  ASSERT_TRUE(writeFile(directory / "cut.onnx", std::span(bytes).first(bytes.size() / 2)));
  expectRefusal("compile " + (directory / "cut.onnx") + output, "cut.onnx");
}

TEST_F(BadInput, NanInWeights) {
  const auto bytes = readFile(charlm("charlm_gru_tiny.onnx")).value();
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromArray(bytes.data(), int(bytes.size())));
  for (auto &initializer : *model.mutable_graph()->mutable_initializer()) {
    if (initializer.dims_size() != 3)
      continue;
    ASSERT_TRUE(initializer.has_raw_data());
    std::memcpy(initializer.mutable_raw_data()->data() + 4 * 5, "\x00\x00\xC0\x7F", 4);
  }
  const std::string changed = model.SerializeAsString();
  ASSERT_TRUE(writeFile(directory / "nan.onnx", std::as_bytes(std::span(changed))));
  expectRefusal("compile " + (directory / "nan.onnx") + " -o " + (directory / "x.dpu") + " --arch tiny", "nan");
}

TEST_F(BadInput, Verify) {
  const std::string verify = "verify " + charlm("charlm_gru_tiny.onnx") + " --arch tiny ";
  expectRefusal(verify + "--engines cpu", "cpu");
  expectRefusal(verify + "--engines functional,fpga", "fpga");
  expectRefusal(verify + "--dim T", "--dim T");
  expectRefusal(verify + "--random 3", "not both");
  const auto tokens = tensor("tokens.npy", tensorOf<int64_t>({2, 1}, {0, 73}));
  expectRefusal(verify + "--input tokens=" + tokens, "index 73 at position 1 is out of range");
}

TEST_F(BadInput, Bpc) {
  const std::string bpc = "bpc " + charlm("charlm_gru_tiny.onnx") + " --arch tiny --text ";
  expectRefusal(bpc + (directory / "none.txt"), "none.txt");
  ASSERT_TRUE(writeFile(directory / "strange.txt", std::as_bytes(std::span("ab\x01"))));
  expectRefusal(bpc + (directory / "strange.txt"), "which is not in the model's vocabulary");
}
#endif

} // namespace
} // namespace softdpu
