//===- Entries.cpp - The production models of Bing, and what was reached with them -------===//
//
// "Deep Learning Inference at Speed and Scale" gives layers as numbers ("LSTM 500x200 (x8) + W2Vec") and latencies, but no sequence
// lengths.
//
// * 500x200 is read as a state of 500 and word vectors of 200, so that both forms of production model 1 have the same word vectors; every
//   layer above the first takes the state below it. The other reading (a state of 200) would be a quarter of the work.
// * The lengths of production models 1 and 2 are the longest that Brainwave can have run within the latencies of the talk, at the
//   3 us for a step of a layer of 512 that it was published with (LSTM 512 on BW_S10: 25 steps in 0.077 ms): 0.85 ms / 8 layers, 5 ms / 4.
// * The others are what a query (10 to 20 words), a paragraph (100 words) and a question (15 words) have.
//
//===-------------------------------------------------------------------------------------===//

#include "zoo/Entries.h"

#include <algorithm>
#include <array>

namespace softdpu::zoo {
namespace {

constexpr Length words[] = {{"T", 35, "words of query and title"}};
constexpr Length document[] = {{"T", 400, "words of the document"}};
constexpr Length query[] = {{"T", 20, "words of the query"}};
constexpr Length oneDocument[] = {{"Q", 20, "words of the query"}, {"D", 100, "words of each document"}, {"N", 1, "documents", false}};
constexpr Length documents[] = {{"Q", 20, "words of the query"}, {"D", 100, "words of each document"}, {"N", 33, "documents", false}};
constexpr Length rewriting[] = {{"S", 10, "words of the query"}, {"R", 10, "words of the rewritten query"}};
constexpr Length passage[] = {{"Q", 15, "words of the question"}, {"P", 100, "words of the passage"}};

constexpr std::array<Entry, 9> table{{
    {"production1_gru", "Production model 1: embedding, GRU 128x200 (x2)", Kind::RelevanceGru, words, {"CPU", 9, "CPU 9 ms"}},
    {"production1_lstm",
     "Production model 1: embedding, LSTM 500x200 (x8)",
     Kind::RelevanceLstm,
     words,
     {"Brainwave", 0.85, "Brainwave 0.85 ms"}},
    {"production2_cnn", "Production model 2: embedding, 1D CNN", Kind::DocumentCnn, document, {"CPU", 15, "CPU 15 ms"}},
    {"production2_gru",
     "Production model 2: embedding, 1D CNN, GRU 500x500 (x4)",
     Kind::DocumentGru,
     document,
     {"Brainwave", 5, "Brainwave 5 ms"}},
    {"tagging", "Query tagging: bidirectional LSTM (x2)", Kind::Tagging, query, {"CPU", 0.95, "CPU 9-16 -> 0.95 ms"}},
    {"similarity", "Query-document similarity: two GRU encoders", Kind::Similarity, oneDocument, {"CPU", 1.5, "CPU 10-12 -> 1.5 ms"}},
    {"similarity33", "The same with 33 documents", Kind::Similarity, documents, {"CPU", 6, "CPU < 6 ms"}},
    {"seq2seq", "Query rewriting: seq2seq with attention", Kind::Rewriting, rewriting, {"CPU", 4, "CPU 51 -> 4 ms"}},
    {"comprehension", "Reading comprehension: bidirectional LSTM, attention", Kind::Comprehension, passage, {"", std::nullopt, "-"}},
}};

} // namespace

std::span<const Entry> entries() { return table; }

std::map<std::string, int64_t> lengthsOf(const Entry &entry, std::optional<uint32_t> maxSteps) {
  std::map<std::string, int64_t> lengths;
  for (const Length &length : entry.lengths)
    lengths[std::string(length.symbol)] = length.steps ? std::min(length.size, maxSteps.value_or(length.size)) : length.size;
  return lengths;
}

} // namespace softdpu::zoo
