//===- RegionStream.cpp - Sequences as the DPU's queues carry them -----------------------===//

#include "RegionStream.h"

#include "softdpu/host_runtime/Tensors.h"
#include "softdpu/numerics/HalfVector.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace softdpu {
namespace {

constexpr uint32_t maxFeatures = 1 << 24, maxLag = 1 << 10;

/// float16 rounds what is at least this far out to infinity.
constexpr float saturationLimit = 65520;

/// Of a tensor whose first dimension is time; 0 if it has no dimension.
uint64_t valuesPerStep(const Tensor &tensor) {
  uint64_t count = tensor.shape.empty() ? 0 : 1;
  for (size_t d = 1; d < tensor.shape.size(); ++d)
    count *= uint64_t(tensor.shape[d]);
  return count;
}

} // namespace

Expected<void> checkRegion(const DpuRegion &region) {
  if (region.sequenceInputs.empty())
    return fail("region \"{}\" has no sequence input", region.name);
  if (std::ranges::find(region.sequenceInputs, region.stepsFrom, &RegionPort::tensor) == region.sequenceInputs.end())
    return fail("region \"{}\" takes its number of steps from \"{}\", which is none of its sequence inputs", region.name, region.stepsFrom);
  for (const auto *ports : {&region.stateInputs, &region.sequenceInputs, &region.sequenceOutputs, &region.finalOutputs})
    for (const RegionPort &port : *ports) {
      if (port.features == 0 || port.features > maxFeatures)
        return fail("region \"{}\": \"{}\" has {} features, expected 1 to {}", region.name, port.tensor, port.features, maxFeatures);
      if (port.lag > maxLag)
        return fail("region \"{}\": \"{}\" lags by {} steps, expected at most {}", region.name, port.tensor, port.lag, maxLag);
    }
  return {};
}

Expected<RegionStream> RegionStream::create(const DpuRegion &region, const Arch &arch, const RegionInputs &inputs) {
  RegionStream stream(region, arch, inputs);
  const size_t states = region.stateInputs.size();
  for (size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i]->type != ElementType::Float32) {
      const RegionPort &port = i < states ? region.stateInputs[i] : region.sequenceInputs[i - states];
      return fail("region \"{}\": \"{}\" is {}, expected float32", region.name, port.tensor, describe(*inputs[i]));
    }

  const auto source = std::ranges::find(region.sequenceInputs, region.stepsFrom, &RegionPort::tensor);
  const Tensor &sequence = *inputs[states + size_t(source - region.sequenceInputs.begin())];
  // The batch comes from the shape of one step, so that a sequence of no steps has one as well.
  const uint64_t stepValues = valuesPerStep(sequence);
  if (stepValues == 0 || stepValues % source->features != 0)
    return fail("region \"{}\": \"{}\" is {}, expected [T, sequences, {}]", region.name, source->tensor, describe(sequence),
                source->features);
  stream.stepCount = uint64_t(sequence.shape[0]);
  if (stream.stepCount > UINT32_MAX)
    return fail("region \"{}\": {} time steps, at most {} are supported", region.name, stream.stepCount, UINT32_MAX);
  stream.batchCount = stepValues / source->features;

  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool isState = i < states;
    const RegionPort &port = isState ? region.stateInputs[i] : region.sequenceInputs[i - states];
    const uint64_t expected = (isState ? 1 : stream.stepCount) * stream.batchCount * port.features;
    if (elements(*inputs[i]) != expected)
      return fail("region \"{}\": \"{}\" is {}, expected {} values ({}{} sequences of {} features)", region.name, port.tensor,
                  describe(*inputs[i]), expected, isState ? "" : fmt::format("{} steps of ", stream.stepCount), stream.batchCount,
                  port.features);
  }

  const auto addOutput = [&](const RegionPort &port, std::vector<int64_t> shape) -> Expected<void> {
    shape.insert(shape.end(), {int64_t(stream.batchCount), int64_t(port.features)});
    auto tensor = makeTensor(ElementType::Float32, std::move(shape));
    if (!tensor)
      return fail("region \"{}\": \"{}\": {}", region.name, port.tensor, tensor.error().message);
    stream.outputs.push_back(std::move(*tensor));
    return {};
  };
  for (const RegionPort &port : region.sequenceOutputs)
    if (const auto added = addOutput(port, {int64_t(stream.stepCount)}); !added)
      return tl::unexpected(added.error());
  for (const RegionPort &port : region.finalOutputs)
    if (const auto added = addOutput(port, {}); !added)
      return tl::unexpected(added.error());
  return stream;
}

void RegionStream::forEachStep(std::span<const RegionPort> ports, const std::function<void(size_t, uint64_t)> &move) const {
  uint64_t lag = 0;
  for (const RegionPort &port : ports)
    lag = std::max<uint64_t>(lag, port.lag);
  for (uint64_t iteration = 0; iteration < stepCount + lag; ++iteration)
    for (size_t p = 0; p < ports.size(); ++p)
      if (iteration >= ports[p].lag && iteration - ports[p].lag < stepCount)
        move(p, iteration - ports[p].lag);
}

uint64_t RegionStream::paddedFeatures(const RegionPort &port) const {
  return (uint64_t(port.features) + arch.nativeDim - 1) / arch.nativeDim * arch.nativeDim;
}

Expected<void> RegionStream::appendRow(const RegionPort &port, const Tensor &tensor, uint64_t row, HalfBuffer &to) {
  const auto data = values<float>(tensor).subspan(row * port.features, port.features);
  const size_t begin = to.size();
  to.resize(begin + paddedFeatures(port));
  // Without branches, so that the compiler takes several values at once.
  constexpr float infinity = std::numeric_limits<float>::infinity();
  uint32_t tooLarge = 0, notFinite = 0;
  for (const float value : data) {
    tooLarge += std::abs(value) >= saturationLimit;
    notFinite += !(std::abs(value) < infinity);
  }
  if (notFinite > 0) {
    const size_t i = size_t(std::ranges::find_if(data, [](float value) { return !std::isfinite(value); }) - data.begin());
    return fail("\"{}\" has {} at index {}; values that go to the DPU must be finite", port.tensor, data[i], row * port.features + i);
  }
  saturatedCount += tooLarge;
  fromFloats(data, std::span(to).subspan(begin, data.size()));
  return {};
}

Expected<HalfBuffer> RegionStream::pack(uint64_t b) {
  uint64_t total = 0;
  for (const RegionPort &port : region.stateInputs)
    total += paddedFeatures(port);
  for (const RegionPort &port : region.sequenceInputs)
    total += paddedFeatures(port) * stepCount;
  HalfBuffer netIn;
  netIn.reserve(total);

  Expected<void> state;
  for (size_t p = 0; p < region.stateInputs.size() && state; ++p)
    state = appendRow(region.stateInputs[p], *inputs[p], b, netIn);
  forEachStep(region.sequenceInputs, [&](size_t p, uint64_t step) {
    if (state)
      state = appendRow(region.sequenceInputs[p], *inputs[region.stateInputs.size() + p], step * batchCount + b, netIn);
  });
  if (!state)
    return tl::unexpected(state.error());
  return netIn;
}

uint64_t RegionStream::outputValues() const {
  uint64_t total = 0;
  for (const RegionPort &port : region.sequenceOutputs)
    total += paddedFeatures(port) * stepCount;
  for (const RegionPort &port : region.finalOutputs)
    total += paddedFeatures(port);
  return total;
}

Expected<void> RegionStream::unpack(uint64_t b, std::span<const Half> netOut) {
  if (netOut.empty())
    return {};
  if (netOut.size() != outputValues())
    return fail("region \"{}\" returned {} native vectors, expected {}", region.name, netOut.size() / arch.nativeDim,
                outputValues() / arch.nativeDim);
  const auto takeRow = [&](const RegionPort &port, Tensor &tensor, uint64_t row) {
    toFloats(netOut.first(port.features), values<float>(tensor).subspan(row * port.features, port.features));
    netOut = netOut.subspan(paddedFeatures(port));
  };
  forEachStep(region.sequenceOutputs,
              [&](size_t p, uint64_t step) { takeRow(region.sequenceOutputs[p], outputs[p], step * batchCount + b); });
  for (size_t p = 0; p < region.finalOutputs.size(); ++p)
    takeRow(region.finalOutputs[p], outputs[region.sequenceOutputs.size() + p], b);
  return {};
}

} // namespace softdpu
