//===- EinsumEquation.cpp - What the attribute `equation` of an Einsum means -------------===//

#include "softdpu/isa/EinsumEquation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace softdpu {
namespace {

std::optional<int> labelOf(char c) {
  if (c >= 'A' && c <= 'Z') // In the order of ASCII, which is that of an implicit output.
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return 26 + c - 'a';
  return std::nullopt;
}

std::string withoutSpaces(std::string_view text) {
  std::string result;
  std::ranges::copy_if(text, std::back_inserter(result), [](char c) { return c != ' '; });
  return result;
}

/// The labels of one term. \param ellipsis dimensions that "..." stands for.
Expected<std::vector<int>> termOf(std::string_view term, size_t ellipsis) {
  std::vector<int> labels;
  bool seen = false;
  for (size_t i = 0; i < term.size(); ++i) {
    if (const auto label = labelOf(term[i])) {
      labels.push_back(*label);
    } else if (!seen && term.substr(i, 3) == "...") {
      seen = true;
      i += 2;
      for (size_t d = ellipsis; d-- > 0;)
        labels.push_back(EinsumEquation::firstOfEllipsis + int(d));
    } else {
      return fail("has '{}' where a letter, or one ellipsis in each term, is expected", term[i]);
    }
  }
  return labels;
}

bool hasEllipsis(std::string_view term) { return term.find("...") != term.npos; }

} // namespace

Expected<EinsumEquation> EinsumEquation::parse(std::string_view given, std::span<const size_t> ranks) {
  const std::string text = withoutSpaces(given);
  const size_t arrow = text.find("->");
  std::vector<std::string> terms(1);
  for (const char c : text.substr(0, arrow))
    if (c == ',')
      terms.emplace_back();
    else
      terms.back() += c;
  if (terms.size() != ranks.size())
    return fail("equation \"{}\" has {} operands, the node {}; equal numbers are expected", given, terms.size(), ranks.size());

  EinsumEquation equation;
  size_t ellipsis = 0; // Of the operand that has most.
  for (size_t i = 0; i < terms.size(); ++i) {
    const bool open = hasEllipsis(terms[i]);
    const size_t letters = terms[i].size() - (open ? 3 : 0);
    if (open ? letters > ranks[i] : letters != ranks[i])
      return fail("equation \"{}\" has {} labels for operand {} of rank {}", given, letters, i, ranks[i]);
    const size_t own = open ? ranks[i] - letters : 0;
    ellipsis = std::max(ellipsis, own);
    auto labels = termOf(terms[i], own);
    if (!labels)
      return fail("equation \"{}\" {}", given, labels.error().message);
    equation.operands.push_back(std::move(*labels));
  }

  if (arrow == text.npos) {
    std::array<unsigned, firstOfEllipsis> times{};
    for (const auto &operand : equation.operands)
      for (const int label : operand)
        if (label < firstOfEllipsis)
          ++times[size_t(label)];
    for (size_t d = ellipsis; d-- > 0;)
      equation.output.push_back(firstOfEllipsis + int(d));
    for (int label = 0; label < firstOfEllipsis; ++label)
      if (times[size_t(label)] == 1)
        equation.output.push_back(label);
    return equation;
  }
  const std::string last = text.substr(arrow + 2);
  if (ellipsis > 0 && !hasEllipsis(last))
    return fail("equation \"{}\" has no ellipsis in its output; it must be there if an operand has one", given);
  auto labels = termOf(last, ellipsis);
  if (!labels)
    return fail("equation \"{}\" {}", given, labels.error().message);
  for (size_t i = 0; i < labels->size(); ++i) {
    const int label = (*labels)[i];
    const bool known = std::ranges::any_of(equation.operands, [&](const auto &o) { return std::ranges::find(o, label) != o.end(); });
    if (!known || std::find(labels->begin(), labels->begin() + int64_t(i), label) != labels->begin() + int64_t(i))
      return fail("equation \"{}\" has an output label that is {}; each must be in an operand, and once in the output", given,
                  known ? "there twice" : "in no operand");
  }
  equation.output = std::move(*labels);
  return equation;
}

} // namespace softdpu
