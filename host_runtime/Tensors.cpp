//===- Tensors.cpp - Making and looking at tensors ---------------------------------------===//

#include "softdpu/host_runtime/Tensors.h"

#include <fmt/ranges.h>

namespace softdpu {

Expected<uint64_t> elementCount(std::span<const int64_t> shape) {
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0)
      return fail("shape {} has a negative dimension", shapeText(shape));
    if (size == 0) {
      empty = true;
      continue;
    }
    if (uint64_t(size) > maxTensorBytes / count)
      return fail("shape {} has more than {} elements", shapeText(shape), maxTensorBytes);
    count *= uint64_t(size);
  }
  return empty ? 0 : count;
}

Expected<Tensor> makeTensor(ElementType type, std::vector<int64_t> shape) {
  const auto count = elementCount(shape);
  if (!count)
    return tl::unexpected(count.error());
  if (*count > maxTensorBytes / elementSize(type))
    return fail("a {} tensor of shape {} takes more than {} bytes", elementTypeName(type), shapeText(shape), maxTensorBytes);
  Tensor result{type, std::move(shape), {}};
  result.data.resize(*count * elementSize(type));
  return result;
}

std::string shapeText(std::span<const int64_t> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

std::string shapeText(std::span<const Dimension> shape) {
  std::string text = "[";
  for (const Dimension &dimension : shape) {
    if (text.size() > 1)
      text += ", ";
    text += dimension.size >= 0 ? std::to_string(dimension.size) : dimension.symbol.empty() ? "?" : dimension.symbol;
  }
  return text + "]";
}

std::string describe(const Tensor &tensor) { return fmt::format("{} {}", elementTypeName(tensor.type), shapeText(tensor.shape)); }

Expected<std::vector<int64_t>> integersOf(const Tensor &tensor) {
  if (tensor.type == ElementType::Int64) {
    const auto data = values<int64_t>(tensor);
    return std::vector<int64_t>(data.begin(), data.end());
  }
  if (tensor.type == ElementType::Int32) {
    const auto data = values<int32_t>(tensor);
    return std::vector<int64_t>(data.begin(), data.end());
  }
  return fail("{} where int64 or int32 is needed", describe(tensor));
}

} // namespace softdpu
