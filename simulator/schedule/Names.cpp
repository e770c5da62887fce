//===- Names.cpp - What units and stalls are called --------------------------------------===//

#include "softdpu/simulator/Schedule.h"

namespace softdpu {
namespace {

constexpr std::array<std::string_view, unitCount> names{"NetIn", "sequencer", "loader", "mvm issue", "beat issue", "NetOut"};

/// By StallCause.
constexpr std::array<StallInfo, stallCauses> stallInfos{{
    {Unit::Sequencer, "decoder behind", &Counters::sequencerStallDecode},
    {Unit::Sequencer, "queue full", &Counters::sequencerStallQueue},
    {Unit::Sequencer, "waits for idle", &Counters::sequencerStallIdle},
    {Unit::Loader, "no free buffer", &Counters::loaderStallBuffer},
    {Unit::Loader, "NetIn empty", &Counters::loaderStallNetIn},
    {Unit::Loader, "vector not yet written", &Counters::loaderStallRaw},
    {Unit::Mvm, "columns not yet there", &Counters::mvmStallColumns},
    {Unit::Mvm, "no free accumulator", &Counters::mvmStallAccumulator},
    {Unit::Beat, "dot products not done", &Counters::beatStallMvm},
    {Unit::Beat, "no vector in the bypass", &Counters::beatStallBypass},
    {Unit::Beat, "operand not yet written", &Counters::beatStallRaw},
    {Unit::Beat, "NetOut full", &Counters::beatStallNetOut},
}};

} // namespace

std::string_view unitName(Unit unit) { return names[size_t(unit)]; }

const StallInfo &stallInfo(StallCause cause) { return stallInfos[size_t(cause)]; }

} // namespace softdpu
