//===- ControlFlow.h - Whether the bodies of a step fit its operator ---------------------===//

#pragma once

#include "Call.h"

namespace softdpu::cpu {

Expected<void> checkIf(const HostStep &step);
Expected<void> checkLoop(const HostStep &step);
Expected<void> checkScan(const HostStep &step);

} // namespace softdpu::cpu
