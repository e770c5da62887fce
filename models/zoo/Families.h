//===- Families.h - One function for each kind of model ----------------------------------===//

#pragma once

#include "zoo/Layers.h"

namespace softdpu::zoo {

constexpr int64_t vocabulary = 10000;
constexpr int64_t wordVector = 200;

/// words [T, 1] -> score [1, 1]: a stack of recurrent layers, the last state judged.
void buildRelevance(Layers &layers, const std::string &op, int64_t hidden, unsigned depth);
/// words [T, 1] -> score [1, 1]: filters over three words, then a stack of `depth` GRUs, or the maximum over time if there is none.
void buildDocument(Layers &layers, unsigned depth);
/// words [T, 1] -> tags [T, 1, 50], probabilities.
void buildTagging(Layers &layers);
/// query [Q, 1], documents [D, N] -> scores [N, 1], cosines.
void buildSimilarity(Layers &layers);
/// query [S, 1] -> rewritten [steps, 1], words; logits [steps, 1, vocabulary]. The decoder is written out, a copy for each word, all with
/// the same weights; each takes the most likely word of the one before.
void buildRewriting(Layers &layers, int64_t steps);
/// question [Q, 1], passage [P, 1] -> begin [1, P], end [1, P], probabilities of where the answer stands.
void buildComprehension(Layers &layers);

} // namespace softdpu::zoo
