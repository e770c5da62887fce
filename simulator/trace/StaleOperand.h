//===- StaleOperand.h - Was an old value, or another entry, of a memory used? ------------===//
//
// The mark of a missing forward, a missed hazard or a lost write: the wrong result is what the beat gives with an operand that the
// entry held one write earlier.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include "ShadowMemory.h"
#include "schedule/ProgramWalk.h"

#include "softdpu/simulator/Trace.h"

namespace softdpu::trace {

/// \param writeBack number of the beat, in both recordings; its results differ.
/// \returns the location whose older value explains all wrong lanes, if there is one.
std::optional<Location> findStaleOperand(const BeatPlace &beat, unsigned mfus, size_t writeBack, const ShadowMemory &memory,
                                         const Recording &expected, const Recording &found);

/// For a beat that only moves a vector from InitialVrf. \returns the other entry whose value it moved: the mark of a wrong address.
std::optional<Location> findWrongEntry(const BeatPlace &beat, size_t writeBack, const ShadowMemory &memory, const Recording &expected,
                                       const Recording &found);

} // namespace softdpu::trace
