//===- Call.cpp - What a host operator is given ------------------------------------------===//

#include "Call.h"

namespace softdpu::cpu {

Expected<size_t> Call::choice(const std::string &name, std::span<const std::string_view> names) const {
  const std::string value = attribute<std::string>(name, std::string(names.front()));
  const auto found = std::ranges::find(names, value);
  if (found == names.end())
    return fail("attribute \"{}\" is \"{}\"; {} are supported", name, value, fmt::join(names, ", "));
  return size_t(found - names.begin());
}

Expected<void> Call::requireFloat(size_t first, size_t last) const {
  for (size_t i = first; i < std::min(last, inputs.size()); ++i)
    if (inputs[i] && inputs[i]->type != ElementType::Float32)
      return fail("input {} is {}, only float32 is supported", i, describe(*inputs[i]));
  return {};
}

Expected<std::optional<std::vector<int64_t>>> Call::integers(size_t index, const std::string &name) const {
  if (const Tensor *tensor = optional(index)) {
    auto result = integersOf(*tensor);
    if (!result)
      return fail("input {} ({}) is {}", index, name, result.error().message);
    return std::optional(std::move(*result));
  }
  if (const auto *list = attribute<std::vector<int64_t>>(name))
    return std::optional(*list);
  return std::optional<std::vector<int64_t>>();
}

} // namespace softdpu::cpu
