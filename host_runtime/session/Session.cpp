//===- Session.cpp - Runs a whole program on tensors -------------------------------------===//

#include "softdpu/host_runtime/Session.h"

#include "RegionStream.h"
#include "Scope.h"
#include "softdpu/host_runtime/HostOperator.h"
#include "softdpu/host_runtime/Signature.h"
#include "softdpu/host_runtime/Tensors.h"

#include <chrono>
#include <new>
#include <set>

namespace softdpu {
namespace {

class Stopwatch {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

std::vector<std::string> inputsOf(const DpuRegion &region) {
  std::vector<std::string> names;
  for (const auto *ports : {&region.stateInputs, &region.sequenceInputs})
    for (const RegionPort &port : *ports)
      names.push_back(port.tensor);
  return names;
}

std::vector<std::string> outputsOf(const DpuRegion &region) {
  std::vector<std::string> names;
  for (const auto *ports : {&region.sequenceOutputs, &region.finalOutputs})
    for (const RegionPort &port : *ports)
      names.push_back(port.tensor);
  return names;
}

/// Checks each step by itself, and that every name is defined before it is used.
class ProgramCheck {
public:
  ProgramCheck(const Program &program, EngineKind kind) : program(program), kind(kind) {}

  Expected<void> run() {
    for (const Port &port : program.inputs)
      if (!defined.insert(port.name).second)
        return fail("input \"{}\" occurs twice", port.name);
    for (const auto &[name, tensor] : program.constants)
      if (!defined.insert(name).second)
        return fail("constant \"{}\" is also an input", name);
    for (const Step &step : program.steps) {
      const auto checked = std::visit([this](const auto &each) { return check(each); }, step);
      if (!checked)
        return checked;
    }
    for (const Port &port : program.outputs)
      if (!defined.contains(port.name))
        return fail("output \"{}\" is computed by no step", port.name);
    return {};
  }

private:
  Expected<void> check(const HostStep &step) {
    if (const auto checked = checkHostStep(step); !checked)
      return checked;
    return connect(step);
  }
  Expected<void> connect(const HostStep &step) {
    const std::string title = fmt::format("node \"{}\" ({})", step.node, step.op);
    for (const HostBody &body : step.bodies)
      if (const auto connected = connect(title, body); !connected)
        return connected;
    return connect(title, step.inputs, step.outputs);
  }
  /// What a body defines is seen inside of it alone.
  Expected<void> connect(const std::string &title, const HostBody &body) {
    const size_t outside = order.size();
    for (const Port &port : body.inputs)
      if (port.name.empty() || !define(port.name))
        return fail("{}: body input \"{}\" is defined twice or has no name", title, port.name);
    for (const HostStep &step : body.steps)
      if (const auto connected = connect(step); !connected)
        return connected;
    for (const Port &port : body.outputs)
      if (!defined.contains(port.name))
        return fail("{}: body output \"{}\" is computed by no step", title, port.name);
    for (; order.size() > outside; order.pop_back())
      defined.erase(order.back());
    return {};
  }
  Expected<void> check(const DpuRegion &region) {
    if (kind == EngineKind::Cpu)
      return fail("region \"{}\" needs a DPU, and engine cpu has none: run on functional, systemc or rtl, or compile with --place '*=cpu'",
                  region.name);
    if (const auto checked = checkRegion(region); !checked)
      return checked;
    return connect(fmt::format("region \"{}\"", region.name), inputsOf(region), outputsOf(region));
  }
  Expected<void> connect(const std::string &title, const std::vector<std::string> &inputs, const std::vector<std::string> &outputs) {
    for (const std::string &name : inputs)
      if (!name.empty() && !defined.contains(name))
        return fail("{}: input \"{}\" is not defined by an earlier step", title, name);
    for (const std::string &name : outputs)
      if (!name.empty() && !define(name))
        return fail("{}: output \"{}\" is defined twice", title, name);
    return {};
  }

  bool define(const std::string &name) {
    order.push_back(name);
    return defined.insert(name).second;
  }

  const Program &program;
  EngineKind kind;
  std::set<std::string> defined;
  std::vector<std::string> order; ///< In which steps and bodies define names.
};

/// One run of a program.
class Executor {
public:
  Executor(const Program &program, Device &device, const RunOptions &options, std::vector<DeviceCall> *calls)
      : program(program), device(device), options(options), calls(calls) {}

  Expected<Tensors> run(const Tensors &inputs) {
    const Stopwatch stopwatch;
    const auto symbols = bindInputs(program.inputs, inputs);
    if (!symbols)
      return tl::unexpected(symbols.error());
    for (const auto &[name, tensor] : inputs)
      scope.refer(name, tensor);
    for (const auto &[name, tensor] : program.constants)
      scope.refer(name, tensor);
    for (const Step &step : program.steps) {
      const auto done = std::visit([this](const auto &each) { return execute(each); }, step);
      if (!done)
        return tl::unexpected(done.error());
    }
    Tensors outputs;
    for (const Port &port : program.outputs) {
      Tensor tensor = *scope.find(port.name);
      if (tensor.type != port.type)
        return fail("output \"{}\" was computed as {}, expected {}", port.name, describe(tensor), elementTypeName(port.type));
      if (const auto shaped = shapeOutput(port, *symbols, tensor); !shaped)
        return tl::unexpected(shaped.error());
      outputs.emplace(port.name, std::move(tensor));
    }
    statistics.seconds = stopwatch.seconds();
    return outputs;
  }

  RunStatistics takeStatistics() { return std::move(statistics); }

private:
  Expected<void> execute(const HostStep &step) {
    const Stopwatch stopwatch;
    auto done = scope.run(step);
    statistics.hostSteps.push_back({step.op, step.node, stopwatch.seconds()});
    return done;
  }

  Expected<void> execute(const DpuRegion &region) {
    RegionInputs inputs;
    for (const std::string &name : inputsOf(region))
      inputs.push_back(scope.find(name));
    const Stopwatch whole;
    auto stream = RegionStream::create(region, device.arch(), inputs);
    if (!stream)
      return tl::unexpected(stream.error());

    RegionStatistics result;
    result.name = region.name;
    result.steps = stream->steps();
    result.batch = stream->batch();
    RunOptions runOptions = options;
    runOptions.scalars = {};
    runOptions.scalars[0] = uint32_t(stream->steps());
    for (uint64_t b = 0; b < stream->batch(); ++b) {
      auto netIn = stream->pack(b);
      if (!netIn)
        return fail("region \"{}\": {}", region.name, netIn.error().message);
      const Stopwatch stopwatch;
      auto run = device.run(region.entryPoint, *netIn, runOptions);
      result.seconds += stopwatch.seconds();
      if (!run)
        return fail("region \"{}\": {}", region.name, run.error().message);
      result.counters += run->counters;
      if (!options.timingOnly || !run->netOut.empty())
        if (const auto unpacked = stream->unpack(b, run->netOut); !unpacked)
          return unpacked;
      if (calls)
        calls->push_back({region.name, region.entryPoint, runOptions.scalars, std::move(*netIn), std::move(*run)});
    }
    result.saturated = stream->saturated();
    const auto names = outputsOf(region);
    auto outputs = stream->takeOutputs();
    for (size_t i = 0; i < names.size(); ++i)
      scope.own(names[i], std::move(outputs[i]));
    result.packSeconds = whole.seconds() - result.seconds;
    statistics.regions.push_back(std::move(result));
    return {};
  }

  const Program &program;
  Device &device;
  const RunOptions &options;
  std::vector<DeviceCall> *calls;
  Scope scope;
  RunStatistics statistics;
};

} // namespace

Counters &operator+=(Counters &sum, const Counters &more) {
  for (const auto field : counterFields)
    sum.*field += more.*field;
  return sum;
}

Counters RunStatistics::counters() const {
  Counters sum;
  for (const RegionStatistics &region : regions)
    sum += region.counters;
  return sum;
}

uint64_t RunStatistics::saturated() const {
  uint64_t sum = 0;
  for (const RegionStatistics &region : regions)
    sum += region.saturated;
  return sum;
}

double RunStatistics::engineSeconds() const {
  double sum = 0;
  for (const RegionStatistics &region : regions)
    sum += region.seconds;
  return sum;
}

Expected<Session> Session::create(Program program, Device device, const RunOptions &loadOptions) {
  const auto loaded = device.load(program, loadOptions);
  if (!loaded)
    return tl::unexpected(loaded.error());
  if (const auto checked = ProgramCheck(program, device.kind()).run(); !checked)
    return tl::unexpected(checked.error());
  return Session(std::move(program), std::move(device), *loaded);
}

Expected<Tensors> Session::run(const Tensors &inputs, const RunOptions &options, std::vector<DeviceCall> *calls) {
  try {
    Executor executor(loaded, target, options, calls);
    auto outputs = executor.run(inputs);
    if (outputs)
      ofLastRun = executor.takeStatistics();
    return outputs;
  } catch (const std::bad_alloc &) {
    return fail("not enough memory");
  }
}

} // namespace softdpu
