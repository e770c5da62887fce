//===- Signature.cpp - Tensors against the shapes that a program declares ----------------===//

#include "softdpu/host_runtime/Signature.h"

#include "softdpu/host_runtime/Tensors.h"

#include <algorithm>
#include <cmath>
#include <fmt/ranges.h>

namespace softdpu {
namespace {

std::string expectedText(const Port &port) { return fmt::format("{} {}", elementTypeName(port.type), shapeText(port.shape)); }

Expected<void> checkFinite(const Port &port, const Tensor &tensor) {
  if (tensor.type != ElementType::Float32)
    return {};
  const auto data = values<float>(tensor);
  for (size_t i = 0; i < data.size(); ++i)
    if (!std::isfinite(data[i]))
      return fail("input \"{}\" has {} at index {}; all values must be finite", port.name, data[i], i);
  return {};
}

} // namespace

Expected<Symbols> bindInputs(std::span<const Port> ports, const std::map<std::string, Tensor> &inputs) {
  std::vector<std::string> names;
  for (const Port &port : ports)
    names.push_back(port.name);
  for (const auto &[name, tensor] : inputs)
    if (std::ranges::find(names, name) == names.end())
      return fail("there is no input \"{}\"; the inputs are {}", name, fmt::join(names, ", "));

  Symbols symbols;
  std::map<std::string, std::string> boundBy;
  for (const Port &port : ports) {
    const auto found = inputs.find(port.name);
    if (found == inputs.end())
      return fail("input \"{}\" is missing: expected {}", port.name, expectedText(port));
    const Tensor &tensor = found->second;
    bool matches = tensor.type == port.type && tensor.shape.size() == port.shape.size();
    for (size_t d = 0; matches && d < port.shape.size(); ++d)
      matches = port.shape[d].size < 0 || port.shape[d].size == tensor.shape[d];
    if (!matches)
      return fail("input \"{}\" is {}, expected {}", port.name, describe(tensor), expectedText(port));
    for (size_t d = 0; d < port.shape.size(); ++d) {
      const Dimension &dimension = port.shape[d];
      if (dimension.size >= 0 || dimension.symbol.empty())
        continue;
      const auto [symbol, added] = symbols.emplace(dimension.symbol, tensor.shape[d]);
      if (added)
        boundBy[dimension.symbol] = port.name;
      else if (symbol->second != tensor.shape[d])
        return fail("input \"{}\" is {}: {} is {} here, but {} in input \"{}\"", port.name, describe(tensor), dimension.symbol,
                    tensor.shape[d], symbol->second, boundBy[dimension.symbol]);
    }
    if (const auto finite = checkFinite(port, tensor); !finite)
      return tl::unexpected(finite.error());
  }
  return symbols;
}

Expected<void> shapeOutput(const Port &port, const Symbols &symbols, Tensor &tensor) {
  std::vector<int64_t> shape; // -1: nothing has bound it.
  for (const Dimension &dimension : port.shape) {
    const auto bound = symbols.find(dimension.symbol);
    shape.push_back(dimension.size >= 0 ? dimension.size : bound != symbols.end() ? bound->second : -1);
  }
  const auto agrees = [](int64_t declared, int64_t found) { return declared < 0 || declared == found; };
  if (std::ranges::equal(shape, tensor.shape, agrees))
    return {};
  // The same data under another shape, of which at most one dimension is to be found out.
  const auto open = std::ranges::find(shape, -1);
  if (std::count(open, shape.end(), -1) > 1)
    return fail("output \"{}\" was computed as {}, expected {}", port.name, describe(tensor), expectedText(port));
  if (open != shape.end())
    *open = 1;
  const auto count = elementCount(shape);
  if (!count)
    return tl::unexpected(count.error());
  const uint64_t available = elements(tensor);
  if (open != shape.end() && *count > 0 && available % *count == 0)
    *open = int64_t(available / *count);
  else if (*count != available)
    return fail("output \"{}\" was computed as {}, expected {}", port.name, describe(tensor), expectedText(port));
  tensor.shape = std::move(shape);
  return {};
}

} // namespace softdpu
