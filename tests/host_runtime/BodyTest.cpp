//===- BodyTest.cpp - Steps with bodies: what a program may say, and what runs ------------===//

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Session.h"
#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/isa/Chain.h"

#include <gmock/gmock.h>

namespace softdpu {
namespace {

using testing::HasSubstr;

Port port(std::string name, ElementType type = ElementType::Float32, std::vector<Dimension> shape = {{-1, ""}}) {
  return {std::move(name), type, std::move(shape)};
}

/// total = start + the sum of steps; every partial sum.
HostStep sums() {
  const HostBody body{{port("state"), port("step")}, {port("sum"), port("sum")}, {HostStep{"Add", "add", {"state", "step"}, {"sum"}, {}}}};
  return {"Scan", "sums", {"start", "steps"}, {"total", "all"}, {{"num_scan_inputs", int64_t(1)}}, {body}};
}

Program program(HostStep step) {
  Program result;
  result.arch = loadArch("tiny").value();
  result.format = {7, 8};
  result.instructions = assemble("halt", "test").value();
  result.inputs = {port("start"), port("steps", ElementType::Float32, {{-1, "T"}, {-1, "N"}}), port("n", ElementType::Int64, {})};
  for (const std::string &output : step.outputs)
    result.outputs.push_back(port(output, ElementType::Float32,
                                  output == "all" ? std::vector<Dimension>{{-1, ""}, {-1, ""}} : std::vector<Dimension>{{-1, ""}}));
  result.steps = {std::move(step)};
  return result;
}

std::string createError(const Program &given) {
  const auto created = Session::create(given, *Device::create(EngineKind::Cpu, given.arch));
  return created ? "no error" : created.error().message;
}
std::string stepError(const HostStep &step) {
  const auto checked = checkHostStep(step);
  return checked ? "no error" : checked.error().message;
}

Expected<Tensors> run(HostStep step, int64_t n = 3, std::vector<int64_t> shape = {3, 2}) {
  const Program given = program(std::move(step));
  auto session = Session::create(given, *Device::create(EngineKind::Cpu, given.arch));
  if (!session)
    return tl::unexpected(session.error());
  Tensor steps = *makeTensor(ElementType::Float32, shape);
  for (size_t i = 0; i < elements(steps); ++i)
    values<float>(steps)[i] = float(i);
  return session->run({{"start", tensorOf<float>({2}, {10, 20})}, {"steps", steps}, {"n", tensorOf<int64_t>({}, {n})}});
}

TEST(Bodies, RunOnceForEachStep) {
  const auto outputs = run(sums());
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->at("total"), tensorOf<float>({2}, {16, 29}));
  EXPECT_EQ(outputs->at("all"), tensorOf<float>({3, 2}, {10, 21, 12, 24, 16, 29}));
}

TEST(Bodies, MustFitTheirOperator) {
  HostStep step = sums();
  step.bodies.push_back(step.bodies[0]);
  EXPECT_THAT(stepError(step), HasSubstr("node \"sums\" (Scan): 2 bodies; 1 are expected"));
  step = sums();
  step.bodies[0].inputs.pop_back();
  EXPECT_THAT(stepError(step), HasSubstr("its body has 1 inputs and 2 outputs; 2 and at least 1 are expected"));
  step = sums();
  step.outputs.push_back("more");
  EXPECT_THAT(stepError(step), HasSubstr("3 outputs, its body computes 2"));
  step = sums();
  step.attributes["num_scan_inputs"] = int64_t(3);
  EXPECT_THAT(stepError(step), HasSubstr("attribute \"num_scan_inputs\" is 3 for 2 inputs"));
  step = sums();
  step.attributes["scan_output_directions"] = std::vector<int64_t>{1, 0};
  EXPECT_THAT(stepError(step), HasSubstr("attribute \"scan_output_directions\" has 2 numbers; 1 are expected"));
  step = sums();
  step.bodies[0].steps[0].op = "Det";
  EXPECT_THAT(stepError(step), HasSubstr("node \"sums\" (Scan): node \"add\" (Det): the host has no such operator"));
  EXPECT_THAT(stepError({"Neg", "n", {"start"}, {"total"}, {}, sums().bodies}), HasSubstr("node \"n\" (Neg): 1 bodies, it has none"));
  EXPECT_THAT(stepError({"If", "i", {"start"}, {"total"}, {}, {}}), HasSubstr("node \"i\" (If): 0 bodies; 2 are expected"));
  EXPECT_THAT(stepError({"If", "i", {"start"}, {"total"}, {}, {{{}, {}, {}}, {{}, {port("start")}, {}}}}),
              HasSubstr("a branch has 0 inputs and 0 outputs; 0 and 1 are expected"));
  const HostBody loop{{port("i"), port("c"), port("v")}, {port("c"), port("v")}, {}};
  EXPECT_THAT(stepError({"Loop", "l", {"n", "", ""}, {"total"}, {}, {loop}}), HasSubstr("node \"l\" (Loop): input 2 is missing"));
  EXPECT_THAT(stepError({"Loop", "l", {"n"}, {"total"}, {}, {loop}}), HasSubstr("its body has 3 inputs and 2 outputs; 2 and at least 1"));
  EXPECT_THAT(stepError({"Loop", "l", {"n", "", "start"}, {"total", "all"}, {}, {loop}}), HasSubstr("2 outputs, its body computes 1"));
}

TEST(Bodies, DefineNamesForThemselves) {
  HostStep step = sums();
  step.bodies[0].inputs[1].name = "start";
  EXPECT_THAT(createError(program(step)), HasSubstr("node \"sums\" (Scan): body input \"start\" is defined twice or has no name"));
  step = sums();
  step.bodies[0].steps[0].inputs[1] = "nowhere";
  EXPECT_THAT(createError(program(step)), HasSubstr("node \"add\" (Add): input \"nowhere\" is not defined by an earlier step"));
  step = sums();
  step.bodies[0].outputs[0].name = "all"; // Of the step itself: not there yet.
  EXPECT_THAT(createError(program(step)), HasSubstr("node \"sums\" (Scan): body output \"all\" is computed by no step"));
  Program outside = program(sums());
  outside.steps.push_back(HostStep{"Neg", "after", {"sum"}, {"negative"}, {}});
  EXPECT_THAT(createError(outside), HasSubstr("node \"after\" (Neg): input \"sum\" is not defined by an earlier step"));
  outside = program(sums());
  HostStep again = sums(); // The same names inside are no trouble.
  again.outputs = {"total2", "all2"};
  outside.steps.push_back(again);
  EXPECT_EQ(createError(outside), "no error");
}

TEST(Bodies, GiveWhatTheyDeclare) {
  HostStep step = sums();
  step.bodies[0].outputs[1] = port("sum", ElementType::Int64);
  const auto wrong = run(step);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("node \"sums\" (Scan): \"sum\" is float32 [2], expected int64 [?]"));
  step = sums();
  step.bodies[0].inputs[1] = port("step", ElementType::Float32, {{3, ""}});
  const auto size = run(step);
  ASSERT_FALSE(size);
  EXPECT_THAT(size.error().message, HasSubstr("\"step\" is float32 [2], expected float32 [3]"));
}

/// A vector that grows by `start` in every iteration; each length of it.
HostStep growing(const std::string &element) {
  const HostBody body{{port("i", ElementType::Int64, {}), port("c", ElementType::Bool, {}), port("v")},
                      {port("c", ElementType::Bool, {}), port("w"), port(element)},
                      {HostStep{"Concat", "grow", {"v", "start"}, {"w"}, {{"axis", int64_t(0)}}}}};
  return {"Loop", "growing", {"n", "", "start"}, {"total", "all"}, {}, {body}};
}

TEST(Bodies, CarryWhatGrowsButJoinEqualShapesAlone) {
  const auto outputs = run(growing("start"), 2);
  ASSERT_TRUE(outputs) << outputs.error().message;
  EXPECT_EQ(outputs->at("total"), tensorOf<float>({6}, {10, 20, 10, 20, 10, 20}));
  const auto unequal = run(growing("w"), 2);
  ASSERT_FALSE(unequal);
  EXPECT_THAT(unequal.error().message,
              HasSubstr("node \"growing\" (Loop): \"w\" is float32 [4] in iteration 0 and float32 [6] in iteration 1; equal shapes"));
}

TEST(Bodies, SequencesHaveOneLength) {
  HostStep step = sums();
  step.inputs = {"steps", "start"}; // 3 and 2 steps.
  step.attributes["num_scan_inputs"] = int64_t(2);
  step.bodies[0].outputs = {port("sum", ElementType::Float32), port("sum")};
  step.bodies[0].inputs[1].shape = {};
  const auto outputs = run(step);
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("node \"sums\" (Scan): its sequences have 3 and 2 steps; equal numbers are expected"));
}

TEST(Bodies, ConditionsAreOneTruth) {
  const HostBody branch{{}, {port("start")}, {}};
  const auto outputs = run({"If", "choice", {"n"}, {"total"}, {}, {branch, branch}});
  ASSERT_FALSE(outputs);
  EXPECT_THAT(outputs.error().message, HasSubstr("node \"choice\" (If): the condition is int64 []; one bool is expected"));
  HostStep loop = growing("start");
  loop.inputs[0] = "start";
  const auto trips = run(loop);
  ASSERT_FALSE(trips);
  EXPECT_THAT(trips.error().message, HasSubstr("node \"growing\" (Loop): the trip count is float32 [2]; one int64 is expected"));
}

} // namespace
} // namespace softdpu
