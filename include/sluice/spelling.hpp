// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Returns how many edits turn `a` into `b`. An edit changes, adds or removes one byte, or swaps two adjacent bytes.
/// Takes O(length of a x length of b). Thread-safe.
inline std::size_t spelling_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

/// Returns the word of `known` with the smallest spelling_distance to `word`; of several the first. `known`: a range of
/// texts. Returns nothing if the distance is more than a third of the length of `word`, or if `word` has more than 64
/// bytes. Thread-safe.
template <class Words>
std::optional<std::string> closest_word(std::string_view word, const Words& known) {
  constexpr std::size_t kLongest = 64, kLettersPerError = 3;
  if (word.size() > kLongest) return std::nullopt;
  std::optional<std::string> closest;
  std::size_t least = word.size() / kLettersPerError + 1;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLongest) continue;
    const std::size_t distance = spelling_distance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    closest = candidate;
  }
  return closest;
}

}  // namespace sluice
