//===- LinkParts.cpp - What lies between two decisions -----------------------------------===//

#include "LinkParts.h"

#include <fmt/format.h>

namespace softdpu::explain {
namespace {

PathUnit latency(std::string unit, uint64_t cycles, bool used = true) {
  return {std::move(unit), Spent::Dependency, cycles, used ? 0 : cycles};
}

/// Who has the cycle, or the cycles, that no pipeline explains.
PathUnit waitOf(Link link) {
  switch (link) {
  case Link::Decode:
    return {"decoder", Spent::Dispatch};
  case Link::None:
  case Link::Entry:
  case Link::Idle:
    return {"sequencer", Spent::Dispatch};
  case Link::HeadQueue:
    return {"head queue", Spent::Dispatch};
  case Link::MvmQueue:
    return {"mvm queue", Spent::Dispatch};
  case Link::TailQueue:
    return {"tail queue", Spent::Dispatch};
  case Link::Dispatch:
    return {"dispatch", Spent::Dispatch};
  case Link::Host:
    return {"host", Spent::Ports};
  case Link::NetInRoom:
  case Link::NetInVector:
    return {"NetIn", Spent::Ports};
  case Link::NetOutRoom:
  case Link::WrittenBack:
    return {"NetOut", Spent::Ports};
  case Link::LoaderPort:
    return {"loader", Spent::Ports};
  case Link::ColumnBuffer:
    return {"column buffer", Spent::Ports};
  case Link::BypassRoom:
    return {"bypass FIFO", Spent::Ports};
  case Link::Accumulators:
    return {"accumulators", Spent::Ports};
  case Link::BeatPort:
    return {"beat issue", Spent::Ports};
  case Link::MvmBusy:
    return {"mvm", Spent::Compute};
  case Link::BypassVector:
    return {"source read", Spent::Dependency};
  case Link::Source:
  case Link::AddOperand:
  case Link::MultiplyOperand:
    return {"write-back", Spent::Dependency};
  case Link::Columns:
    return {"column write", Spent::Dependency};
  case Link::Product:
    return {"accumulate", Spent::Dependency};
  }
  return {};
}

} // namespace

void LinkParts::divide(const Decision &later, const Decision &prior, const Entry &priorEntry,
                       const std::function<void(PathUnit)> &add) const {
  const auto *tail = std::get_if<Tail>(&priorEntry);
  Parts parts;
  switch (later.link) {
  case Link::Columns:
    columnPipeline(parts);
    break;
  case Link::Product:
    parts.push_back({"mvm", Spent::Compute, rules.arch.chunksPerTile() - 1});
    enginePipeline(parts);
    break;
  case Link::MvmQueue:
  case Link::ColumnBuffer: // Behind the last chunk of a pass; a queue also behind the dispatch of a command.
    if (later.priorUnit == Unit::Mvm)
      parts.push_back({"mvm", Spent::Compute, rules.arch.chunksPerTile() - 1});
    break;
  case Link::Source:
  case Link::Idle:
  case Link::WrittenBack:
    beatPipeline(parts, *tail, 0);
    break;
  case Link::AddOperand:
    parts.push_back(latency("operand read", 1));
    beatPipeline(parts, *tail, rules.addRead[later.mfu] + 1);
    break;
  case Link::MultiplyOperand:
    parts.push_back(latency("operand read", 1));
    beatPipeline(parts, *tail, rules.multiplyRead[later.mfu] + 1);
    break;
  default:
    break;
  }
  uint64_t rest = later.cycle - prior.cycle;
  for (const PathUnit &part : parts) {
    if (part.cycles > 0)
      add(part);
    rest -= part.cycles;
  }
  if (rest > 0) {
    PathUnit wait = waitOf(later.link);
    wait.cycles = rest;
    add(std::move(wait));
  }
}

void LinkParts::columnPipeline(Parts &parts) const {
  parts.push_back(latency("source read", 1));
  parts.push_back(latency("converter", timing.convertLatency));
  parts.push_back(latency("broadcast", timing.broadcastLatency));
}

void LinkParts::enginePipeline(Parts &parts) const {
  parts.push_back(latency("MRF read", 1));
  parts.push_back(latency("multiply", timing.dotLatency));
  parts.push_back(latency("align", timing.alignLatency));
  parts.push_back(latency("box sum", timing.boxSumLatency));
}

void LinkParts::beatPipeline(Parts &parts, const Tail &tail, unsigned from) const {
  unsigned at = 0;
  const auto stage = [&](std::string unit, unsigned cycles, bool used = true) {
    const unsigned begin = std::max(at, from);
    at += cycles;
    if (at > begin)
      parts.push_back(latency(std::move(unit), at - begin, used));
  };
  if (tail.matrixResult) {
    stage("accumulator read", timing.mfuEntry - timing.reduceLatency - timing.roundLatency);
    stage("reduction", timing.reduceLatency);
    stage("rounder", timing.roundLatency);
  } else {
    stage("bypass FIFO", timing.mfuEntry);
  }
  for (unsigned k = 0; k < rules.arch.mfus; ++k) {
    const Mfu &mfu = tail.mfus[k];
    stage(fmt::format("mfu{}.add", k), timing.addLatency, mfu.add != AddOp::None);
    stage(fmt::format("mfu{}.activation", k), timing.activationLatency, mfu.activation != ActivationOp::None);
    stage(fmt::format("mfu{}.multiply", k), timing.multiplyLatency, mfu.multiply);
  }
}

std::string_view reasonOf(Link link) {
  switch (link) {
  case Link::None:
    return "the run begins";
  case Link::Decode:
    return "waits for the decoder";
  case Link::Entry:
    return "one entry per cycle";
  case Link::HeadQueue:
  case Link::MvmQueue:
  case Link::TailQueue:
    return "waits for room in the queue";
  case Link::Idle:
    return "waits until everything has landed";
  case Link::Host:
    return "the host moves one vector per cycle";
  case Link::NetInRoom:
    return "waits for room in NetIn";
  case Link::Dispatch:
    return "waits for dispatch";
  case Link::LoaderPort:
    return "one vector per cycle";
  case Link::ColumnBuffer:
    return "waits for a free column buffer";
  case Link::BypassRoom:
    return "waits for room in the bypass FIFO";
  case Link::NetInVector:
    return "waits for NetIn";
  case Link::Source:
    return "waits for the vector to be written";
  case Link::MvmBusy:
    return "the pass before takes its cycles";
  case Link::Columns:
    return "waits for its columns";
  case Link::Accumulators:
    return "waits for an accumulator slot";
  case Link::BeatPort:
    return "one beat per cycle";
  case Link::Product:
    return "waits for the products";
  case Link::BypassVector:
    return "waits for its vector";
  case Link::AddOperand:
  case Link::MultiplyOperand:
    return "waits for an operand to be written";
  case Link::NetOutRoom:
    return "waits for room in NetOut";
  case Link::WrittenBack:
    return "waits for write-back";
  }
  return {};
}

} // namespace softdpu::explain
