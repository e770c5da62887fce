//===- Bench.cpp - Clock, reset and host around a device under test ----------------------===//

#include "Bench.h"

#include "softdpu/isa/Instruction.h"
#include "softdpu/isa/WeightStream.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace softdpu {
namespace {

constexpr unsigned resetLength = 4;

/// Cycles that register accesses and draining take at most; a whole instruction memory is below 2^18 accesses.
constexpr uint64_t answerLimit = uint64_t(1) << 22;

/// Cycles between two looks at the counters; a run in which nothing moved for so long never will, as pauses last 256 cycles at most on
/// average.
constexpr uint64_t watchInterval = 16384;

struct Cause {
  uint64_t Counters::*counter;
  std::string_view unit, waitsFor;
};

constexpr Cause causes[] = {
    {&Counters::sequencerStallDecode, "sequencer", "the decoder"},
    {&Counters::sequencerStallQueue, "sequencer", "room in a queue"},
    {&Counters::sequencerStallIdle, "sequencer", "an idle machine or weights"},
    {&Counters::loaderStallBuffer, "loader", "a free column buffer or bypass place"},
    {&Counters::loaderStallNetIn, "loader", "NetIn"},
    {&Counters::loaderStallRaw, "loader", "a pending write to InitialVrf"},
    {&Counters::mvmStallColumns, "mvm issue", "columns"},
    {&Counters::mvmStallAccumulator, "mvm issue", "a free accumulator"},
    {&Counters::beatStallMvm, "beat issue", "mv_mul"},
    {&Counters::beatStallBypass, "beat issue", "a bypass vector"},
    {&Counters::beatStallRaw, "beat issue", "a pending operand"},
    {&Counters::beatStallNetOut, "beat issue", "room in NetOut"},
};

} // namespace

Bench::Bench(const sc_core::sc_module_name &name, const Arch &arch, const DutFactory &factory)
    : sc_core::sc_module(name), arch(arch), beatBytes(weightBeatBytes(arch)), halfPeriod(500 / arch.clockMhz, sc_core::SC_NS),
      dut(factory("dut", arch)), bus(*dut) {
  dut->clock(clock);
  dut->resetN(resetN);
  dut->netInValid(netInValid);
  dut->netInReady(netInReady);
  dut->netInData(netInData);
  dut->weightValid(weightValid);
  dut->weightReady(weightReady);
  dut->weightData(weightData);
  dut->netOutValid(netOutValid);
  dut->netOutReady(netOutReady);
  dut->running(running);

  for (HeldEvent &event : held) {
    event.result.resize(arch.nativeDim);
    event.tap.resize(arch.nativeDim);
  }

  SC_HAS_PROCESS(Bench);
  SC_METHOD(toggleClock);
  sensitive << clockEvent;
  dont_initialize();
  SC_METHOD(step);
  sensitive << clock.posedge_event();
  dont_initialize();
}

void Bench::toggleClock() {
  const bool level = !clock.read();
  clock.write(level);
  if (level || phase != Phase::Done)
    clockEvent.notify(halfPeriod);
}

/// Runs the clock until the work that begins with `first` is done.
void Bench::runClock(Phase first) {
  phase = first;
  waited = 0;
  clockEvent.notify(halfPeriod);
  sc_core::sc_start(); // Returns when nothing is left to happen: in Phase::Done the clock stops.
  mustReset = !failure.empty();
}

/// After a reset the device must say who it is.
Expected<void> Bench::makeReady() {
  failure.clear();
  bus.clear();
  if (!mustReset)
    return {};
  runClock(Phase::Reset);
  bus.read(isa::control::Id, 1);
  bus.read(isa::control::Fingerprint, 2);
  runClock(Phase::Bus);
  if (!failure.empty())
    return fail("{}", failure);
  const uint32_t id = bus.results()[0];
  const uint64_t found = bus.results()[1] | uint64_t(bus.results()[2]) << 32;
  bus.clear();
  if (id == isa::control::IdMagic && found == fingerprint(arch))
    return {};
  mustReset = true;
  return fail("the device is not one of architecture {}: id {:08x}, fingerprint {:016x}; expected {:08x}, {:016x}", arch.name, id, found,
              isa::control::IdMagic, fingerprint(arch));
}

Expected<void> Bench::loadInstructions(std::span<const uint64_t> words) {
  if (Expected<void> ready = makeReady(); !ready)
    return ready;
  for (size_t i = 0; i < words.size(); ++i) {
    const uint32_t address = controlMap::instructions + 8 * uint32_t(i);
    bus.write(address, uint32_t(words[i]));
    bus.write(address + 4, uint32_t(words[i] >> 32));
  }
  runClock(Phase::Bus);
  if (!failure.empty())
    return fail("{}", failure);
  return {};
}

Expected<RunResult> Bench::run(const DecodedProgram &program, uint32_t entryPoint, std::span<const Half> netInVectors,
                               std::span<const std::byte> weightBeats, const RunOptions &runOptions) {
  if (Expected<void> ready = makeReady(); !ready)
    return tl::unexpected(ready.error());
  netIn = netInVectors;
  weights = weightBeats;
  options = &runOptions;
  netInSource = {.count = netIn.size() / arch.nativeDim};
  weightSource = {.count = weights.size() / beatBytes};
  netOutVectors = 0;
  netOutOpen = false;
  result = {};
  watching = false;
  nextWatch = watchInterval;
  lastTransfers = lastWatch = 0;
  lastCounters = recent = {};
  cycle = 0;
  for (HeldEvent &event : held)
    event.held = false;
  dut->sink = options->observer ? this : nullptr;
  if (Expected<void> prepared = dut->prepare(program, runOptions); !prepared) {
    dut->sink = nullptr;
    return tl::unexpected(prepared.error());
  }

  for (unsigned i = 0; i < scalarRegisters; ++i)
    bus.write(controlMap::scalars + 4 * i, options->scalars[i]);
  bus.write(controlMap::entryPoint, entryPoint);
  bus.write(controlMap::control, 1);
  runClock(Phase::Start);
  flushEvents();
  dut->sink = nullptr;
  options = nullptr;

  if (!failure.empty())
    return fail("{}", failure);
  return std::move(result);
}

void Bench::step() {
  bus.step();
  if (phase != Phase::Run && ++waited > answerLimit) {
    failure = "the device does not answer on its AXI4-Lite port";
    phase = Phase::Done;
    return;
  }
  switch (phase) {
  case Phase::Reset:
    bus.reset();
    resetN.write(waited > resetLength);
    if (waited > resetLength)
      phase = Phase::Done;
    break;
  case Phase::Bus:
    if (bus.idle())
      phase = Phase::Done;
    break;
  case Phase::Start:
    if (running.read()) { // This edge ends cycle 0.
      phase = Phase::Run;
      stepStreams();
    }
    break;
  case Phase::Run:
    ++cycle;
    stepRun();
    break;
  case Phase::Abort:
    if (!bus.idle())
      break;
    if (!watching) { // What the counters say is older than the failure.
      readCounterRegisters();
      watching = true;
    } else {
      compareCounters();
      failure += describeStall();
      phase = Phase::Done;
    }
    break;
  case Phase::Drain:
    takeNetOut();
    if (!netOutValid.read() && bus.idle()) {
      netOutReady.write(netOutOpen = false);
      readCounterRegisters();
      bus.read(controlMap::netInCount, 1);
      phase = Phase::Report;
    }
    break;
  case Phase::Report:
    if (bus.idle()) {
      result.counters = readCounters();
      const uint64_t netInLeft = netInSource.count - netInSource.next + bus.results().back();
      if (netInLeft > 0)
        failure = fmt::format("{} of {} NetIn vectors were left over at halt", netInLeft, netInSource.count);
      else if (weightSource.next < weightSource.count)
        failure = fmt::format("{} of {} weight beats were left over at halt", weightSource.count - weightSource.next, weightSource.count);
      phase = Phase::Done;
    }
    break;
  case Phase::Done:
    break;
  }
}

void Bench::stepRun() {
  stepStreams();
  if (!running.read()) {
    quietStreams();
    netOutReady.write(netOutOpen = true);
    phase = Phase::Drain;
    return;
  }
  watch();
}

/// The transfers of the cycle that ends, and what the host offers in the next one.
void Bench::stepStreams() {
  takeNetOut();
  if (netInSource.offered && netInReady.read()) {
    ++netInSource.next;
    netInSource.offered = false;
  }
  if (weightSource.offered && weightReady.read()) {
    ++weightSource.next;
    weightSource.offered = false;
  }
  const HostPauses &pauses = options->pauses;
  offer(netInSource, cycle + 1, pauses.netInRate, 0);
  offer(weightSource, cycle + 1, pauses.weightRate, 2);
  driveSources();
  netOutOpen = pauses.netOutRate == 0 || !HostPauses::pauses(pauses.seed, cycle + 1, pauses.netOutRate, 1);
  netOutReady.write(netOutOpen);
}

void Bench::offer(Source &source, uint64_t nextCycle, uint8_t rate, unsigned stream) {
  if (source.next == source.count || source.offered)
    return;
  source.offered = rate == 0 || !HostPauses::pauses(options->pauses.seed, nextCycle, rate, stream);
}

void Bench::driveSources() {
  netInValid.write(netInSource.offered);
  netInData.write(netInSource.offered ? netIn.data() + netInSource.next * arch.nativeDim : nullptr);
  weightValid.write(weightSource.offered);
  weightData.write(weightSource.offered ? weights.data() + weightSource.next * beatBytes : nullptr);
}

void Bench::quietStreams() {
  netInSource.offered = weightSource.offered = false;
  driveSources();
  netOutReady.write(netOutOpen = false);
}

void Bench::takeNetOut() {
  if (!netOutOpen || !netOutValid.read())
    return;
  ++netOutVectors;
  if (options->timingOnly)
    return;
  const size_t end = result.netOut.size();
  result.netOut.resize(end + arch.nativeDim);
  dut->copyNetOut(std::span(result.netOut).subspan(end));
}

/// Now and then looks whether the device still does something, and whether the run has not become too long.
void Bench::watch() {
  if (watching && bus.idle()) {
    watching = false;
    compareCounters();
    const uint64_t transfers = netInSource.next + weightSource.next + netOutVectors;
    const bool moved = transfers != lastTransfers || recent.loaderBusy || recent.mvmBusy || recent.beatBusy || recent.sequencerEntries;
    if (!moved) {
      failure = fmt::format("no progress since cycle {} or before", lastWatch) + describeStall();
      quietStreams();
      phase = Phase::Done;
      return;
    }
    lastTransfers = transfers;
    lastWatch = cycle;
  }
  if (cycle >= nextWatch && !watching) {
    nextWatch = cycle + watchInterval;
    readCounterRegisters();
    watching = true;
  }
  if (cycle + 1 >= options->cycleLimit) {
    watching = false;
    failure = fmt::format("the limit of {} cycles was reached", options->cycleLimit);
    quietStreams();
    phase = Phase::Abort;
  }
}

void Bench::readCounterRegisters() {
  bus.clear();
  bus.read(controlMap::counters, 2 * controlMap::counterCount);
}

/// What has been counted since the last look.
void Bench::compareCounters() {
  const Counters now = readCounters();
  for (const auto field : counterFields)
    recent.*field = now.*field - lastCounters.*field;
  lastCounters = now;
}

Counters Bench::readCounters() const {
  Counters counters;
  for (size_t i = 0; i < counterFields.size(); ++i)
    counters.*counterFields[i] = bus.results()[2 * i] | uint64_t(bus.results()[2 * i + 1]) << 32;
  return counters;
}

/// What each unit waits for, judged by the counters since they were last read.
std::string Bench::describeStall() const {
  std::string text;
  for (std::string_view unit : {"sequencer", "loader", "mvm issue", "beat issue"}) {
    const Cause *worst = nullptr;
    for (const Cause &cause : causes)
      if (cause.unit == unit && recent.*cause.counter > 0 && (!worst || recent.*cause.counter > recent.*worst->counter))
        worst = &cause;
    if (worst)
      text += fmt::format("; {} waits for {}", unit, worst->waitsFor);
  }
  text += fmt::format("; host: {} of {} NetIn vectors and {} of {} weight beats taken, {} NetOut vectors received", netInSource.next,
                      netInSource.count, weightSource.next, weightSource.count, netOutVectors);
  return text;
}

void Bench::onEvent(const Event &event, std::span<const Half> eventResult, std::span<const Half> tap) {
  if (event.cycle != heldCycle)
    flushEvents();
  heldCycle = event.cycle;
  HeldEvent &slot = held[size_t(event.kind)];
  slot.held = true;
  slot.event = event;
  slot.resultSize = std::min<size_t>(eventResult.size(), slot.result.size());
  slot.tapSize = std::min<size_t>(tap.size(), slot.tap.size());
  std::copy_n(eventResult.begin(), slot.resultSize, slot.result.begin());
  std::copy_n(tap.begin(), slot.tapSize, slot.tap.begin());
}

void Bench::flushEvents() {
  for (HeldEvent &slot : held) {
    if (!slot.held)
      continue;
    slot.held = false;
    options->observer->onEvent(slot.event, std::span(slot.result).first(slot.resultSize), std::span(slot.tap).first(slot.tapSize));
  }
}

} // namespace softdpu
