//===- StreamTest.cpp - Sessions that go on, sessions side by side, lengths of all sizes ---===//
//
// The C++ API as a service uses it: a trained model, compiled once, in sessions that run piece by piece and at the same time.
//
//===-------------------------------------------------------------------------------------===//

#include "Models.h"

#include "softdpu/host_runtime/Tensors.h"

#include <gmock/gmock.h>

#include <fstream>
#include <thread>

namespace softdpu::test {
namespace {

Program compiled(const std::string &model, const std::string &arch) {
  CompileOptions options;
  options.arch = *loadArch(arch);
  auto program = compileOnnx(std::string(SOFTDPU_MODELS) + "/charlm/" + model, options);
  if (!program)
    ADD_FAILURE() << program.error().message;
  return program.value_or(Program{});
}

Session sessionOf(const Program &program, EngineKind kind = EngineKind::Functional) {
  auto session = Session::create(program, *Device::create(kind, program.arch));
  if (!session)
    ADD_FAILURE() << session.error().message;
  return std::move(*session);
}

Tensor characters(int64_t begin, int64_t end) {
  Tensor tensor = *makeTensor(ElementType::Int64, {end - begin, 1});
  for (int64_t t = begin; t < end; ++t)
    values<int64_t>(tensor)[size_t(t - begin)] = (t * 31 + t / 5 + 7) % 73;
  return tensor;
}

Tensors run(Session &session, Tensor text, const Tensors &states) {
  Tensors inputs = states;
  inputs["tokens"] = std::move(text);
  auto outputs = session.run(inputs);
  if (!outputs)
    ADD_FAILURE() << outputs.error().message;
  return outputs.value_or(Tensors{});
}

/// The final states as initial states: hn is h0 of what follows.
Tensors carried(const Tensors &outputs) {
  Tensors states;
  for (const auto &[name, tensor] : outputs)
    if (name.ends_with('n'))
      states[name.substr(0, name.size() - 1) + "0"] = tensor;
  return states;
}

std::vector<std::byte> bytesOf(const Tensor &tensor) { return {tensor.data.begin(), tensor.data.end()}; }

struct Case {
  const char *model;
  std::vector<const char *> states;
};

class Streams : public testing::TestWithParam<Case> {};

// Final states are float16 numbers, so nothing is lost between two calls: pieces give the bits of the whole.
TEST_P(Streams, PiecesGiveTheBitsOfTheWhole) {
  const Program program = compiled(GetParam().model, "edge");
  Tensors zero;
  for (const char *name : GetParam().states)
    zero[name] = *makeTensor(ElementType::Float32, {2, 1, 256});
  Session whole = sessionOf(program), streaming = sessionOf(program);
  const Tensors expected = run(whole, characters(0, 64), zero);

  Tensors states = zero;
  std::vector<std::byte> logits;
  int64_t begin = 0;
  for (int64_t end : {1, 8, 8, 9, 40, 64}) {
    const Tensors piece = run(streaming, characters(begin, end), states);
    ASSERT_TRUE(piece.contains("logits"));
    for (std::byte byte : piece.at("logits").data)
      logits.push_back(byte);
    states = carried(piece);
    ASSERT_EQ(states.size(), zero.size());
    begin = end;
  }
  EXPECT_EQ(logits, bytesOf(expected.at("logits")));
  EXPECT_EQ(states, carried(expected));
}

INSTANTIATE_TEST_SUITE_P(CharacterModels, Streams, testing::Values(Case{"charlm_gru.onnx", {"h0"}}, Case{"charlm_lstm.onnx", {"h0", "c0"}}),
                         [](const auto &info) { return std::string(info.param.model).substr(0, std::string(info.param.model).find('.')); });

TEST(Sessions, RunAtTheSameTime) {
  const Program program = compiled("charlm_gru.onnx", "edge");
  const Tensors zero{{"h0", *makeTensor(ElementType::Float32, {2, 1, 256})}};
  std::vector<Tensors> alone, together(2);
  for (int64_t i : {0, 1}) {
    Session session = sessionOf(program);
    alone.push_back(run(session, characters(100 * i, 100 * i + 60), zero));
  }
  Session first = sessionOf(program), second = sessionOf(program);
  std::thread other([&] {
    for (int repeat = 0; repeat < 3; ++repeat)
      together[1] = run(second, characters(100, 160), zero);
  });
  for (int repeat = 0; repeat < 3; ++repeat)
    together[0] = run(first, characters(0, 60), zero);
  other.join();
  EXPECT_EQ(together, alone);
  EXPECT_NE(together[0], together[1]);
}

// One thread, two devices of which each goes on where it was: an engine keeps nothing outside of itself.
TEST(Sessions, TakeTurnsOnTwoDevices) {
  const Program program = compiled("charlm_gru_tiny.onnx", "tiny");
  const Tensors zero{{"h0", *makeTensor(ElementType::Float32, {1, 1, 24})}};
  for (EngineKind kind : {EngineKind::Functional, EngineKind::SystemC}) {
    SCOPED_TRACE(std::string(engineName(kind)));
    Session first = sessionOf(program, kind), second = sessionOf(program, kind);
    const Tensors a = run(first, characters(0, 5), zero), b = run(second, characters(50, 59), zero);
    const Counters cycles = first.statistics().counters();
    EXPECT_EQ(run(first, characters(0, 5), zero), a);
    EXPECT_EQ(run(second, characters(50, 59), zero), b);
    EXPECT_EQ(first.statistics().counters(), cycles);
  }
}

// A program knows no length: what comes out for the first steps does not depend on how many follow.
TEST(Sessions, TakeFromNoStepsToTenThousand) {
  const Program program = compiled("charlm_gru_tiny.onnx", "tiny");
  const Tensors zero{{"h0", *makeTensor(ElementType::Float32, {1, 1, 24})}};
  constexpr int64_t most = 10000;
  Session session = sessionOf(program), systemc = sessionOf(program, EngineKind::SystemC);
  const std::vector<std::byte> all = bytesOf(run(session, characters(0, most), zero).at("logits"));
  for (int64_t steps : {0, 1, 2, 3, 255, 4096, 9999}) {
    const Tensors outputs = run(session, characters(0, steps), zero);
    EXPECT_EQ(outputs.at("logits").shape[0], steps);
    EXPECT_TRUE(std::ranges::equal(outputs.at("logits").data, std::span(all).first(all.size() / most * size_t(steps)))) << steps;
  }
  EXPECT_EQ(bytesOf(run(systemc, characters(0, most), zero).at("logits")), all);
}

} // namespace
} // namespace softdpu::test
