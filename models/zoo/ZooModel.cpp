//===- ZooModel.cpp - The ONNX model of an entry of the zoo ------------------------------===//

#include "zoo/ZooModel.h"

#include "zoo/Families.h"

namespace softdpu::zoo {

std::vector<std::byte> zooModel(const Entry &entry, const ModelOptions &options) {
  Layers layers(entry, options);
  switch (entry.kind) {
  case Kind::RelevanceGru:
    buildRelevance(layers, "GRU", 128, 2);
    break;
  case Kind::RelevanceLstm:
    buildRelevance(layers, "LSTM", 500, 8);
    break;
  case Kind::DocumentCnn:
    buildDocument(layers, 0);
    break;
  case Kind::DocumentGru:
    buildDocument(layers, 4);
    break;
  case Kind::Tagging:
    buildTagging(layers);
    break;
  case Kind::Similarity:
    buildSimilarity(layers);
    break;
  case Kind::Rewriting:
    buildRewriting(layers, lengthsOf(entry, options.maxSteps).at("R"));
    break;
  case Kind::Comprehension:
    buildComprehension(layers);
    break;
  }
  return layers.model().serialise();
}

} // namespace softdpu::zoo
