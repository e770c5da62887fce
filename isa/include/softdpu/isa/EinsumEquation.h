//===- EinsumEquation.h - What the attribute `equation` of an Einsum means ---------------===//
//
// The compiler infers shapes from it, the host runs it; both read it here.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "softdpu/isa/Error.h"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace softdpu {

/// Labels of dimensions: letters are 0 to 51, the dimensions of the ellipsis `firstOfEllipsis` and more, counted from the last.
struct EinsumEquation {
  static constexpr int firstOfEllipsis = 52;

  std::vector<std::vector<int>> operands; ///< One label for each dimension.
  std::vector<int> output;                ///< Each once, each in an operand.

  /// Reads `text` ("bij,bjk->bik"; without "->" the output has the ellipsis, then the labels that appear once, in alphabetical order).
  /// \param ranks of the inputs.
  /// \returns an error that quotes the equation.
  static Expected<EinsumEquation> parse(std::string_view text, std::span<const size_t> ranks);

  /// Whether dimensions of this label may be 1 where others are not.
  static bool broadcasts(int label) { return label >= firstOfEllipsis; }
};

} // namespace softdpu
