//===- Tables.h - What a tail may do, from isa/dpu.td ------------------------------------===//

#pragma once

#include "softdpu/isa/Chain.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace softdpu::random {

/// A memory that a vector can come from or go to, and the place of its Write in a Tail.
struct Destination {
  enum class Kind : uint8_t { NetOut, Initial, AddSub, Multiply } kind;
  unsigned mfu = 0;
  /// Where a tail keeps the write to this memory.
  std::optional<Write> &in(Tail &tail) const;
};

std::vector<AddOp> addOps();
std::vector<ActivationOp> activationOps();
std::vector<Source> sources();
/// All destinations of v_wr on a device with `mfus` MFUs.
std::vector<Destination> destinations(unsigned mfus);

} // namespace softdpu::random
