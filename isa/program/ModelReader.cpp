//===- ModelReader.cpp - The model section of a .dpu file --------------------------------===//

#include "Container.h"

#include "program_generated.h"

#include <algorithm>

namespace softdpu::program {
namespace {

/// Converts verified tables; remembers the first thing that is wrong.
class ModelReader {
public:
  explicit ModelReader(std::string_view origin) : origin_(origin) {}

  void read(const fb::Model &model, Program &program) {
    program.model = text(model.name());
    program.format = {model.mantissa_bits(), model.box()};
    program.loadEntry = model.load_entry();
    program.inputs = list(model.inputs(), &ModelReader::port);
    program.outputs = list(model.outputs(), &ModelReader::port);
    forEach(model.constants(),
            [&](const fb::Constant &constant) { insert(program.constants, "constant", text(constant.name()), tensor(constant)); });
    program.steps = list(model.steps(), &ModelReader::step);
    program.debug = list(model.debug(), &ModelReader::debugRange);
    forEach(model.metadata(),
            [&](const fb::Property &property) { insert(program.metadata, "property", text(property.key()), text(property.value())); });
  }

  Expected<void> result() && {
    if (error_.empty())
      return {};
    return fail("{}: damaged, {}; compile it again", origin_, error_);
  }

private:
  void complain(std::string message) {
    if (error_.empty())
      error_ = std::move(message);
  }

  static std::string text(const flatbuffers::String *stored) { return stored ? stored->str() : std::string(); }

  template <typename T, typename Visit> static void forEach(const flatbuffers::Vector<flatbuffers::Offset<T>> *stored, Visit visit) {
    if (stored)
      for (const T *item : *stored)
        visit(*item);
  }

  template <typename T, typename Result>
  std::vector<Result> list(const flatbuffers::Vector<flatbuffers::Offset<T>> *stored, Result (ModelReader::*read)(const T &)) {
    std::vector<Result> result;
    forEach(stored, [&](const T &item) { result.push_back((this->*read)(item)); });
    return result;
  }

  template <typename T> static std::vector<T> numbers(const flatbuffers::Vector<T> *stored) {
    return stored ? std::vector<T>(stored->begin(), stored->end()) : std::vector<T>();
  }

  std::vector<std::string> names(const flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> *stored) {
    std::vector<std::string> result;
    forEach(stored, [&](const flatbuffers::String &name) { result.push_back(name.str()); });
    return result;
  }

  template <typename T> void insert(std::map<std::string, T> &map, std::string_view what, std::string name, T value) {
    if (!map.emplace(std::move(name), std::move(value)).second)
      complain(fmt::format("a {} is there twice", what));
  }

  ElementType elementType(fb::ElementType type) {
    if (type > fb::ElementType::MAX)
      complain(fmt::format("element type {} does not exist", unsigned(type)));
    return ElementType(type);
  }

  Dimension dimension(const fb::Dimension &stored) {
    if (stored.size() < -1)
      complain(fmt::format("a dimension is {}", stored.size()));
    return {stored.size(), text(stored.symbol())};
  }

  Port port(const fb::Port &stored) {
    return {text(stored.name()), elementType(stored.type()), list(stored.shape(), &ModelReader::dimension)};
  }

  Tensor tensor(const fb::Constant &stored) {
    Tensor result{elementType(stored.type()), numbers(stored.shape()), {}};
    if (!error_.empty())
      return result;
    // Multiplied as far as it stays below the bytes that are there, so that it cannot overflow.
    const uint64_t present = stored.data() ? stored.data()->size() : 0;
    uint64_t needed = elementSize(result.type);
    bool empty = std::find(result.shape.begin(), result.shape.end(), 0) != result.shape.end(), fits = true;
    for (int64_t size : result.shape) {
      fits &= size >= 0 && (empty || uint64_t(size) <= present / needed);
      if (!fits)
        break;
      needed *= empty ? 1 : uint64_t(size);
    }
    if (!fits || (empty ? 0 : needed) != present)
      complain(fmt::format("constant '{}' has {} bytes, which is not what its shape needs", text(stored.name()), present));
    else if (present != 0) {
      const auto *bytes = reinterpret_cast<const std::byte *>(stored.data()->data());
      result.data.assign(bytes, bytes + present);
    }
    return result;
  }

  Attribute attribute(const fb::Attribute &stored) {
    switch (stored.value_type()) {
    case fb::AttributeValue::IntValue:
      return stored.value_as_IntValue()->value();
    case fb::AttributeValue::FloatValue:
      return stored.value_as_FloatValue()->value();
    case fb::AttributeValue::StringValue:
      return text(stored.value_as_StringValue()->value());
    case fb::AttributeValue::IntList:
      return numbers(stored.value_as_IntList()->values());
    case fb::AttributeValue::FloatList:
      return numbers(stored.value_as_FloatList()->values());
    case fb::AttributeValue::NONE:
      break;
    }
    complain(fmt::format("attribute '{}' has no known type", text(stored.name())));
    return int64_t(0);
  }

  HostStep hostStep(const fb::HostStep &stored) {
    HostStep result{.op = text(stored.op()),
                    .node = text(stored.node()),
                    .inputs = names(stored.inputs()),
                    .outputs = names(stored.outputs()),
                    .attributes = {},
                    .bodies = list(stored.bodies(), &ModelReader::hostBody)};
    forEach(stored.attributes(),
            [&](const fb::Attribute &item) { insert(result.attributes, "attribute", text(item.name()), attribute(item)); });
    return result;
  }

  HostBody hostBody(const fb::HostBody &stored) { // The verifier bounds how deep they are.
    return {.inputs = list(stored.inputs(), &ModelReader::port),
            .outputs = list(stored.outputs(), &ModelReader::port),
            .steps = list(stored.steps(), &ModelReader::hostStep)};
  }

  RegionPort regionPort(const fb::RegionPort &stored) { return {text(stored.tensor()), stored.features(), stored.lag()}; }

  DpuRegion dpuRegion(const fb::DpuRegion &stored) {
    return {.name = text(stored.name()),
            .entryPoint = stored.entry_point(),
            .stepsFrom = text(stored.steps_from()),
            .stateInputs = list(stored.state_inputs(), &ModelReader::regionPort),
            .sequenceInputs = list(stored.sequence_inputs(), &ModelReader::regionPort),
            .sequenceOutputs = list(stored.sequence_outputs(), &ModelReader::regionPort),
            .finalOutputs = list(stored.final_outputs(), &ModelReader::regionPort)};
  }

  Step step(const fb::Step &stored) {
    switch (stored.body_type()) {
    case fb::StepBody::HostStep:
      return hostStep(*stored.body_as_HostStep());
    case fb::StepBody::DpuRegion:
      return dpuRegion(*stored.body_as_DpuRegion());
    case fb::StepBody::NONE:
      break;
    }
    complain("a step has no known kind");
    return HostStep{};
  }

  DebugRange debugRange(const fb::DebugRange &stored) { return {stored.begin(), stored.end(), text(stored.chain()), text(stored.node())}; }

  std::string_view origin_;
  std::string error_;
};

} // namespace

Expected<void> readModel(std::span<const std::byte> bytes, Program &program, std::string_view origin) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  if (!verifier.VerifyBuffer<fb::Model>(nullptr))
    return fail("{}: damaged, the structure of section 'model' is not valid; compile it again", origin);
  ModelReader reader(origin);
  reader.read(*flatbuffers::GetRoot<fb::Model>(bytes.data()), program);
  return std::move(reader).result();
}

} // namespace softdpu::program
