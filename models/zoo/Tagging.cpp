//===- Tagging.cpp - Query tagging -------------------------------------------------------===//

#include "zoo/Families.h"

namespace softdpu::zoo {

void buildTagging(Layers &layers) {
  constexpr int64_t tags = 50;
  Features x = layers.words("words", {"T", int64_t(1)}, layers.embedding("embedding", vocabulary, wordVector));
  for (const char *name : {"lstm0", "lstm1"})
    x = layers.states(name, layers.recurrent(name, "LSTM", x.size, layers.width(200), true), x.name);
  layers.apply("Softmax", "tags", layers.dense("judgement", x, tags), {{"axis", int64_t(-1)}});
  layers.model().output("tags", {"T", int64_t(1), tags});
}

} // namespace softdpu::zoo
