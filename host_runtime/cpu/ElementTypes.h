//===- ElementTypes.h - One kernel for several element types -----------------------------===//

#pragma once

#include "Call.h"

#include <fmt/ranges.h>

namespace softdpu::cpu {

/// The element types that a kernel is made for.
template <typename... Ts> struct ElementTypes {
  static bool contain(ElementType type) { return ((elementTypeOf<Ts>() == type) || ...); }

  /// "float32, int64 or int32"
  static std::string text() {
    const std::array names{elementTypeName(elementTypeOf<Ts>())...};
    const auto last = names.end() - 1;
    return names.size() == 1 ? std::string(*last) : fmt::format("{} or {}", fmt::join(names.begin(), last, ", "), *last);
  }

  /// f(T()) for the T whose element type is `type`, which is one of them.
  template <typename F> static Results run(ElementType type, F f) {
    std::optional<Results> results;
    static_cast<void>(((elementTypeOf<Ts>() == type && (results.emplace(f(Ts())), true)) || ...));
    return std::move(*results);
  }

  /// The same for the type of all inputs of `call`; an error that lists the inputs unless it is one type for all, and one of these.
  template <typename F> static Results of(const Call &call, F f) {
    const ElementType type = call.input(0).type;
    bool good = contain(type);
    std::vector<std::string> found;
    for (size_t i = 0; i < call.inputCount(); ++i) {
      good &= call.input(i).type == type;
      found.push_back(describe(call.input(i)));
    }
    if (good)
      return run(type, f);
    if (found.size() == 1)
      return fail("input is {}; it must be {}", found[0], text());
    return fail("inputs are {}; {} must be {}", fmt::join(found, " and "), found.size() == 2 ? "both" : "all", text());
  }
};

using Numbers = ElementTypes<float, int64_t, int32_t, int8_t, uint8_t>;

} // namespace softdpu::cpu
