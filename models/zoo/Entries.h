//===- Entries.h - The production models of Bing, and what was reached with them ---------===//
//
// The one table of the models that a talk on deep learning inference in production gave figures for: how long their sequences are here, and
// the published latencies.
//
//===-------------------------------------------------------------------------------------===//

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace softdpu::zoo {

/// The size of a dimension that the model leaves open, or, for `seq2seq`, the number of steps that its decoder is written out for.
struct Length {
  std::string_view symbol; ///< As in the model's inputs.
  uint32_t size;
  std::string_view what; ///< "words of the query"
  bool steps = true;     ///< Time steps; else a batch.
};

/// What the talk says of a model, at batch size 1 if nothing else is said.
struct Published {
  std::string_view platform;    ///< "CPU", "Brainwave"; empty: no figure.
  std::optional<double> bestMs; ///< The fastest there.
  std::string_view text;        ///< Words for a table: "10-12 -> 1.5 ms"
};

enum class Kind : uint8_t { RelevanceGru, RelevanceLstm, DocumentCnn, DocumentGru, Tagging, Similarity, Rewriting, Comprehension };

/// One row of `softdpu bench zoo`. Several rows may have one model, with other lengths.
struct Entry {
  std::string_view name;
  std::string_view title;
  Kind kind;
  std::span<const Length> lengths;
  Published published;
};

std::span<const Entry> entries();

/// The sizes of the open dimensions of `entry`, by symbol. \param maxSteps no sequence is longer.
std::map<std::string, int64_t> lengthsOf(const Entry &entry, std::optional<uint32_t> maxSteps);

} // namespace softdpu::zoo
