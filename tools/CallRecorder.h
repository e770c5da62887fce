//===- CallRecorder.h - Events of every call of the device -------------------------------===//

#pragma once

#include "softdpu/host_runtime/Session.h"
#include "softdpu/simulator/Schedule.h"

#include <deque>

namespace softdpu::tools {

/// Observes Session::run(), which runs the device once for every region and sequence.
///
/// Memory is bounded: events beyond the budget are counted, not kept.
class CallRecorder final : public Observer {
public:
  /// \param calls the same that Session::run() fills: a call is added to it when it is over.
  explicit CallRecorder(const std::vector<DeviceCall> &calls, size_t eventBudget = size_t(2) << 20)
      : calls(calls), eventBudget(eventBudget) {}

  void onEvent(const Event &event, std::span<const Half> result, std::span<const Half> tap) override {
    while (records.size() <= calls.size())
      records.emplace_back();
    if (kept == eventBudget) {
      ++records.back().dropped;
      return;
    }
    ++kept;
    records.back().events.push_back(event);
  }

  /// The events of a call, or of its beginning.
  std::span<const Event> events(size_t call) const {
    return call < records.size() ? std::span<const Event>(records[call].events) : std::span<const Event>();
  }
  /// Nothing of a call is missing.
  bool complete(size_t call) const { return call >= records.size() || records[call].dropped == 0; }

private:
  struct Record {
    std::vector<Event> events;
    uint64_t dropped = 0;
  };

  const std::vector<DeviceCall> &calls;
  const size_t eventBudget;
  size_t kept = 0;
  std::deque<Record> records;
};

/// A call as the schedule needs it. `program` and `call` outlive it.
inline ScheduledRun scheduledRun(const Program &program, const DeviceCall &call) {
  return {program.instructions, call.entryPoint, call.scalars, call.netIn.size() / program.arch.nativeDim};
}

} // namespace softdpu::tools
