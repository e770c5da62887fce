//===- Shrink.h - A failing model in its smallest form -----------------------------------===//

#pragma once

#include "RandomModel.h"

#include <functional>

namespace softdpu::oracle {

/// Every description that is simpler than `model` in one respect: one layer, one option or one size less.
std::vector<ModelDescription> simpler(const ModelDescription &model);

/// Takes the first simpler description that still fails, until there is none.
///
/// \param stillFails true for `model` itself. \param attempts bounds its calls.
ModelDescription shrink(ModelDescription model, const std::function<bool(const ModelDescription &)> &stillFails, unsigned attempts = 500);

} // namespace softdpu::oracle
