//===- Combination.h - How an update meets the element in its place -------------------------===//

#pragma once

#include "Call.h"

namespace softdpu::cpu {

/// ONNX's attribute `reduction`: none, add, mul, max or min.
class Combination {
public:
  /// An error unless `call` names one that there is, for `type`.
  static Expected<Combination> of(const Call &call, ElementType type);

  /// Joins `count` elements of `updates` from `from` on with those of `data` from `to` on. Both have the type given to of().
  void operator()(Tensor &data, size_t to, const Tensor &updates, size_t from, size_t count) const;

private:
  enum class Kind : uint8_t { None, Add, Mul, Max, Min };
  explicit Combination(Kind kind) : kind(kind) {}
  Kind kind;
};

} // namespace softdpu::cpu
