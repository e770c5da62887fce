//===- Einsum.cpp - Sums of products over labelled dimensions ----------------------------===//
//
// Operands are joined from left to right: each pair as a batch of matrix products, after sums over what nothing else needs.
//
//===-------------------------------------------------------------------------------------===//

#include "Operators.h"
#include "Sgemm.h"
#include "Strided.h"

#include "softdpu/isa/EinsumEquation.h"

#include <map>
#include <numeric>

namespace softdpu::cpu {
namespace {

using Labels = std::vector<int>;

bool contains(const Labels &labels, int label) { return std::ranges::find(labels, label) != labels.end(); }

/// A tensor with one label for each dimension, all different.
struct Operand {
  Labels labels;
  Tensor data;

  int64_t size(int label) const { return data.shape[size_t(std::ranges::find(labels, label) - labels.begin())]; }
  /// Elements along `some` of the labels.
  int64_t size(const Labels &some) const {
    return std::accumulate(some.begin(), some.end(), int64_t(1), [this](int64_t product, int label) { return product * size(label); });
  }
};

Labels operator+(Labels a, const Labels &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

using Sizes = std::map<int, int64_t>;

Expected<Sizes> sizesOf(const Call &call, const EinsumEquation &equation) {
  Sizes sizes;
  for (size_t i = 0; i < equation.operands.size(); ++i)
    for (size_t d = 0; d < equation.operands[i].size(); ++d) {
      const int label = equation.operands[i][d];
      const int64_t size = call.input(i).shape[d];
      const auto [known, added] = sizes.emplace(label, size);
      if (added || known->second == size || (EinsumEquation::broadcasts(label) && size == 1))
        continue;
      if (!EinsumEquation::broadcasts(label) || known->second != 1)
        return fail("dimension {} of input {} is {}, another dimension of the same label is {}", d, i, size, known->second);
      known->second = size;
    }
  return sizes;
}

/// Each label once: the diagonal of those that are there several times, and dimensions of 1 repeated where others are larger.
Expected<Operand> distinct(const Tensor &tensor, const Labels &labels, const Sizes &sizes) {
  Operand result;
  std::vector<int64_t> shape, steps;
  const auto strides = broadcastStrides(tensor.shape, tensor.shape); // 0 along dimensions of 1
  for (size_t d = 0; d < labels.size(); ++d) {
    const auto at = std::ranges::find(result.labels, labels[d]);
    if (at != result.labels.end()) {
      steps[size_t(at - result.labels.begin())] += strides[d];
      continue;
    }
    result.labels.push_back(labels[d]);
    shape.push_back(sizes.at(labels[d]));
    steps.push_back(strides[d]);
  }
  auto data = copyStrided(tensor, std::move(shape), steps);
  if (!data)
    return tl::unexpected(data.error());
  result.data = std::move(*data);
  return result;
}

/// The same with its dimensions in the order of `labels`.
Expected<Operand> permuted(const Operand &operand, Labels labels) {
  const auto strides = rowMajorStrides(operand.data.shape);
  std::vector<int64_t> shape, steps;
  for (const int label : labels) {
    const auto at = size_t(std::ranges::find(operand.labels, label) - operand.labels.begin());
    shape.push_back(operand.data.shape[at]);
    steps.push_back(strides[at]);
  }
  auto data = copyStrided(operand.data, std::move(shape), steps);
  if (!data)
    return tl::unexpected(data.error());
  return Operand{std::move(labels), std::move(*data)};
}

/// Sums over every label that is not in `kept`.
Expected<Operand> summed(Operand operand, const Labels &kept) {
  Labels stay, gone;
  for (const int label : operand.labels)
    (contains(kept, label) ? stay : gone).push_back(label);
  if (gone.empty())
    return operand;
  const int64_t count = operand.size(gone);
  const auto rows = permuted(operand, stay + gone);
  if (!rows)
    return rows;
  auto sums = makeTensor(ElementType::Float32, {rows->data.shape.begin(), rows->data.shape.begin() + int64_t(stay.size())});
  if (!sums)
    return tl::unexpected(sums.error());
  const float *row = values<float>(rows->data).data();
  for (float &sum : values<float>(*sums)) {
    sum = float(std::accumulate(row, row + count, 0.0));
    row += count;
  }
  return Operand{std::move(stay), std::move(*sums)};
}

/// The product, summed over every label that is not in `kept`.
Expected<Operand> joined(Operand a, Operand b, const Labels &kept) {
  auto left = summed(std::move(a), kept + b.labels);
  if (!left)
    return left;
  auto right = summed(std::move(b), kept + left->labels);
  if (!right)
    return right;
  Labels batch, rows, inner, cols;
  for (const int label : left->labels)
    (!contains(right->labels, label) ? rows : contains(kept, label) ? batch : inner).push_back(label);
  for (const int label : right->labels)
    if (!contains(left->labels, label))
      cols.push_back(label);
  const Sgemm product{.m = left->size(rows), .n = right->size(cols), .k = left->size(inner)};
  const int64_t count = left->size(batch);
  std::vector<int64_t> shape;
  for (const int label : batch + rows)
    shape.push_back(left->size(label));
  for (const int label : cols)
    shape.push_back(right->size(label));
  left = permuted(*left, batch + rows + inner);
  right = permuted(*right, batch + inner + cols);
  auto result = makeTensor(ElementType::Float32, std::move(shape));
  if (!left || !right || !result)
    return tl::unexpected(!left ? left.error() : !right ? right.error() : result.error());
  for (int64_t i = 0; i < count; ++i)
    product(values<float>(left->data).data() + i * product.m * product.k, values<float>(right->data).data() + i * product.k * product.n,
            values<float>(*result).data() + i * product.m * product.n);
  return Operand{batch + rows + cols, std::move(*result)};
}

} // namespace

Results einsum(const Call &call) {
  if (const auto checked = call.requireFloat(); !checked)
    return tl::unexpected(checked.error());
  std::vector<size_t> ranks;
  for (size_t i = 0; i < call.inputCount(); ++i)
    ranks.push_back(call.input(i).shape.size());
  const auto equation = EinsumEquation::parse(call.attribute<std::string>("equation", ""), ranks);
  if (!equation)
    return tl::unexpected(equation.error());
  const auto sizes = sizesOf(call, *equation);
  if (!sizes)
    return tl::unexpected(sizes.error());

  Expected<Operand> result = distinct(call.input(0), equation->operands[0], *sizes);
  for (size_t i = 1; result && i < call.inputCount(); ++i) {
    auto next = distinct(call.input(i), equation->operands[i], *sizes);
    Labels kept = equation->output; // What this pair must leave: the output, and what later operands meet.
    for (size_t later = i + 1; later < call.inputCount(); ++later)
      kept = kept + equation->operands[later];
    result = next ? joined(std::move(*result), std::move(*next), kept) : std::move(next);
  }
  if (result)
    result = summed(std::move(*result), equation->output);
  if (result)
    result = permuted(*result, equation->output);
  if (!result)
    return tl::unexpected(result.error());
  return one(std::move(result->data));
}

} // namespace softdpu::cpu
