//===- Sequences.cpp - Along one axis: running sums and reversed sequences ---------------===//

#include "ElementTypes.h"
#include "Operators.h"
#include "Strided.h"

#include <cstring>

namespace softdpu::cpu {

Results cumulativeSum(const Call &call) {
  const auto given = integersOf(call.input(1));
  if (!given || given->size() != 1)
    return fail("the axis is {}; one int32 or int64 is expected", describe(call.input(1)));
  Tensor result = call.input(0);
  const auto axis = normaliseAxis((*given)[0], result.shape.size());
  if (!axis)
    return tl::unexpected(axis.error());
  const bool exclusive = call.attribute<int64_t>("exclusive", 0) != 0, reverse = call.attribute<int64_t>("reverse", 0) != 0;
  using Types = ElementTypes<float, int64_t, int32_t>;
  if (!Types::contain(result.type))
    return fail("input is {}; it must be {}", describe(result), Types::text());
  return Types::run(result.type, [&]<typename T>(T) -> Results {
    using Sum = std::conditional_t<std::floating_point<T>, T, uint64_t>; // Integers wrap.
    const auto size = size_t(result.shape[*axis]), stride = size_t(rowMajorStrides(result.shape)[*axis]);
    const std::span<T> data = values<T>(result);
    for (size_t block = 0; block < data.size(); block += size * stride)
      for (size_t line = block; line < block + stride; ++line) {
        Sum sum = 0;
        for (size_t i = 0; i < size; ++i) {
          T &value = data[line + (reverse ? size - 1 - i : i) * stride];
          const Sum before = sum;
          sum += Sum(value);
          value = T(exclusive ? before : sum);
        }
      }
    return one(std::move(result));
  });
}

Results reverseSequence(const Call &call) {
  const Tensor &data = call.input(0);
  const auto lengths = integersOf(call.input(1));
  if (!lengths)
    return fail("sequence_lens are {}", lengths.error().message);
  const int64_t batchAxis = call.attribute<int64_t>("batch_axis", 1), timeAxis = call.attribute<int64_t>("time_axis", 0);
  if (data.shape.size() < 2 || batchAxis + timeAxis != 1 || (batchAxis != 0 && timeAxis != 0))
    return fail("input is {} with batch_axis {} and time_axis {}; 0 and 1, in either order, of rank 2 or more are supported",
                describe(data), batchAxis, timeAxis);
  const int64_t steps = data.shape[size_t(timeAxis)], batch = data.shape[size_t(batchAxis)];
  if (int64_t(lengths->size()) != batch)
    return fail("{} sequence_lens for a batch of {}", lengths->size(), batch);
  for (const int64_t length : *lengths)
    if (length < 0 || length > steps)
      return fail("a sequence of {} steps; 0 to {} are expected", length, steps);
  Tensor result = data;
  if (result.data.empty())
    return one(std::move(result));
  const auto strides = rowMajorStrides(data.shape);
  const size_t bytes = size_t(strides[1]) * elementSize(data.type); // Of one step of one sequence.
  const auto at = [&](int64_t row, int64_t step) {
    return size_t(row * strides[size_t(batchAxis)] + step * strides[size_t(timeAxis)]) * elementSize(data.type);
  };
  for (int64_t row = 0; row < batch; ++row)
    for (int64_t length = (*lengths)[size_t(row)], step = 0; step < length; ++step)
      std::memcpy(&result.data[at(row, step)], &data.data[at(row, length - 1 - step)], bytes);
  return one(std::move(result));
}

} // namespace softdpu::cpu
