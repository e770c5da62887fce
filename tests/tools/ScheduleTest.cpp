//===- ScheduleTest.cpp - Schedules of compiled models are those of the cycle model ------===//

#include "CallRecorder.h"
#include "Inputs.h"
#include "Models.h"
#include "Tool.h"

#include <gtest/gtest.h>

#if defined(SOFTDPU_HAS_COMPILER) && defined(SOFTDPU_HAS_SYSTEMC)
namespace softdpu {
namespace {

/// Every event and every counter of every call.
void expectSchedule(Expected<Program> program, uint32_t steps) {
  ASSERT_TRUE(program) << program.error().message;
  const auto inputs =
      tools::makeInputs(*program, {.files = {}, .dimensions = {}, .steps = steps, .seed = 1, .missing = tools::Missing::Random});
  ASSERT_TRUE(inputs) << inputs.error().message;
  auto device = Device::create(EngineKind::SystemC, program->arch);
  ASSERT_TRUE(device) << device.error().message;
  RunOptions options;
  options.timingOnly = true;
  auto session = Session::create(std::move(*program), std::move(*device), options);
  ASSERT_TRUE(session) << session.error().message;
  std::vector<DeviceCall> calls;
  tools::CallRecorder recorder(calls);
  options.observer = &recorder;
  const auto outputs = session->run(*inputs, options, &calls);
  ASSERT_TRUE(outputs) << outputs.error().message;
  ASSERT_FALSE(calls.empty());

  const CycleRules rules(session->program().arch);
  for (size_t i = 0; i < calls.size(); ++i) {
    ASSERT_TRUE(recorder.complete(i));
    const auto schedule = scheduleRun(tools::scheduledRun(session->program(), calls[i]), rules);
    ASSERT_TRUE(schedule) << schedule.error().message;
    ASSERT_TRUE(schedule->complete);
    const auto agrees = checkSchedule(*schedule, rules, recorder.events(i), true);
    EXPECT_TRUE(agrees) << agrees.error().message;
    EXPECT_EQ(schedule->counters, calls[i].result.counters);
    EXPECT_EQ(schedule->counters.cycles, calls[i].result.counters.cycles);
  }
}

class TrainedModelSchedule : public testing::TestWithParam<const char *> {};

TEST_P(TrainedModelSchedule, IsThatOfTheCycleModel) {
  for (const char *model : {"charlm_gru.onnx", "charlm_lstm.onnx"}) {
    SCOPED_TRACE(model);
    tools::CompileSettings settings;
    settings.arch = GetParam();
    expectSchedule(tools::compileModel(test::charlm(model), settings), 40);
  }
}

INSTANTIATE_TEST_SUITE_P(Archs, TrainedModelSchedule, testing::Values("edge", "odd", "s10"),
                         [](const auto &info) { return std::string(info.param); });

TEST(DeepBenchSchedule, IsThatOfTheCycleModel) {
  tools::CompileSettings settings;
  settings.arch = "s10";
  for (const deepbench::Layer layer : {deepbench::Layer{deepbench::Cell::Gru, 512}, deepbench::Layer{deepbench::Cell::Lstm, 256},
                                       deepbench::Layer{deepbench::Cell::Gru, 1024}}) {
    SCOPED_TRACE(layerName(layer));
    expectSchedule(tools::compileLayer(layer, 1, settings), 50);
  }
}

} // namespace
} // namespace softdpu
#endif
