// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/probe_file.hpp"

namespace sluice::service {

/// Finds the lines of a probe that can match a response, by literals that each match contains.
/// Invariant: a line that it excludes does not match.
///
/// For each line it chooses four adjacent bytes (a gram) of its literals: those that the fewest lines of the probe
/// share. If the response has the gram, the whole literal is compared. Lines without a literal of four bytes are always
/// candidates. Immutable; thread-safe. Does not refer to the lines after construction.
class Prefilter {
 public:
  explicit Prefilter(std::span<const MatchLine> lines);

  /// The candidates for one growing response.
  class Hits {
   public:
    /// Calls `visit(index)` for each candidate in ascending order, until it returns true. Returns true if a call did.
    template <class Visit>
    bool any_of(Visit visit) const {
      for (std::size_t word = 0; word < words_.size(); ++word)
        for (std::uint64_t left = words_[word]; left != 0; left &= left - 1)
          if (const std::size_t line = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
              !excluded(line) && visit(line))
            return true;
      return false;
    }

    /// Removes a line from the candidates permanently. May be called by `visit`.
    void exclude(std::size_t line) { excluded_.push_back(line); }

   private:
    friend class Prefilter;
    [[nodiscard]] bool excluded(std::size_t line) const {
      return std::find(excluded_.begin(), excluded_.end(), line) != excluded_.end();
    }

    std::vector<std::size_t> excluded_;  // has few elements
    std::vector<std::uint64_t> words_;   // one bit per line; empty before the first update
    std::size_t scanned_ = 0;            // bytes of the response that have been searched
  };

  /// Adds the candidates that follow from new bytes. `response`: the whole response so far. O(new bytes + longest
  /// literal).
  void update(Hits& hits, std::string_view response) const;

  [[nodiscard]] std::size_t always_candidates() const noexcept { return always_; }

 private:
  struct Entry {
    std::uint32_t literal;  // index in literals_
    std::uint16_t size;
    std::uint16_t before;  // bytes of the literal before the gram
    std::uint32_t line;
  };
  static constexpr std::size_t kGram = 4;

  [[nodiscard]] std::size_t bucket(const char* gram) const noexcept;

  std::vector<std::uint64_t> initial_;  // lines that are always candidates
  std::vector<std::uint32_t> starts_;   // bucket b has entries_[starts_[b]] to entries_[starts_[b + 1] - 1]
  std::vector<Entry> entries_;
  std::string literals_;
  std::size_t longest_ = 0;
  std::size_t always_ = 0;
  unsigned shift_ = 0;
};

}  // namespace sluice::service
