//===- SessionTest.cpp - Whole programs on the functional engine and the CPU -------------===//

#include "softdpu/host_runtime/Session.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace softdpu {
namespace {

using testing::HasSubstr;

// The load sequence stores a factor. The region keeps a running sum of its inputs on top of a state, and returns each sum times the factor,
// and the last sum.
constexpr std::string_view assembly = R"(
  v_rd netin
    v_wr multiply0[0]
  end_chain
  halt
  v_rd netin
    v_wr addsub0[0]
    v_wr initial[0]
  end_chain
  loop s0
    v_rd netin
      vv_add addsub0[0]
      v_wr addsub0[0]
      v_wr initial[0]
    end_chain
    v_rd initial[0]
      vv_mul multiply0[0]
      v_wr netout
    end_chain
  end_loop
  v_rd initial[0]
    v_wr netout
  end_chain
  halt
)";

const Dimension t{-1, "T"}, b{-1, "B"};

/// "tokens" [T, B] are looked up in a table on the CPU, summed on the DPU, and the sums' first features are dropped on the CPU.
Program sumProgram() {
  Program program;
  program.arch = loadArch("tiny").value();
  program.format = {7, 8};
  program.instructions = assemble(assembly, "test").value();
  program.loadEntry = 0;
  program.loadNetIn.assign(8, halfFromFloat(2));
  program.inputs = {{"tokens", ElementType::Int64, {t, b}}, {"start", ElementType::Float32, {{1, ""}, b, {3, ""}}}};
  program.outputs = {{"doubled", ElementType::Float32, {t, b, {2, ""}}}, {"last", ElementType::Float32, {{1, ""}, b, {3, ""}}}};
  program.constants = {{"table", tensorOf<float>({3, 3}, {1, 2, 3, 10, 20, 30, 0.5f, 0.5f, 0.5f})},
                       {"one", tensorOf<int64_t>({1}, {1})},
                       {"end", tensorOf<int64_t>({1}, {INT64_MAX})},
                       {"axis", tensorOf<int64_t>({1}, {2})}};
  program.steps = {HostStep{"Gather", "lookup", {"table", "tokens"}, {"x"}, {}},
                   DpuRegion{.name = "sum",
                             .entryPoint = 4,
                             .stepsFrom = "x",
                             .stateInputs = {{"start", 3, 0}},
                             .sequenceInputs = {{"x", 3, 0}},
                             .sequenceOutputs = {{"sums", 3, 0}},
                             .finalOutputs = {{"last", 3, 0}}},
                   HostStep{"Slice", "drop", {"sums", "one", "end", "axis"}, {"doubled"}, {}}};
  return program;
}

Session session(Program program, EngineKind kind = EngineKind::Functional) {
  Device device = Device::create(kind, program.arch).value();
  auto created = Session::create(std::move(program), std::move(device));
  EXPECT_TRUE(created) << created.error().message;
  return std::move(created.value());
}

std::string createError(Program program, EngineKind kind = EngineKind::Functional) {
  Device device = Device::create(kind, program.arch).value();
  const auto created = Session::create(std::move(program), std::move(device));
  return created ? "no error" : created.error().message;
}

const Tensor tokens = tensorOf<int64_t>({2, 2}, {0, 1, 2, 0}); // Sequences 0 2 and 1 0.
const Tensor start = tensorOf<float>({1, 2, 3}, {0, 0, 0, 100, 200, 300});

TEST(Session, HostStepsAndRegionTogether) {
  Session given = session(sumProgram());
  const auto outputs = given.run({{"tokens", tokens}, {"start", start}});
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_EQ(outputs->size(), 2u);
  EXPECT_EQ(outputs->at("doubled"), tensorOf<float>({2, 2, 2}, {4, 6, 440, 660, 5, 7, 444, 666}));
  EXPECT_EQ(outputs->at("last"), tensorOf<float>({1, 2, 3}, {1.5f, 2.5f, 3.5f, 111, 222, 333}));
  const RunStatistics &statistics = given.statistics();
  ASSERT_EQ(statistics.regions.size(), 1u);
  EXPECT_EQ(statistics.regions[0].name, "sum");
  EXPECT_EQ(statistics.regions[0].steps, 2u);
  EXPECT_EQ(statistics.regions[0].batch, 2u);
  ASSERT_EQ(statistics.hostSteps.size(), 2u);
  EXPECT_EQ(statistics.hostSteps[0].op, "Gather");
  EXPECT_EQ(statistics.hostSteps[1].node, "drop");
  EXPECT_GT(statistics.hostSteps[0].seconds, 0);
  EXPECT_GT(statistics.regions[0].packSeconds, 0);
  EXPECT_LE(statistics.hostSteps[0].seconds + statistics.hostSteps[1].seconds + statistics.regions[0].seconds +
                statistics.regions[0].packSeconds,
            statistics.seconds);
  EXPECT_GT(statistics.seconds, 0);
  EXPECT_GE(statistics.seconds, statistics.engineSeconds());
}

TEST(Session, RecordedCallsRepeatOnABareDevice) {
  Session given = session(sumProgram());
  std::vector<DeviceCall> calls;
  ASSERT_TRUE(given.run({{"tokens", tokens}, {"start", start}}, {}, &calls));
  ASSERT_EQ(calls.size(), 2u);
  Device device = Device::create(EngineKind::Functional, given.program().arch).value();
  ASSERT_TRUE(device.load(given.program()));
  for (const DeviceCall &call : calls) {
    RunOptions options;
    options.scalars = call.scalars;
    const auto repeated = device.run(call.entryPoint, call.netIn, options);
    ASSERT_TRUE(repeated) << repeated.error().message;
    EXPECT_EQ(repeated->netOut, call.result.netOut);
    EXPECT_FALSE(repeated->netOut.empty());
  }
}

TEST(Session, RunsAreIndependentAndAnyLengthFits) {
  Session given = session(sumProgram());
  const Tensors two{{"tokens", tokens}, {"start", start}};
  const auto first = given.run(two);
  const auto longer = given.run({{"tokens", tensorOf<int64_t>({5, 1}, {0, 0, 0, 0, 0})}, {"start", tensorOf<float>({1, 1, 3}, {0, 0, 0})}});
  const auto again = given.run(two);
  ASSERT_TRUE(first && longer && again);
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(longer->at("last"), tensorOf<float>({1, 1, 3}, {5, 10, 15}));
}

TEST(Session, NoStepsLeaveTheStates) {
  for (const EngineKind kind : availableEngines()) {
    if (kind == EngineKind::Cpu)
      continue;
    SCOPED_TRACE(engineName(kind));
    Session given = session(sumProgram(), kind);
    const auto outputs = given.run({{"tokens", tensorOf<int64_t>({0, 2}, {})}, {"start", start}});
    ASSERT_TRUE(outputs) << outputs.error().message;
    EXPECT_EQ(outputs->at("doubled"), tensorOf<float>({0, 2, 2}, {}));
    EXPECT_EQ(outputs->at("last"), start);
    EXPECT_EQ(given.statistics().regions[0].steps, 0u);
    EXPECT_EQ(given.statistics().regions[0].batch, 2u);
  }
}

TEST(Session, InputsAreChecked) {
  Session given = session(sumProgram());
  const auto error = [&](const Tensors &inputs) {
    const auto outputs = given.run(inputs);
    return outputs ? "no error" : outputs.error().message;
  };
  EXPECT_THAT(error({{"tokens", tokens}}), HasSubstr("input \"start\" is missing: expected float32 [1, B, 3]"));
  EXPECT_THAT(error({{"tokens", tokens}, {"start", start}, {"more", start}}),
              HasSubstr("there is no input \"more\"; the inputs are tokens, start"));
  EXPECT_THAT(error({{"tokens", start}, {"start", start}}), HasSubstr("input \"tokens\" is float32 [1, 2, 3], expected int64 [T, B]"));
  EXPECT_THAT(error({{"tokens", tokens}, {"start", tensorOf<float>({1, 1, 3}, {0, 0, 0})}}),
              HasSubstr("B is 1 here, but 2 in input \"tokens\""));
  EXPECT_THAT(error({{"tokens", tokens}, {"start", tensorOf<float>({1, 2, 3}, {0, NAN, 0, 0, 0, 0})}}),
              HasSubstr("input \"start\" has nan at index 1; all values must be finite"));
  EXPECT_THAT(error({{"tokens", tensorOf<int64_t>({1, 2}, {0, 3})}, {"start", start}}), HasSubstr("node \"lookup\" (Gather): index 3"));
}

TEST(Session, AllOnTheCpu) {
  Program program = sumProgram();
  program.instructions.clear();
  program.steps = {HostStep{"Gather", "lookup", {"table", "tokens"}, {"doubled"}, {}},
                   HostStep{"Identity", "keep", {"start"}, {"last"}, {}}};
  program.outputs[0].shape[2].size = 3;
  Session given = session(program, EngineKind::Cpu);
  const auto outputs = given.run({{"tokens", tokens}, {"start", start}});
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->at("last"), start);
  EXPECT_TRUE(given.statistics().regions.empty());
}

TEST(Session, ProgramsAreChecked) {
  EXPECT_THAT(createError(sumProgram(), EngineKind::Cpu), HasSubstr("region \"sum\" needs a DPU"));
  Program program = sumProgram();
  std::swap(program.steps[0], program.steps[1]);
  EXPECT_THAT(createError(program), HasSubstr("region \"sum\": input \"x\" is not defined by an earlier step"));
  program = sumProgram();
  std::get<HostStep>(program.steps[0]).op = "Det";
  EXPECT_THAT(createError(program), HasSubstr("node \"lookup\" (Det): the host has no such operator"));
  program = sumProgram();
  program.outputs[0].name = "nothing";
  EXPECT_THAT(createError(program), HasSubstr("output \"nothing\" is computed by no step"));
  program = sumProgram();
  program.loadNetIn.clear();
  EXPECT_THAT(createError(program), HasSubstr("loading the weights: "));
}

TEST(Session, AnotherArchitectureIsRefused) {
  Device device = Device::create(EngineKind::Functional, loadArch("small").value()).value();
  const auto created = Session::create(sumProgram(), std::move(device));
  ASSERT_FALSE(created);
  EXPECT_THAT(created.error().message, testing::AllOf(HasSubstr("tiny"), HasSubstr("small")));
}

TEST(Session, RegionOutputThatDoesNotFitTheSignature) {
  Program program = sumProgram();
  program.outputs[1].shape[2].size = 4;
  Session given = session(program);
  EXPECT_THAT(given.run({{"tokens", tokens}, {"start", start}}).error().message,
              HasSubstr("output \"last\" was computed as float32 [2, 3], expected float32 [1, B, 4]"));
}

TEST(Device, EngineNames) {
  for (const EngineKind kind : {EngineKind::Functional, EngineKind::SystemC, EngineKind::Rtl, EngineKind::Cpu})
    EXPECT_EQ(parseEngineName(engineName(kind)).value(), kind);
  EXPECT_THAT(parseEngineName("fpga").error().message, HasSubstr("there are functional, systemc, rtl, cpu"));
}

} // namespace
} // namespace softdpu
