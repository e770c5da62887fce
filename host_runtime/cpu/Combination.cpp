//===- Combination.cpp - How an update meets the element in its place --------------------===//

#include "Combination.h"
#include "ElementTypes.h"
#include "Extremes.h"

#include <cstring>

namespace softdpu::cpu {

Expected<Combination> Combination::of(const Call &call, ElementType type) {
  constexpr std::string_view names[] = {"none", "add", "mul", "max", "min"}; // As Kind.
  const auto chosen = call.choice("reduction", names);
  if (!chosen)
    return tl::unexpected(chosen.error());
  const auto kind = Kind(*chosen);
  if (kind != Kind::None && !Numbers::contain(type))
    return fail("the data is {}; reduction \"{}\" is supported for {}", elementTypeName(type), names[*chosen], Numbers::text());
  return Combination(kind);
}

void Combination::operator()(Tensor &data, size_t to, const Tensor &updates, size_t from, size_t count) const {
  const size_t size = elementSize(data.type);
  if (kind == Kind::None) {
    std::memcpy(&data.data[to * size], &updates.data[from * size], count * size);
    return;
  }
  static_cast<void>(Numbers::run(data.type, [&]<typename T>(T) -> Results {
    const auto old = values<T>(data).subspan(to, count);
    const auto update = values<T>(updates).subspan(from, count);
    using Wide = std::conditional_t<std::floating_point<T>, T, uint64_t>; // Integers wrap.
    for (size_t i = 0; i < count; ++i)
      switch (kind) {
      case Kind::None:
        break;
      case Kind::Add:
        old[i] = T(Wide(old[i]) + Wide(update[i]));
        break;
      case Kind::Mul:
        old[i] = T(Wide(old[i]) * Wide(update[i]));
        break;
      case Kind::Max:
        old[i] = larger(old[i], update[i]);
        break;
      case Kind::Min:
        old[i] = smaller(old[i], update[i]);
        break;
      }
    return std::vector<Tensor>();
  }));
}

} // namespace softdpu::cpu
