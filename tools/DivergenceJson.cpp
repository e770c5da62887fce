//===- DivergenceJson.cpp - Where two engines first disagree, as JSON --------------------===//

#include "DivergenceJson.h"

namespace softdpu::tools {

Json divergenceJson(const std::optional<Divergence> &divergence) {
  if (!divergence)
    return nullptr;
  const auto value = [](const std::optional<Half> &half) { return half ? Json(halfToFloat(*half)) : Json(); };
  return {{"expected_engine", divergence->expectedEngine},
          {"found_engine", divergence->foundEngine},
          {"cycle", divergence->cycle},
          {"unit", divergence->unit},
          {"what", divergence->what},
          {"pc", divergence->pc ? Json(*divergence->pc) : Json()},
          {"instruction", divergence->instruction},
          {"chain", divergence->chain},
          {"node", divergence->node},
          {"index", divergence->index},
          {"lane", divergence->lane ? Json(*divergence->lane) : Json()},
          {"expected", value(divergence->expected)},
          {"found", value(divergence->found)}};
}

} // namespace softdpu::tools
