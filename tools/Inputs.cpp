//===- Inputs.cpp - Input tensors from files, or seeded random ones ----------------------===//

#include "Inputs.h"

#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Signature.h"
#include "softdpu/host_runtime/TensorFile.h"
#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <charconv>
#include <random>

namespace softdpu::tools {
namespace {

const Port *findPort(const Program &program, const std::string &name) {
  const auto found = std::ranges::find(program.inputs, name, &Port::name);
  return found == program.inputs.end() ? nullptr : &*found;
}

/// "NAME=FILE" if NAME is an input of the program; else the whole text is the file.
std::pair<std::string, std::string> splitFile(const Program &program, const std::string &text) {
  for (size_t at = text.find('='); at != text.npos; at = text.find('=', at + 1))
    if (findPort(program, text.substr(0, at)))
      return {text.substr(0, at), text.substr(at + 1)};
  return {"", text};
}

Expected<void> addFile(const Program &program, const std::string &text, Tensors &inputs) {
  const auto [name, path] = splitFile(program, text);
  auto tensors = readTensors(path);
  if (!tensors)
    return tl::unexpected(tensors.error());
  const auto add = [&](const std::string &to, Tensor &&tensor) -> Expected<void> {
    if (!inputs.emplace(to, std::move(tensor)).second)
      return fail("{}: input \"{}\" is given twice", path, to);
    return {};
  };
  if (!name.empty()) {
    if (tensors->size() == 1)
      return add(name, std::move(tensors->begin()->second));
    const auto found = tensors->find(name);
    if (found == tensors->end())
      return fail("{}: it holds {} tensors, and none is called \"{}\"", path, tensors->size(), name);
    return add(name, std::move(found->second));
  }
  const bool named = tensors->size() != 1 || findPort(program, tensors->begin()->first);
  if (!named) {
    std::vector<std::string> missing;
    for (const Port &port : program.inputs)
      if (!inputs.contains(port.name))
        missing.push_back(port.name);
    if (missing.size() != 1)
      return fail("{}: say which input this is: --input NAME={}", path, path);
    return add(missing[0], std::move(tensors->begin()->second));
  }
  for (auto &[each, tensor] : *tensors)
    if (const auto added = add(each, std::move(tensor)); !added)
      return added;
  return {};
}

/// The first `steps` of dimension `axis`.
Expected<Tensor> firstSteps(const Tensor &tensor, size_t axis, int64_t steps) {
  const HostStep slice{"Slice", "--steps", {"data", "starts", "ends", "axes"}, {"first"}, {}};
  const Tensor starts = tensorOf<int64_t>({1}, {0}), ends = tensorOf<int64_t>({1}, {steps}), axes = tensorOf<int64_t>({1}, {int64_t(axis)});
  const std::vector<const Tensor *> inputs{&tensor, &starts, &ends, &axes};
  auto result = runHostStep(slice, inputs);
  if (!result)
    return tl::unexpected(result.error());
  return std::move(result->front());
}

Expected<Symbols> parseDimensions(const std::vector<std::string> &texts) {
  Symbols symbols;
  for (const std::string &text : texts) {
    const size_t at = text.rfind('=');
    int64_t size = 0;
    const char *begin = at == text.npos ? text.data() : text.data() + at + 1, *end = text.data() + text.size();
    if (at == text.npos || std::from_chars(begin, end, size).ptr != end || begin == end || size < 1)
      return fail("--dim {}: expected NAME=SIZE with a size of at least 1", text);
    symbols[text.substr(0, at)] = size;
  }
  return symbols;
}

/// Rows of the constant table that integer input `name` looks up; 1 if it does not.
int64_t tableRows(const Program &program, const std::string &name) {
  for (const Step &step : program.steps) {
    const auto *host = std::get_if<HostStep>(&step);
    if (!host || host->op != "Gather" || host->inputs.size() != 2 || host->inputs[1] != name)
      continue;
    const auto table = program.constants.find(host->inputs[0]);
    const auto axis = host->attributes.find("axis");
    const int64_t *given = axis == host->attributes.end() ? nullptr : std::get_if<int64_t>(&axis->second);
    if (table == program.constants.end())
      continue;
    const auto &shape = table->second.shape;
    const int64_t position = given ? (*given < 0 ? *given + int64_t(shape.size()) : *given) : 0;
    if (position >= 0 && position < int64_t(shape.size()))
      return std::max<int64_t>(shape[size_t(position)], 1);
  }
  return 1;
}

/// mt19937_64 is the same everywhere, the standard's distributions are not.
class Random {
public:
  explicit Random(uint64_t seed) : generator(seed) {}
  int64_t below(int64_t limit) { return int64_t(generator() % uint64_t(limit)); }
  /// -1 .. 1 in steps of 2^-23.
  float unit() { return float(int64_t(generator() >> 40) - (int64_t(1) << 23)) * 0x1p-23f; }

private:
  std::mt19937_64 generator;
};

void fillRandom(const Program &program, const Port &port, Random &random, Tensor &tensor) {
  const int64_t rows = tableRows(program, port.name);
  switch (port.type) {
  case ElementType::Float32:
    std::ranges::generate(values<float>(tensor), [&] { return random.unit(); });
    break;
  case ElementType::Float16:
    std::ranges::generate(values<Half>(tensor), [&] { return halfFromFloat(random.unit()); });
    break;
  case ElementType::Int64:
    std::ranges::generate(values<int64_t>(tensor), [&] { return random.below(rows); });
    break;
  case ElementType::Int32:
    std::ranges::generate(values<int32_t>(tensor), [&] { return int32_t(random.below(rows)); });
    break;
  case ElementType::Int8:
    std::ranges::generate(values<int8_t>(tensor), [&] { return int8_t(random.below(256) - 128); });
    break;
  case ElementType::UInt8:
    std::ranges::generate(values<uint8_t>(tensor), [&] { return uint8_t(random.below(256)); });
    break;
  case ElementType::Bool:
    std::ranges::generate(values<uint8_t>(tensor), [&] { return uint8_t(random.below(2)); });
    break;
  }
}

} // namespace

std::string timeSymbol(const Program &program) {
  for (const Port &port : program.inputs)
    for (const Dimension &dimension : port.shape)
      if (dimension.size < 0)
        return dimension.symbol;
  return "";
}

Expected<Tensors> makeInputs(const Program &program, const InputSettings &settings) {
  auto symbols = parseDimensions(settings.dimensions);
  if (!symbols)
    return tl::unexpected(symbols.error());
  Tensors inputs = settings.given;
  for (const std::string &text : settings.files)
    if (const auto added = addFile(program, text, inputs); !added)
      return tl::unexpected(added.error());

  const std::string time = timeSymbol(program);
  for (auto &[name, tensor] : inputs) {
    const Port *port = findPort(program, name);
    if (!port || port->shape.size() != tensor.shape.size())
      continue; // The session says what is wrong with it.
    for (size_t d = 0; d < port->shape.size(); ++d) {
      const Dimension &dimension = port->shape[d];
      if (dimension.size >= 0)
        continue;
      if (settings.steps && dimension.symbol == time && tensor.shape[d] > int64_t(*settings.steps)) {
        auto first = firstSteps(tensor, d, int64_t(*settings.steps));
        if (!first)
          return tl::unexpected(first.error());
        tensor = std::move(*first);
      }
      symbols->emplace(dimension.symbol, tensor.shape[d]);
    }
  }
  if (settings.missing == Missing::Leave)
    return inputs;

  symbols->emplace(time, int64_t(settings.steps.value_or(defaultSteps)));
  Random random(settings.seed);
  for (const Port &port : program.inputs) {
    if (inputs.contains(port.name))
      continue;
    std::vector<int64_t> shape;
    for (const Dimension &dimension : port.shape) {
      const auto bound = symbols->find(dimension.symbol);
      shape.push_back(dimension.size >= 0 ? dimension.size : bound != symbols->end() ? bound->second : 1);
    }
    auto tensor = makeTensor(port.type, std::move(shape));
    if (!tensor)
      return fail("input \"{}\": {}", port.name, tensor.error().message);
    if (settings.missing == Missing::Random)
      fillRandom(program, port, random, *tensor);
    inputs.emplace(port.name, std::move(*tensor));
  }
  return inputs;
}

} // namespace softdpu::tools
