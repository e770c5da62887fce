//===- Reductions.cpp - Sums, products, norms and extremes over axes ---------------------===//
//
// float32 is summed in double, integers wrap. NaN among the elements gives NaN.
//
//===-------------------------------------------------------------------------------------===//

#include "ElementTypes.h"
#include "Extremes.h"
#include "Operators.h"
#include "Strided.h"

#include <cmath>

namespace softdpu::cpu {
namespace {

using Sums = ElementTypes<float, int64_t, int32_t>;
using Floats = ElementTypes<float>;

/// Which axes are reduced, and what is left of the shape.
struct Plan {
  bool nothing = false;         ///< The result is the input: no axes, and noop_with_empty_axes.
  std::vector<int64_t> kept;    ///< The shape with 1 for each reduced axis.
  std::vector<int64_t> strides; ///< Of the result along each axis of the input, 0 along reduced ones.
  std::vector<int64_t> shape;   ///< Of the result, as keepdims says.
  int64_t count = 1;            ///< Elements that become one.
};

Expected<Plan> planOf(const Call &call) {
  const Tensor &data = call.input(0);
  const size_t rank = data.shape.size();
  const auto axes = call.integers(1, "axes");
  if (!axes)
    return tl::unexpected(axes.error());
  const bool all = !*axes || (*axes)->empty();
  std::vector<bool> reduced(rank, all);
  if (!all)
    for (const int64_t axis : **axes) {
      const auto at = normaliseAxis(axis, rank);
      if (!at)
        return tl::unexpected(at.error());
      reduced[*at] = true;
    }
  Plan plan;
  plan.nothing = all && call.attribute<int64_t>("noop_with_empty_axes", 0) != 0;
  const bool keep = call.attribute<int64_t>("keepdims", 1) != 0;
  for (size_t d = 0; d < rank; ++d) {
    plan.kept.push_back(reduced[d] ? 1 : data.shape[d]);
    if (reduced[d])
      plan.count *= data.shape[d];
    if (keep || !reduced[d])
      plan.shape.push_back(plan.kept.back());
  }
  plan.strides = broadcastStrides(plan.kept, data.shape);
  for (size_t d = 0; d < rank; ++d)
    if (reduced[d])
      plan.strides[d] = 0;
  return plan;
}

/// step(sum, x, i) for every element x, with the sum of result i. \tparam S type of the sums.
template <typename S, typename T, typename F> void accumulate(const Tensor &data, const Plan &plan, std::span<S> sums, F step) {
  const std::span<const T> in = values<T>(data);
  if (in.empty())
    return;
  const size_t outer = data.shape.empty() ? 0 : data.shape.size() - 1, inner = data.shape.empty() ? 1 : size_t(data.shape.back());
  const int64_t stride = data.shape.empty() ? 0 : plan.strides.back();
  Odometer<1> position(std::span(data.shape).first(outer), {std::span(plan.strides).first(outer)});
  for (size_t begin = 0; begin < in.size(); begin += inner, position.advance())
    for (size_t i = 0; i < inner; ++i) {
      const auto to = size_t(position.offsets[0] + int64_t(i) * stride);
      step(sums[to], in[begin + i], to);
    }
}

/// Reduces with `step`, starting from `first`, and turns each sum into an element with `finish`.
template <typename Types, typename Step, typename Finish> Results reduce(const Call &call, auto first, Step step, Finish finish) {
  const Tensor &data = call.input(0);
  if (!Types::contain(data.type))
    return fail("input is {}; it must be {}", describe(data), Types::text());
  const auto plan = planOf(call);
  if (!plan)
    return tl::unexpected(plan.error());
  if (plan->nothing)
    return one(data);
  return Types::run(data.type, [&]<typename T>(T) {
    using S = decltype(first(T()));
    auto result = makeTensor(data.type, plan->shape);
    if (!result)
      return one(std::move(result));
    std::vector<S> sums(elements(*result), first(T()));
    accumulate<S, T>(data, *plan, std::span(sums), [&step](S &sum, T x, size_t) { sum = step(sum, x); });
    std::ranges::transform(sums, values<T>(*result).begin(), [&](S sum) { return T(finish(sum, plan->count)); });
    return one(std::move(result));
  });
}

/// What sums of T are kept in: double, or integers that wrap.
template <typename T> using Wide = std::conditional_t<std::floating_point<T>, double, uint64_t>;

constexpr auto zero = []<typename T>(T) { return Wide<T>(0); };
constexpr auto itself = [](auto sum, int64_t) { return sum; };
constexpr auto sumOf = []<typename S, typename T>(S sum, T x) { return S(sum + S(x)); };
constexpr auto squares = []<typename S, typename T>(S sum, T x) { return S(sum + S(x) * S(x)); };
constexpr auto magnitudes = []<typename S, typename T>(S sum, T x) { return S(x < 0 ? sum - S(x) : sum + S(x)); };

/// The least T: what is left of no elements at all.
template <typename T> constexpr T lowest() {
  if constexpr (std::floating_point<T>)
    return -std::numeric_limits<T>::infinity();
  else
    return std::numeric_limits<T>::min();
}
template <typename T> constexpr T highest() {
  if constexpr (std::floating_point<T>)
    return std::numeric_limits<T>::infinity();
  else
    return std::numeric_limits<T>::max();
}

} // namespace

Results reduceL1(const Call &call) { return reduce<Sums>(call, zero, magnitudes, itself); }
Results reduceL2(const Call &call) {
  return reduce<Floats>(call, zero, squares, [](double sum, int64_t) { return std::sqrt(sum); });
}
Results reduceLogSum(const Call &call) {
  return reduce<Floats>(call, zero, sumOf, [](double sum, int64_t) { return std::log(sum); });
}
Results reduceMax(const Call &call) {
  return reduce<Numbers>(call, []<typename T>(T) { return lowest<T>(); }, []<typename T>(T a, T b) { return larger(a, b); }, itself);
}
Results reduceMean(const Call &call) {
  return reduce<Floats>(call, zero, sumOf, [](double sum, int64_t count) { return sum / double(count); });
}
Results reduceMin(const Call &call) {
  return reduce<Numbers>(call, []<typename T>(T) { return highest<T>(); }, []<typename T>(T a, T b) { return smaller(a, b); }, itself);
}
Results reduceProduct(const Call &call) {
  return reduce<Sums>(
      call, []<typename T>(T) { return Wide<T>(1); }, []<typename S, typename T>(S product, T x) { return S(product * S(x)); }, itself);
}
Results reduceSum(const Call &call) { return reduce<Sums>(call, zero, sumOf, itself); }
Results reduceSumSquare(const Call &call) { return reduce<Sums>(call, zero, squares, itself); }

Results reduceLogSumExp(const Call &call) {
  const Tensor &data = call.input(0);
  if (!Floats::contain(data.type))
    return fail("input is {}; it must be {}", describe(data), Floats::text());
  const auto plan = planOf(call);
  if (!plan)
    return tl::unexpected(plan.error());
  if (plan->nothing)
    return one(data);
  auto result = makeTensor(data.type, plan->shape);
  if (!result)
    return one(std::move(result));
  // The maximum keeps exp() in range; an infinite one would give infinity minus infinity.
  std::vector<float> largest(elements(*result), lowest<float>());
  accumulate<float, float>(data, *plan, std::span(largest), [](float &sum, float x, size_t) { sum = larger(sum, x); });
  std::vector<double> sums(largest.size(), 0);
  accumulate<double, float>(data, *plan, std::span(sums), [&](double &sum, float x, size_t i) {
    sum += std::exp(double(x) - (std::isinf(largest[i]) ? 0 : double(largest[i])));
  });
  for (size_t i = 0; i < sums.size(); ++i)
    values<float>(*result)[i] = float(std::log(sums[i]) + (std::isinf(largest[i]) ? 0 : double(largest[i])));
  return one(std::move(result));
}

} // namespace softdpu::cpu
