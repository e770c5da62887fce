//===- ModelWriter.cpp - The model section of a .dpu file --------------------------------===//

#include "Container.h"

#include "program_generated.h"

namespace softdpu::program {
namespace {

using Builder = flatbuffers::FlatBufferBuilder;
template <typename T> using Offset = flatbuffers::Offset<T>;

template <typename Items, typename Write> auto vectorOf(Builder &builder, const Items &items, Write write) {
  std::vector<decltype(write(builder, *items.begin()))> offsets;
  for (const auto &item : items)
    offsets.push_back(write(builder, item));
  return builder.CreateVector(offsets);
}

Offset<flatbuffers::String> text(Builder &builder, const std::string &value) { return builder.CreateSharedString(value); }

fb::ElementType elementType(ElementType type) { return fb::ElementType(type); }

Offset<fb::Dimension> dimension(Builder &builder, const Dimension &value) {
  return fb::CreateDimension(builder, value.size, text(builder, value.symbol));
}

Offset<fb::Port> port(Builder &builder, const Port &value) {
  auto name = text(builder, value.name);
  auto shape = vectorOf(builder, value.shape, dimension);
  return fb::CreatePort(builder, name, elementType(value.type), shape);
}

Offset<fb::Constant> constant(Builder &builder, const std::pair<const std::string, Tensor> &value) {
  auto name = text(builder, value.first);
  auto shape = builder.CreateVector(value.second.shape);
  auto data = builder.CreateVector(reinterpret_cast<const uint8_t *>(value.second.data.data()), value.second.data.size());
  return fb::CreateConstant(builder, name, elementType(value.second.type), shape, data);
}

/// Writes the alternative of an Attribute that is there.
struct AttributeWriter {
  Builder &builder;
  struct Result {
    fb::AttributeValue type;
    Offset<void> value;
  };
  Result operator()(int64_t value) const { return {fb::AttributeValue::IntValue, fb::CreateIntValue(builder, value).Union()}; }
  Result operator()(float value) const { return {fb::AttributeValue::FloatValue, fb::CreateFloatValue(builder, value).Union()}; }
  Result operator()(const std::string &value) const {
    return {fb::AttributeValue::StringValue, fb::CreateStringValue(builder, text(builder, value)).Union()};
  }
  Result operator()(const std::vector<int64_t> &values) const {
    return {fb::AttributeValue::IntList, fb::CreateIntList(builder, builder.CreateVector(values)).Union()};
  }
  Result operator()(const std::vector<float> &values) const {
    return {fb::AttributeValue::FloatList, fb::CreateFloatList(builder, builder.CreateVector(values)).Union()};
  }
};

Offset<fb::Attribute> attribute(Builder &builder, const std::pair<const std::string, Attribute> &value) {
  auto name = text(builder, value.first);
  auto [type, stored] = std::visit(AttributeWriter{builder}, value.second);
  return fb::CreateAttribute(builder, name, type, stored);
}

Offset<fb::RegionPort> regionPort(Builder &builder, const RegionPort &value) {
  return fb::CreateRegionPort(builder, text(builder, value.tensor), value.features, value.lag);
}

Offset<fb::HostBody> hostBody(Builder &builder, const HostBody &value);

Offset<fb::HostStep> hostStep(Builder &builder, const HostStep &step) {
  auto op = text(builder, step.op), node = text(builder, step.node);
  auto inputs = vectorOf(builder, step.inputs, text), outputs = vectorOf(builder, step.outputs, text);
  auto attributes = vectorOf(builder, step.attributes, attribute);
  auto bodies = vectorOf(builder, step.bodies, hostBody);
  return fb::CreateHostStep(builder, op, node, inputs, outputs, attributes, bodies);
}

Offset<fb::HostBody> hostBody(Builder &builder, const HostBody &value) {
  auto inputs = vectorOf(builder, value.inputs, port), outputs = vectorOf(builder, value.outputs, port);
  auto steps = vectorOf(builder, value.steps, hostStep);
  return fb::CreateHostBody(builder, inputs, outputs, steps);
}

/// Writes the alternative of a Step that is there.
struct StepWriter {
  Builder &builder;
  Offset<fb::Step> operator()(const HostStep &step) const {
    return fb::CreateStep(builder, fb::StepBody::HostStep, hostStep(builder, step).Union());
  }
  Offset<fb::Step> operator()(const DpuRegion &region) const {
    auto name = text(builder, region.name), stepsFrom = text(builder, region.stepsFrom);
    auto stateInputs = vectorOf(builder, region.stateInputs, regionPort);
    auto sequenceInputs = vectorOf(builder, region.sequenceInputs, regionPort);
    auto sequenceOutputs = vectorOf(builder, region.sequenceOutputs, regionPort);
    auto finalOutputs = vectorOf(builder, region.finalOutputs, regionPort);
    auto body =
        fb::CreateDpuRegion(builder, name, region.entryPoint, stepsFrom, stateInputs, sequenceInputs, sequenceOutputs, finalOutputs);
    return fb::CreateStep(builder, fb::StepBody::DpuRegion, body.Union());
  }
};

Offset<fb::Step> step(Builder &builder, const Step &value) { return std::visit(StepWriter{builder}, value); }

Offset<fb::DebugRange> debugRange(Builder &builder, const DebugRange &value) {
  auto chain = text(builder, value.chain), node = text(builder, value.node);
  return fb::CreateDebugRange(builder, value.begin, value.end, chain, node);
}

Offset<fb::Property> property(Builder &builder, const std::pair<const std::string, std::string> &value) {
  auto key = text(builder, value.first), stored = text(builder, value.second);
  return fb::CreateProperty(builder, key, stored);
}

} // namespace

std::vector<std::byte> writeModel(const Program &program) {
  Builder builder;
  auto name = text(builder, program.model);
  auto inputs = vectorOf(builder, program.inputs, port), outputs = vectorOf(builder, program.outputs, port);
  auto constants = vectorOf(builder, program.constants, constant);
  auto steps = vectorOf(builder, program.steps, step);
  auto debug = vectorOf(builder, program.debug, debugRange);
  auto metadata = vectorOf(builder, program.metadata, property);
  builder.Finish(fb::CreateModel(builder, name, uint8_t(program.format.mantissaBits), program.format.box, program.loadEntry, inputs,
                                 outputs, constants, steps, debug, metadata));
  auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

} // namespace softdpu::program
